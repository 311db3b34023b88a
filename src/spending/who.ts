import type { ModelClass } from '#prices/types.ts'
import type { Policy } from './policy.ts'

/** Who may use a class of models: everyone, or the tracks of a ladder from a number on. */
export type Who = {
  readonly everyone: boolean
  readonly levels: readonly { readonly track: string; readonly from: number }[]
}

/** The reverse of `classesFor`: from a class of models to the levels that may use it. */
export function whoMay(policy: Policy, wanted: ModelClass): Who {
  if (wanted === 'small' || policy.everyone.includes(wanted)) return { everyone: true, levels: [] }
  const lowest = new Map<string, number>()
  for (const { track, from, classes } of policy.levels) {
    if (!classes.includes(wanted)) continue
    const name = track.toUpperCase()
    lowest.set(name, Math.min(from, lowest.get(name) ?? from))
  }
  return { everyone: false, levels: [...lowest].map(([track, from]) => ({ track, from })) }
}
