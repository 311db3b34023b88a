import type { Kind } from './bodies.ts'
import type { SubjectName } from './subject.ts'

export type Part = '1k' | '126k' | 'sse' | 'rates' | 'streams'
export const PARTS: readonly Part[] = ['1k', '126k', 'sse', 'rates', 'streams']

/** One thing that is measured, once for each subject in each round. */
export type Cell = {
  readonly kind: Kind
  readonly connections: number
  /** Requests a second; null: as many as there can be. */
  readonly rate: number | null
  readonly subjects: readonly SubjectName[]
}

const CONNECTIONS = [1, 64, 256]
const ALL: readonly SubjectName[] = ['direct', 'nginx', 'perq-memory', 'perq', 'portkey']
const QUICK: readonly SubjectName[] = ['direct', 'nginx', 'perq-memory', 'perq']
/** Kept open for a rate: what comes in bursts need not wait for one to be opened. */
const AT_A_RATE = 256

export const cellsOf = (part: Part): readonly Cell[] => {
  if (part === 'streams') return []
  if (part === 'rates')
    return [
      { kind: '1k', connections: AT_A_RATE, rate: 1_000, subjects: ALL },
      // More than Portkey can answer on this machine: its queue would only grow.
      { kind: '1k', connections: AT_A_RATE, rate: 4_000, subjects: QUICK },
    ]
  return CONNECTIONS.map((connections) => ({ kind: part, connections, rate: null, subjects: ALL }))
}
