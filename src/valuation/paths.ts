import { need } from './check.ts'
import { exponentials } from './exponentials.ts'
import { MONTHS_PER_YEAR, type PriceModel } from './price-model.ts'
import { type Purpose, type Stream, streamOf, uniform } from './random.ts'
import { type Equity, type EquitySteps, equitySteps, type PriceSteps, priceSteps } from './steps.ts'
import { fillNormals } from './ziggurat.ts'

/** Paths of one block: what one (seed, block) always gives, on whichever thread. */
export const BLOCK = 10_000
/** Paths that are walked side by side, so that the next month of one need not wait for the last of another. */
export const LANES = 16
/** Fifty years. */
export const MOST_MONTHS = 600

/**
 * The prices of one block, 16 paths at a time. Each `next()` fills `prices` (and `shares`) with what noise and jumps make of a
 * price, to be multiplied by the level of its month, which is the same on every path. Lane p of month m lies at 16 m + p; month 0 is today.
 */
export type Walk = {
  readonly prices: Float64Array
  readonly shares: Float64Array | null
  /** By month, dollars. */
  readonly levels: Float64Array
  readonly shareLevels: Float64Array | null
  next(): void
}

export type WalkPlan = {
  readonly model: PriceModel
  readonly equity: Equity | null
  readonly months: number
  readonly seed: number
  /** Of the share's own noise; `seed` when absent. Another one is another company in the same market of compute. */
  readonly shareSeed?: number | undefined
}

export function openWalk({ model, equity, months, seed, shareSeed }: WalkPlan, block: number): Walk {
  need('count', { months })
  need('notNegative', { [`${MOST_MONTHS} - months`]: MOST_MONTHS - months })
  const stream = (purpose: Purpose): Stream => streamOf(seed, block, purpose)
  const steps = priceSteps(model)
  const end = (months + 1) * LANES
  const shorts = openNoise(stream('short'), steps.short, end)
  const longs = openNoise(stream('long'), steps.long, end)
  const prices = new Float64Array(end).fill(1)
  const addJumps = openJumps(model, steps, stream('jumps'))
  const addGluts = openGluts(model, stream('glut'))
  const shares =
    equity && openShares(equitySteps(equity, model, steps), streamOf(shareSeed ?? seed, block, 'equity'), end)

  function next(): void {
    shorts.draw()
    longs.draw()
    shares?.walk(shorts.noise, longs.noise)
    addJumps(shorts.noise, longs.noise)
    walkFactors(shorts.noise, longs.noise, steps)
    addGluts(longs.noise)
    exponentials(shorts.noise, longs.noise, prices, LANES, end)
  }

  return {
    prices,
    shares: shares && shares.prices,
    levels: priceLevels(model, months),
    shareLevels:
      equity && levels(months, equity.spot, (years) => (equity.drift - equity.volatility ** 2 / 2) * years),
    next,
  }
}

/** The price of each month but for noise, jumps and glut, dollars: what a walk's `prices` multiply. */
export const priceLevels = (model: PriceModel, months: number): Float64Array =>
  levels(
    months,
    model.spot,
    (years) => model.deviation * Math.expm1(-model.reversion * years) + model.drift * years,
  )

const levels = (months: number, spot: number, change: (years: number) => number): Float64Array =>
  Float64Array.from({ length: months + 1 }, (_, month) => spot * Math.exp(change(month / MONTHS_PER_YEAR)))

/** Room for the noise of all months, with a row of zeros for today in front. Without a deviation nothing is drawn. */
function openNoise(stream: Stream, deviation: number, end: number) {
  const noise = new Float64Array(end)
  const drawn = noise.subarray(LANES)
  return {
    noise,
    draw(): void {
      if (deviation > 0) fillNormals(stream, drawn, end - LANES, deviation)
      else noise.fill(0)
    },
  }
}

/** Turns the months' own noise into both factors, in place: each builds on the month before it in its lane. */
function walkFactors(shorts: Float64Array, longs: Float64Array, { keep, tilt }: PriceSteps): void {
  const end = shorts.length
  for (let i = LANES; i < end; i += 1) {
    const noise = shorts[i]!
    shorts[i] = keep * shorts[i - LANES]! + noise
    longs[i] = longs[i - LANES]! + (tilt * noise + longs[i]!)
  }
}

/** Normals for 128 jumps, drawn at once. */
const STOCK = 384
/** More cells than any block has. */
const NEVER = 2 ** 30

/**
 * Adds jumps to the noise of their months. The gap to the next jump is drawn at once, a geometric number of months over all lanes, so
 * that the many months without a jump cost nothing. Half the sum of two squared normals is an exponential time, and its whole
 * part in units of -ln(1 - p) that number.
 */
function openJumps({ jumps }: PriceModel, { jumpProbability, tilt }: PriceSteps, stream: Stream) {
  const { mean, deviation, lasting } = jumps
  const perGap = -1 / (2 * Math.log1p(-jumpProbability))
  const stock = new Float64Array(STOCK)
  const refill = (): number => {
    fillNormals(stream, stock, STOCK, 1)
    return 0
  }
  let next = refill()
  let ahead = gapOf(stock[0]!, stock[1]!, perGap)
  return (shorts: Float64Array, longs: Float64Array): void => {
    const end = shorts.length
    let at = LANES + ahead
    let from = next
    while (at < end) {
      const size = mean + deviation * stock[from + 2]!
      if (lasting) longs[at]! += size
      else {
        shorts[at]! += size
        // A jump is not shared with the level, as the rest of this noise is.
        longs[at]! -= tilt * size
      }
      from += 3
      if (from === STOCK) from = refill()
      at += 1 + gapOf(stock[from]!, stock[from + 1]!, perGap)
    }
    next = from
    ahead = at - end
  }
}

const gapOf = (a: number, b: number, perGap: number): number =>
  Math.floor(Math.min((a * a + b * b) * perGap, NEVER))

/** In the lanes that a glut comes to, every month from it on is lower. */
function openGluts({ glut }: PriceModel, stream: Stream) {
  if (!glut) return (): void => {}
  // Far enough below for a price of nothing, and still a number.
  const fall = Math.max(Math.log(glut.factor), -10_000)
  return (longs: Float64Array): void => {
    for (let lane = 0; lane < LANES; lane += 1)
      if (uniform(stream) < glut.probability)
        for (let i = glut.month * LANES + lane; i < longs.length; i += LANES) longs[i]! += fall
  }
}

/** Shares walk beside the prices, on the prices' noise before it has jumps and is walked. */
function openShares({ withShort, withLong, own }: EquitySteps, stream: Stream, end: number) {
  const { noise, draw } = openNoise(stream, own, end)
  const nothing = new Float64Array(end)
  const prices = new Float64Array(end).fill(1)
  return {
    prices,
    walk(shorts: Float64Array, longs: Float64Array): void {
      draw()
      for (let i = LANES; i < end; i += 1)
        noise[i] = noise[i - LANES]! + (withShort * shorts[i]! + withLong * longs[i]! + noise[i]!)
      exponentials(noise, nothing, prices, LANES, end)
    },
  }
}

/** For each lane: Σ weights[m] · prices[16 m + p]. */
export function weightedSums(prices: Float64Array, weights: Float64Array, sums: Float64Array): void {
  const months = weights.length
  // Four at a time: a sum of its own each, none in memory.
  for (let lane = 0; lane < LANES; lane += 4) {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let month = 0, i = lane; month < months; month += 1, i += LANES) {
      const weight = weights[month]!
      a += weight * prices[i]!
      b += weight * prices[i + 1]!
      c += weight * prices[i + 2]!
      d += weight * prices[i + 3]!
    }
    sums[lane] = a
    sums[lane + 1] = b
    sums[lane + 2] = c
    sums[lane + 3] = d
  }
}
