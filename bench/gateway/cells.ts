import type { Kind } from './bodies.ts'
import { SUBJECTS, type SubjectName } from './subject.ts'

const PARTS = ['1k', '126k', 'sse', 'rates', 'streams'] as const
export type Part = (typeof PARTS)[number]

/** What of all there is shall be measured. */
export type Wanted = {
  readonly parts: readonly Part[]
  readonly subjects: readonly SubjectName[]
  /** Null: with each number of connections. */
  readonly connections: number | null
}

/** One thing that is measured, once for each subject in each round. */
export type Cell = {
  readonly kind: Kind
  readonly connections: number
  /** Requests a second; null: as many as there can be. */
  readonly rate: number | null
  /** Not measured here. */
  readonly without: readonly SubjectName[]
}

const CONNECTIONS = [1, 64, 256]
/** Kept open for a rate: what comes in bursts need not wait for one to be opened. */
const AT_A_RATE = 256

/** `only`: names of parts, a part with one number of connections as in `1k@64`, names of subjects; null is everything. */
export function wantedOf(only: readonly string[] | null): Wanted {
  const words = (only ?? []).map((word) => word.split('@'))
  const parts = PARTS.filter((part) => words.some(([name]) => name === part))
  const subjects = SUBJECTS.filter((subject) => words.some(([name]) => name === subject))
  const odd = words.find(
    ([name, at]) =>
      ![...PARTS, ...SUBJECTS].some((known) => known === name) ||
      (at !== undefined && !CONNECTIONS.includes(Number(at))),
  )
  if (odd)
    throw new Error(
      `--only knows ${[...PARTS, ...SUBJECTS].join(', ')}, and one number of connections as in 1k@64`,
    )
  const at = words.find(([, connections]) => connections !== undefined)?.[1]
  return {
    parts: parts.length > 0 ? parts : PARTS,
    subjects: subjects.length > 0 ? subjects : SUBJECTS,
    connections: at === undefined ? null : Number(at),
  }
}

export function cellsOf({ parts, connections }: Wanted): readonly Cell[] {
  const numbers = connections === null ? CONNECTIONS : [connections]
  return parts.flatMap((part): Cell[] => {
    if (part === 'streams') return []
    if (part !== 'rates')
      return numbers.map((number) => ({ kind: part, connections: number, rate: null, without: [] }))
    return [
      { kind: '1k', connections: AT_A_RATE, rate: 1_000, without: [] },
      // More than Portkey can answer on this machine: its queue would only grow.
      { kind: '1k', connections: AT_A_RATE, rate: 4_000, without: ['portkey'] },
    ]
  })
}

/** Kinds that are sent before anything is measured. */
export const kindsOf = ({ parts }: Wanted): readonly Kind[] => {
  const kinds = parts.map((part) => (part === 'rates' ? '1k' : part === 'streams' ? 'sse' : part))
  return [...new Set(kinds)]
}
