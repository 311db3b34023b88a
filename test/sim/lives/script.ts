import { LEAVER_REASONS, type LeaverReason } from '#grants/clauses.ts'

/** Six years. */
export const MONTHS = 72

/**
 * One thing that happens in a life. Everything random about it is here, so that a life is told by its script alone: the
 * same script does the same, and a shorter one tells what of it matters. `pick`s choose among what there is then.
 */
export type Act = { readonly month: number } & (
  | { readonly kind: 'hire' }
  | { readonly kind: 'grant'; readonly template: number; readonly units: number }
  /** Parts of a thousand of what is there are held, and of what is held are used; above 1,000 the company absorbs. */
  | { readonly kind: 'spend'; readonly hold: number; readonly use: number; readonly later: boolean }
  | { readonly kind: 'absence'; readonly leave: string; readonly days: number; readonly known: boolean }
  | { readonly kind: 'return'; readonly days: number }
  | { readonly kind: 'amend'; readonly pick: number; readonly thousandths: number }
  | { readonly kind: 'raise'; readonly level: string }
  | { readonly kind: 'fire'; readonly pick: number }
  | {
      readonly kind: 'clawback'
      readonly pick: number
      readonly unvested: boolean
      readonly most: number | null
    }
  | { readonly kind: 'leave'; readonly reason: LeaverReason; readonly ahead: number }
  | { readonly kind: 'stay' }
  | { readonly kind: 'rehire'; readonly credit: boolean; readonly template: number; readonly units: number }
)

/** mulberry32, one for each life, so that a life does not depend on how many others there are. */
export function diceOf(seed: number, life: number): (most: number) => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(life + 1, 0x85ebca6b)) >>> 0
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % most
  }
}

/** What happens in one life, month by month, in random order. */
export function scriptOf(seed: number, life: number, templates: number): readonly Act[] {
  const below = diceOf(seed, life)
  const hired = below(30)
  const acts: Act[] = [
    { month: hired, kind: 'hire' },
    { month: hired, kind: 'grant', template: below(templates), units: 1 + below(5_000) },
  ]
  for (let month = hired + 1; month < MONTHS; month += 1) {
    if (below(100) < 45) acts.push({ month, ...anyAct(below, templates) })
  }
  return acts
}

type Any = Act extends infer One ? (One extends unknown ? Omit<One, 'month'> : never) : never

function anyAct(below: (most: number) => number, templates: number): Any {
  const chance = below(100)
  if (chance < 48) return { kind: 'spend', hold: 1 + below(900), use: below(1_100), later: below(4) === 0 }
  if (chance < 56) return { kind: 'grant', template: below(templates), units: 1 + below(5_000) }
  if (chance < 65) {
    const leave = ['parental', 'medical', 'unpaid', 'sabbatical'][below(4)]!
    return { kind: 'absence', leave, days: 5 + below(150), known: below(3) > 0 }
  }
  if (chance < 70) return { kind: 'return', days: 1 + below(120) }
  if (chance < 75) return { kind: 'amend', pick: below(8), thousandths: 500 + below(2_000) }
  if (chance < 79) return { kind: 'raise', level: `IC${3 + below(3)}` }
  if (chance < 81) return { kind: 'fire', pick: below(8) }
  if (chance < 83) {
    return {
      kind: 'clawback',
      pick: below(8),
      unvested: below(2) === 0,
      most: below(2) === 0 ? null : 1 + below(2_000),
    }
  }
  if (chance < 91) {
    const reason = LEAVER_REASONS[below(LEAVER_REASONS.length)]!
    return { kind: 'leave', reason, ahead: below(3) === 0 ? 0 : below(70) }
  }
  if (chance < 92) return { kind: 'stay' }
  return { kind: 'rehire', credit: below(2) === 0, template: below(templates), units: 1 + below(5_000) }
}

/** As a story is told. */
export const told = ({ month, ...act }: Act): string => `month ${month}: ${JSON.stringify(act)}`
