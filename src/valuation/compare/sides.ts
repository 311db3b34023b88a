import { Fault } from '#base/fault.ts'
import { need } from '../check.ts'
import { survival } from '../entitlement.ts'
import { spreadOf } from '../estimate.ts'
import { nanoOfUsd } from '../money.ts'
import { MONTHS_PER_YEAR, type PriceModel } from '../price-model.ts'
import type { ShareOption } from '../share-option.ts'
import { joined, knownMeans, simulateBlock, type BlockValues, type Simulation } from '../simulate.ts'
import type { PackageBand } from './package.ts'

/**
 * Offers side by side, on the same paths of the price of compute; each company's share has noise of its own. Dollars, months
 * counted from today (index 0), shares from 0 to 1.
 */
export type Side = {
  /** What surely comes as long as one is there: by month. */
  readonly cash: readonly number[]
  /** The same of compute that follows no price. */
  readonly dollars: readonly number[]
  /** Hours at today's price: they follow the common price of compute. */
  readonly hours: readonly number[]
  readonly unsure: readonly {
    readonly amounts: readonly number[]
    readonly moves: boolean
    readonly spread: number
    readonly hazard: number
    readonly seed: number
  }[]
  readonly equity: {
    /** Shares or options by month, as numbers of them. */
    readonly units: readonly number[]
    readonly price: number
    readonly volatility: number
    readonly correlation: number
    readonly option: ShareOption | null
    readonly seed: number
  } | null
  /** Leaving, a year. */
  readonly hazard: number
}

export type Market = {
  /** Of one dollar of hours today: `spot` is 1. */
  readonly model: PriceModel
  readonly interest: number
  readonly months: number
  readonly seed: number
  readonly blocks: number
}

export type SideBands = {
  readonly cash: bigint
  readonly compute: PackageBand | null
  readonly equity: PackageBand | null
  readonly all: PackageBand
  /** What of it follows the price of hours, in the mean. */
  readonly hours: bigint
}
export type SidesBands = {
  readonly sides: readonly SideBands[]
  /** Every one less the first. */
  readonly differences: readonly { readonly band: PackageBand; readonly better: number }[]
  readonly paths: number
}

const weightsOf = ({ hazard }: Side, { interest, months }: Market): number[] =>
  Array.from({ length: months + 1 }, (_, month) => {
    const years = month / MONTHS_PER_YEAR
    return survival(hazard, years) * Math.exp(-interest * years)
  })

/** A side as a simulation. What is certain is left out: it is the same on every path. */
export function simulationOf(side: Side, market: Market): Simulation {
  check(side, market)
  const { model, interest, seed, blocks } = market
  const weights = weightsOf(side, market)
  const { equity } = side
  return {
    model,
    compute: { quantities: side.hours, weights },
    use: null,
    unsure: side.unsure.map(({ amounts, ...one }) => ({ ...one, quantities: amounts, weights })),
    equity: equity && {
      spot: equity.price,
      // What a market value grows by is what waiting takes off again.
      drift: interest,
      volatility: equity.volatility,
      correlation: equity.correlation,
      quantities: equity.units,
      weights,
      seed: equity.seed,
      ...(equity.option && { option: equity.option }),
    },
    seed,
    blocks,
  }
}

function check(side: Side, { months, interest, blocks }: Market): void {
  need('count', { months, blocks })
  need('finite', { interest })
  need('notNegative', { hazard: side.hazard })
  for (const [name, { length }] of Object.entries({ cash: side.cash, dollars: side.dollars })) {
    if (length !== months + 1)
      throw new Fault('invalid', `${name} has ${length} months, not ${months + 1}`, { param: name })
  }
}

/** One block of every side; the same whoever computes it. */
export const sidesBlock = (sides: readonly Side[], market: Market, block: number): readonly BlockValues[] =>
  sides.map((side) => simulateBlock(simulationOf(side, market), block))

/** Means in closed form, what lies around them from the paths, blocks in the order of their numbers. */
export function summarizeSides(
  sides: readonly Side[],
  market: Market,
  blocks: readonly (readonly BlockValues[])[],
): SidesBands {
  const told = sides.map((side, index) => {
    const weights = weightsOf(side, market)
    const sum = (amounts: readonly number[]): number =>
      amounts.reduce((total, amount, month) => total + amount * weights[month]!, 0)
    const simulation = simulationOf(side, market)
    const known = knownMeans(simulation)
    const hours = knownMeans({
      ...simulation,
      unsure: (simulation.unsure ?? []).filter(({ moves }) => moves),
    }).compute
    const [cash, dollars] = [sum(side.cash), sum(side.dollars)]
    const compute = joined(blocks.map((values) => values[index]!.compute)).map((value) => value + dollars)
    const equity = side.equity && joined(blocks.map((values) => values[index]!.equity!))
    const all = compute.map((value, path) => value + cash + (equity?.[path] ?? 0))
    const mean = cash + dollars + known.compute + known.equity
    return { cash, hours, dollars, compute, equity, all, mean, known }
  })
  const [first] = told
  return {
    sides: told.map(({ cash, hours, dollars, compute, equity, all, mean, known }, index) => ({
      cash: nanoOfUsd(cash, 'cash'),
      hours: nanoOfUsd(hours, 'hours'),
      compute: hasCompute(sides[index]!) ? bandOf(compute, dollars + known.compute) : null,
      equity: equity && bandOf(equity, known.equity),
      all: bandOf(all, mean),
    })),
    differences: told.slice(1).map((one) => {
      const apart = one.all.map((value, path) => value - first!.all[path]!)
      const better = apart.reduce((count, value) => count + (value > 0 ? 1 : 0), 0)
      return { band: bandOf(apart, one.mean - first!.mean), better: better / apart.length }
    }),
    paths: first?.all.length ?? 0,
  }
}

const hasCompute = ({ hours, dollars, unsure }: Side): boolean =>
  unsure.length > 0 || hours.some((one) => one > 0) || dollars.some((one) => one > 0)

function bandOf(values: Float64Array, mean: number): PackageBand {
  const { p5, p50, p95 } = spreadOf(values)
  return {
    mean: nanoOfUsd(mean, 'mean'),
    p5: nanoOfUsd(p5, 'p5'),
    p50: nanoOfUsd(p50, 'p50'),
    p95: nanoOfUsd(p95, 'p95'),
  }
}
