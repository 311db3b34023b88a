import { DAY, type Millis } from '#base/time.ts'
import type { Asset } from '#base/asset.ts'
import type { Demand } from '#valuation/demand.ts'
import { expectedUse } from '#valuation/demand.ts'
import { grantValue, type Part } from '#valuation/grant-value.ts'
import { deliveredOf, isPriced, type Assumptions } from './assumptions.ts'
import { SHARE, type Owed, type Shares } from './attribution.ts'
import type { Planned } from './plan.ts'

/** From what is promised to what it is expected to be worth: each step takes one more thing into account. */
export const STAGES = ['effective', 'retained', 'forward', 'present', 'expected'] as const
export type Stage = (typeof STAGES)[number]
/** How much of the cap is left after each step. */
export type Chain = Readonly<Record<Stage, Shares>>

export type Outstanding = {
  readonly asset: Asset
  readonly owed: Owed
  /** Where what vested lies. */
  readonly lots: readonly { readonly quantity: bigint; readonly expiresAt: Millis | null }[]
  readonly planned: readonly Planned[]
}

/** Months for which what never expires is taken to be used, after the last of it has vested. */
const AFTER_LAST = 12
const MONTH = 365.25 / 12
/** Where no date is planned, because it waits for an event. */
const WAITS_MONTHS = 12

/**
 * What is left of one grant's cap after each step, for what will vest and for what has. Closed form, linear in price, so
 * it holds for every basis. `demand`: this grant's part of what its person would use in a month, in smallest units;
 * null: everything that there is.
 */
export function chainOf(
  one: Outstanding,
  at: Millis,
  demand: Demand | null,
  assumptions: Assumptions,
): Chain {
  const [vested, unvested] = together(ofLots(one, at), ofPlan(one, at))
  const { availability, efficiency } = deliveredOf(assumptions, one.asset)
  const months = Math.ceil(Math.max(1, ...unvested.map(({ years }) => years * 12)))
  const drift = isPriced(one.asset) ? assumptions.drift : 0
  const common = {
    mark: 1,
    forwards: Float64Array.from({ length: months + 1 }, (_, month) => Math.exp((drift * month) / 12)),
    rate: assumptions.interest,
    hazard: assumptions.turnover.hazard,
    cliff: 0,
    availability,
    efficiency,
  }
  const spread = spreadOf([...vested, ...unvested], demand, availability * efficiency)
  const side = (parts: readonly Part[]): ((stage: Stage) => bigint) => {
    const value = grantValue(parts, { ...common, demand: spread.each })
    return (stage) => shareOf(stage === 'expected' ? value.expected * spread.pool : value[stage], value.cap)
  }
  const [will, has] = [side(unvested), side(vested)]
  return Object.fromEntries(
    STAGES.map((stage) => [stage, { unvested: will(stage), vested: has(stage) }]),
  ) as Record<Stage, Shares>
}

/**
 * Parts that are lost month by month meet the demand of their own months; parts that stay are one pool, used over all
 * the time there is.
 */
function spreadOf(
  parts: readonly Part[],
  demand: Demand | null,
  delivered: number,
): { readonly each: Demand | null; readonly pool: number } {
  if (demand === null) return { each: null, pool: 1 }
  if (parts.some(({ months }) => months < Infinity)) return { each: demand, pool: 1 }
  const cap = parts.reduce((sum, { quantity }) => sum + quantity, 0) * delivered
  const last = Math.max(0, ...parts.map(({ years }) => years * 12))
  return { each: null, pool: cap === 0 ? 1 : expectedUse(demand, cap, last + AFTER_LAST) / cap }
}

/** Beside parts that are lost, what stays is taken to be used within a year. */
function together(
  vested: readonly Part[],
  unvested: readonly Part[],
): readonly [readonly Part[], readonly Part[]] {
  if (![...vested, ...unvested].some(({ months }) => months < Infinity)) return [vested, unvested]
  const within = (part: Part): Part => (part.months < Infinity ? part : { ...part, months: AFTER_LAST })
  return [vested.map(within), unvested.map(within)]
}

function ofLots({ lots, planned }: Outstanding, at: Millis): readonly Part[] {
  const next = Math.min(...planned.map((part) => part.at).filter((day) => day > at))
  return lots.map(({ quantity, expiresAt }) => ({
    years: 0,
    quantity: Number(quantity),
    months: monthsOf(at, expiresAt, next),
  }))
}

/** The plan gives the times, the ledger the quantity: what waits for an event has no date of its own. */
function ofPlan({ owed, planned }: Outstanding, at: Millis): readonly Part[] {
  const sum = planned.reduce((total, { quantity }) => total + quantity, 0n)
  const scale = sum > owed.unvested ? Number(owed.unvested) / Number(sum) : 1
  const dates = planned.map((part) => part.at).toSorted((a, b) => a - b)
  const parts = planned.map(({ at: from, expiresAt, quantity }): Part => {
    const next = dates.find((day) => day > from) ?? Infinity
    return {
      years: Math.max(0, yearsOf(from - at)),
      quantity: Number(quantity) * scale,
      months: monthsOf(Math.max(from, at), expiresAt, next),
    }
  })
  const rest = owed.unvested - (sum > owed.unvested ? owed.unvested : sum)
  if (rest === 0n) return parts
  const last = Math.max(WAITS_MONTHS / 12, ...parts.map(({ years }) => years))
  return [...parts, { years: last, quantity: Number(rest), months: Infinity }]
}

/** Until it is lost or the next part comes; without an expiry it is not lost. */
function monthsOf(from: Millis, expiresAt: Millis | null, next: Millis): number {
  if (expiresAt === null) return Infinity
  const until = Math.min(expiresAt, next)
  return Math.max(1 / MONTH, (until - from) / (MONTH * DAY))
}

const yearsOf = (time: Millis): number => time / (365.25 * DAY)

/** A share of the cap in billionths; what there is nothing of keeps all of it. */
const shareOf = (value: number, cap: number): bigint =>
  cap === 0 ? SHARE : BigInt(Math.round((value / cap) * Number(SHARE)))
