import { denominationOf, parseAsset, type Asset, type Tier } from '#base/asset.ts'
import { bestEfficiency, gangMeantime } from '#valuation/checkpoints.ts'
import type { Confidence } from '#valuation/fit.ts'

/** What the company's promises are taken to be worth of their price, and why. Shown beside every figure that uses it. */
export type Assumptions = {
  /** Interest a year, continuous: what a dollar later is worth less. */
  readonly interest: number
  /** By how much prices of hardware and tokens are expected to change a year, continuous. 0: today's price stays. */
  readonly drift: number
  /** Leaving a year, continuous, with how well it is known. */
  readonly turnover: Confidence & {
    readonly hazard: number
    readonly leavers: number
    readonly personYears: number
  }
  /** Share of promised hours that become work, by tier. */
  readonly delivered: Readonly<Record<Tier, Delivered>>
}

export type Delivered = { readonly availability: number; readonly efficiency: number; readonly why: string }

export const INTEREST = 0.045
export const DRIFT = 0

/** Where nobody has left yet: this much turnover a year, worth so many years of people. */
export const TURNOVER_PRIOR = { hazard: 0.13, years: 20 } as const

/** Hours between failures of one GPU in the largest training run that published them: 16,384 × 54 days / 419. */
const GPU_MEANTIME = 50_677
/** Of a job on one node. */
const GANG = 8
const HOUR = 3_600
const CHECKPOINT = 60 / HOUR
const RESTART = 300 / HOUR

const efficiencyOf = (meantime: number): number =>
  bestEfficiency({ meantime, checkpoint: CHECKPOINT, restart: RESTART })

const FAILURES =
  'jobs of 8 GPUs that save and restart as well as they can, one GPU failing every 50,677 hours'

/** Guaranteed hours fail as hardware does; priority hours may also be taken away once a day. */
export const DELIVERED: Readonly<Record<Tier, Delivered>> = {
  guaranteed: {
    availability: 0.995,
    efficiency: efficiencyOf(gangMeantime(GPU_MEANTIME, GANG)),
    why: `there 99.5 % of the time, as providers promise for one machine; ${FAILURES}`,
  },
  priority: {
    availability: 0.97,
    efficiency: efficiencyOf(24),
    why: 'there 97 % of the time, and taken away about once a day: an assumption',
  },
  spot: {
    availability: 1,
    efficiency: 1,
    why: 'the price of hours that can be taken away says it already: nothing is taken off twice',
  },
}

/** What becomes work of an asset; dollars and months are not hardware. */
export function deliveredOf({ delivered }: Pick<Assumptions, 'delivered'>, asset: Asset): Delivered {
  const tier = parseAsset(asset)?.unit.tier
  return tier === undefined
    ? { availability: 1, efficiency: 1, why: 'not hardware: nothing stands still' }
    : delivered[tier]
}

/** Whether the price of an asset moves: a dollar stays a dollar. */
export const isPriced = (asset: Asset): boolean => denominationOf(asset) !== 'usd'
