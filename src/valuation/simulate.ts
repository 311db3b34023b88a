import { Fault } from '#base/fault.ts'
import { need } from './check.ts'
import { type Demand, expectedUse } from './demand.ts'
import { controlledBy, type Estimate, estimateOf, type Spread, spreadOf } from './estimate.ts'
import { gbmMean } from './gbm.ts'
import { BLOCK, LANES, openWalk, weightedSums } from './paths.ts'
import { modelForwards, MONTHS_PER_YEAR, type PriceModel } from './price-model.ts'
import { streamOf } from './random.ts'
import { arrivals, openUse } from './rollover.ts'
import { checkShareOption, openShareOption, optionWorth, type ShareOption } from './share-option.ts'
import type { Equity } from './steps.ts'
import { checkUnsure, openUnsure, standing, type Unsure } from './unsure.ts'

/** What comes in by month, index 0 today, and what a dollar of it then is worth today: discount times the chance to be there. */
export type Flow = { readonly quantities: readonly number[]; readonly weights: readonly number[] }

/** A package to be simulated. Plain data: it crosses threads as it is. */
export type Simulation = {
  readonly model: PriceModel
  /** Hours (tokens, …), one price for all. */
  readonly compute: Flow
  /** Null: all is used when it comes in. Else only what is wanted, each part for `life` months. */
  readonly use: { readonly demand: Demand; readonly life: number } | null
  /** What comes beside it without a right to it, counted with it; only where all is used. */
  readonly unsure?: readonly Unsure[] | undefined
  /** Shares beside it, or options on them; `seed` is of the share's own noise, the common one when absent. */
  readonly equity:
    | (Equity & Flow & { readonly option?: ShareOption | undefined; readonly seed?: number | undefined })
    | null
  /** A safe integer from 0: the same seed gives the same figures, to the bit, whatever the number of threads. */
  readonly seed: number
  /** Of 10,000 paths each, at most 1,000. Ten fit a request. */
  readonly blocks: number
}

/** The present values of one block, dollars, path by path. */
export type BlockValues = {
  readonly compute: Float64Array
  readonly equity: Float64Array | null
  /** Where use is simulated: what would be used if nothing rolled over, whose mean is known. */
  readonly alone: Float64Array | null
}

const MOST_BLOCKS = 1_000

function check({ compute, equity, blocks, unsure, use }: Simulation): void {
  need('count', { blocks })
  need('notNegative', { [`${MOST_BLOCKS} - blocks`]: MOST_BLOCKS - blocks })
  const length = compute.quantities.length
  need('count', { 'compute.quantities.length - 1': length - 1 })
  checkFlow('compute', compute, length)
  if (equity) checkFlow('equity', equity, length)
  if (equity?.option) checkShareOption(equity.option, length - 1)
  if (use && unsure && unsure.length > 0)
    throw new Fault('invalid', 'what is unsure is simulated where all is used', { param: 'unsure' })
  for (const one of unsure ?? []) {
    checkUnsure(one)
    checkFlow('unsure', one, length)
  }
}

function checkFlow(name: string, { quantities, weights }: Flow, length: number): void {
  for (const [part, values] of Object.entries({ quantities, weights })) {
    const param = `${name}.${part}`
    if (values.length !== length)
      throw new Fault('invalid', `${param} has ${values.length} months and compute.quantities ${length}`, {
        param,
      })
    for (const value of values) need('notNegative', { [param]: value })
  }
}

/** One block: the same values for the same simulation and number, whoever computes them. */
export function simulateBlock(simulation: Simulation, block: number): BlockValues {
  check(simulation)
  const { model, compute, use, equity, seed, unsure = [] } = simulation
  const months = compute.quantities.length - 1
  const walk = openWalk({ model, equity, months, seed, shareSeed: equity?.seed }, block)
  const value = use
    ? usedValues(compute, use, walk.levels, seed, block)
    : allValues(weigh(walk.levels, compute.weights, compute.quantities))
  const extras = unsure.map((one) => openUnsure(one, { levels: walk.levels, block }))
  const shares = equity && walk.shareLevels && sharesOf(equity, walk.shareLevels)
  const values: BlockValues = {
    compute: new Float64Array(BLOCK),
    equity: equity && new Float64Array(BLOCK),
    alone: use && new Float64Array(BLOCK),
  }
  const sums = new Float64Array(LANES)
  for (let path = 0; path < BLOCK; path += LANES) {
    walk.next()
    value(walk.prices, values, path)
    for (const add of extras) add(walk.prices, values.compute, path)
    if (!values.equity || !walk.shares || !shares) continue
    shares(walk.shares, sums)
    values.equity.set(sums, path)
  }
  return values
}

function sharesOf(
  equity: NonNullable<Simulation['equity']>,
  levels: Float64Array,
): (shares: Float64Array, sums: Float64Array) => void {
  const { option, weights, quantities } = equity
  if (option) return openShareOption({ option, equity }, equity, levels)
  const weighed = weigh(levels, weights, quantities)
  return (shares, sums) => weightedSums(shares, weighed, sums)
}

type Valued = (prices: Float64Array, values: BlockValues, path: number) => void

const weigh = (
  levels: Float64Array,
  weights: readonly number[],
  quantities: readonly number[],
): Float64Array => levels.map((level, month) => level * weights[month]! * quantities[month]!)

function allValues(weights: Float64Array): Valued {
  const sums = new Float64Array(LANES)
  return (prices, values, path) => {
    weightedSums(prices, weights, sums)
    values.compute.set(sums, path)
  }
}

function usedValues(
  { quantities, weights }: Flow,
  { demand, life }: { readonly demand: Demand; readonly life: number },
  levels: Float64Array,
  seed: number,
  block: number,
): Valued {
  const draw = openUse({ quantities, life }, demand, streamOf(seed, block, 'demand'))
  const used = new Float64Array(levels.length)
  const alone = new Float64Array(levels.length)
  return (prices, values, path) => {
    for (let lane = 0; lane < LANES; lane += 1) {
      draw(used, alone)
      let [sum, control] = [0, 0]
      for (let month = 1; month < levels.length; month += 1) {
        const price = levels[month]! * weights[month]! * prices[month * LANES + lane]!
        sum += price * used[month]!
        control += price * alone[month]!
      }
      values.compute[path + lane] = sum
      if (values.alone) values.alone[path + lane] = control
    }
  }
}

/** What a simulation says, dollars. */
export type Simulated = {
  readonly paths: number
  readonly compute: Side
  readonly equity: Side | null
  readonly together: (Estimate & Spread) | null
  /** What the right to take the one in place of the other, with hindsight, is worth more than what one has. */
  readonly swap: { readonly toCompute: Estimate; readonly toEquity: Estimate } | null
}

/** `mean` and `error` are the bare simulation's; `best` is the same mean with everything that closed forms know about it. */
export type Side = Estimate & Spread & { readonly best: Estimate }

/** Puts blocks together, in the order of their numbers. */
export function summarize(simulation: Simulation, blocks: readonly BlockValues[]): Simulated {
  check(simulation)
  const compute = joined(blocks.map((block) => block.compute))
  const known = knownMeans(simulation)
  const control = simulation.use ? joined(blocks.map(({ alone }) => alone!)) : compute
  const side = (values: Float64Array, control: Float64Array, mean: number): Side => ({
    ...estimateOf(values),
    ...spreadOf(values),
    best: controlledBy(values, control, mean),
  })
  const first = { paths: compute.length, compute: side(compute, control, known.compute) }
  if (!simulation.equity) return { ...first, equity: null, together: null, swap: null }
  const equity = joined(blocks.map((block) => block.equity!))
  const together = compute.map((value, path) => value + equity[path]!)
  const apart = compute.map((value, path) => value - equity[path]!)
  // The mean of the difference is known as long as that of each is.
  const better = (sign: 1 | -1): Estimate => {
    const gains = apart.map((value) => Math.max(sign * value, 0))
    return simulation.use ? estimateOf(gains) : controlledBy(gains, apart, known.compute - known.equity)
  }
  return {
    ...first,
    equity: side(equity, equity, known.equity),
    together: { ...estimateOf(together), ...spreadOf(together) },
    swap: { toCompute: better(1), toEquity: better(-1) },
  }
}

/** The whole simulation on this thread. 100,000 paths of 48 months take about a tenth of a second. */
export const simulate = (simulation: Simulation): Simulated =>
  summarize(
    simulation,
    Array.from({ length: simulation.blocks }, (_, block) => simulateBlock(simulation, block)),
  )

/** The means that closed forms give: of compute (or of its control, where use is simulated) and of equity. */
export function knownMeans({ model, compute, use, equity, unsure = [] }: Simulation): {
  compute: number
  equity: number
} {
  const months = compute.quantities.length - 1
  const forwards = modelForwards(model, months)
  const coming = arrivals(compute.quantities)
  const total = ({ weights }: Flow, at: (month: number) => number): number =>
    weights.reduce((sum, weight, month) => sum + weight * at(month), 0)
  return {
    compute: use
      ? total(compute, (month) => forwards[month]! * expectedUse(use.demand, coming[month]!))
      : total(compute, (month) => forwards[month]! * compute.quantities[month]!) +
        unsure.reduce(
          (sum, one) =>
            sum +
            total(
              one,
              (month) => standing(one, month) * (one.moves ? forwards[month]! : 1) * one.quantities[month]!,
            ),
          0,
        ),
    equity: equity ? total(equity, (month) => shareMean(equity, month) * equity.quantities[month]!) : 0,
  }
}

/** Of a share, or of the option on it, whose worth grows as its share does. */
const shareMean = (equity: NonNullable<Simulation['equity']>, month: number): number => {
  const years = month / MONTHS_PER_YEAR
  if (!equity.option) return gbmMean(equity, years)
  return optionWorth(equity.option, equity, equity.spot, 0) * Math.exp(equity.drift * years)
}

export function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
