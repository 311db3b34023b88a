import type { ModelClass } from '#prices/types.ts'
import type { Weights } from '#prices/weights.ts'
import type { Policy } from './policy.ts'

/** Who may use a class of models: everyone, or the tracks of a ladder from a number on. */
export type Who = {
  readonly everyone: boolean
  readonly levels: readonly { readonly track: string; readonly from: number }[]
}

/** The reverse of `classesFor`: from a class of models, open or proprietary, to the levels that may use it. */
export function whoMay(policy: Policy, wanted: ModelClass, weights: Weights = 'proprietary'): Who {
  const everyone = { everyone: true, levels: [] }
  if (wanted === 'small' || policy.everyone.includes(wanted)) return everyone
  const lowest = new Map<string, number>()
  for (const rule of policy.levels) {
    if (!rule.classes.includes(wanted) || (rule.weights ?? weights) !== weights) continue
    if (rule.track === '*') return everyone
    const name = rule.track.toUpperCase()
    lowest.set(name, Math.min(rule.from, lowest.get(name) ?? rule.from))
  }
  return { everyone: false, levels: [...lowest].map(([track, from]) => ({ track, from })) }
}
