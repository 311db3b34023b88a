import type { Gpus } from './port.ts'

/** GPUs as they are kept: `a100=1,h100=2`, and `?=2` where nobody said which. */
export function gpusText(gpus: readonly Gpus[]): string {
  const [first] = gpus
  // Nearly every job, and a million of them are read at once.
  if (first === undefined) return ''
  if (gpus.length === 1) return first.count > 0n ? `${first.type ?? '?'}=${first.count}` : ''
  const counts = new Map<string, bigint>()
  for (const { type, count } of gpus) counts.set(type ?? '?', (counts.get(type ?? '?') ?? 0n) + count)
  return [...counts]
    .filter(([, count]) => count > 0n)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => `${type}=${count}`)
    .join(',')
}

export const countOf = (gpus: readonly Gpus[]): bigint => gpus.reduce((sum, { count }) => sum + count, 0n)

export type Resolved =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly type: string; readonly accelerator: string; readonly count: bigint }
  /** Nobody said which, and the cluster has several. */
  | { readonly kind: 'untyped'; readonly count: bigint }
  | { readonly kind: 'unknown'; readonly type: string; readonly count: bigint }
  /** Of several kinds in one part of a job. */
  | { readonly kind: 'mixed'; readonly count: bigint }

/** Which accelerator is meant. A request that names none is never guessed, not even where a cluster has but one kind. */
export function resolveGpus(gpus: readonly Gpus[], accelerators: ReadonlyMap<string, string>): Resolved {
  const used = gpus.filter(({ count }) => count > 0n)
  const count = countOf(used)
  if (count === 0n) return { kind: 'none' }
  const types = new Set(used.map(({ type }) => type))
  if (types.has(null)) return { kind: 'untyped', count }
  const [type] = types
  if (types.size > 1 || type === undefined || type === null) return { kind: 'mixed', count }
  const accelerator = accelerators.get(type)
  return accelerator === undefined
    ? { kind: 'unknown', type, count }
    : { kind: 'one', type, accelerator, count }
}

/** Whether what was given is what was asked for, as far as that was said. */
export function givenAsAsked(requested: readonly Gpus[], allocated: readonly Gpus[]): boolean {
  const [asked, had] = [requested[0], allocated[0]]
  if (requested.length === 1 && allocated.length === 1 && asked?.type === had?.type)
    return asked?.type === null ? (had?.count ?? 0n) >= asked.count : asked?.count === had?.count
  const given = new Map<string, bigint>()
  for (const { type, count } of allocated) given.set(type ?? '?', (given.get(type ?? '?') ?? 0n) + count)
  const typed = requested.filter(({ type, count }) => type !== null && count > 0n)
  return (
    typed.every(({ type, count }) => given.get(type ?? '?') === count) &&
    countOf(allocated) >= countOf(requested)
  )
}
