import type { Model } from '../../lib/contract.ts'

/** "Everyone", "IC4 and up, M1 and up, all D", or "Nobody". */
export function whoWords({ everyone, levels }: Model['who']): string {
  if (everyone) return 'Everyone'
  if (levels.length === 0) return 'Nobody'
  return levels.map(({ track, from }) => (from === 0 ? `all ${track}` : `${track}${from} and up`)).join(', ')
}

/** The models that a search and two filters leave, the dearest output of each class first. */
export function chosen(
  models: readonly Model[],
  { q, class: kind, provider }: Readonly<Record<string, string | undefined>>,
): readonly Model[] {
  const text = q?.trim().toLowerCase() ?? ''
  return models
    .filter(
      (model) =>
        (text === '' || model.model.includes(text)) &&
        (!kind || model.class === kind) &&
        (!provider || model.provider === provider),
    )
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.class) - ORDER.indexOf(b.class) ||
        compare(BigInt(b.rates.output), BigInt(a.rates.output)) ||
        compare(a.model, b.model),
    )
}

export const ORDER = ['frontier', 'standard', 'small', 'embedding'] as const

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
