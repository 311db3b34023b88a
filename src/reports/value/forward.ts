import { Fault } from '#base/fault.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import { priceBands } from '#valuation/bands.ts'
import { type Curve, curveForwards, type Forwards } from '#valuation/curve.ts'
import type { Confidence } from '#valuation/fit.ts'
import { halfLife, logOu, stationaryVariance } from '#valuation/log-ou.ts'
import { nanoOfUsd, usdOfNano } from '#valuation/money.ts'
import type { OuFit } from '#valuation/ou-fit.ts'
import { modelForwards, MONTHS_PER_YEAR, type PriceModel } from '#valuation/price-model.ts'
import { simulate, type Simulation } from '#valuation/simulate.ts'
import { grantPresentValue, packageValue, stripValue } from '#valuation/strip.ts'
import { termForward } from '#valuation/term.ts'
import { INTEREST } from './assumptions.ts'
import { calibrate } from './calibration.ts'
import { number, oneOf, readNumbers, whole, type NumberField, type NumberView } from './numbers.ts'
import { simulateOnThreads } from './paths-pool.ts'
import { pointsOf, termsOf, type Point } from './terms.ts'
import { markFacts, type MarkFacts } from './views.ts'

/** Everything that is assumed of what an hour will cost. Rates and volatilities a year, continuous. */
export const FORWARD_NUMBERS = {
  months: number('48', '1', '120', 'months that are looked ahead'),
  hours: number('10000', '0', '1000000000', 'GPU-hours that come in even parts, month by month'),
  interest: number(String(INTEREST), '0', '0.5', 'interest a year: what a dollar later is worth less'),
  drift: number(
    '0',
    '-2',
    '1',
    'expected change of the level of prices in a year: a scenario, no fit tells it',
  ),
  reversion: number(
    '6',
    '0.1',
    '60',
    'how fast a price that is off its level returns: 6 halves the distance in six weeks',
  ),
  short_volatility: number('0.6', '0', '3', 'how much prices move in a year around their level'),
  long_volatility: number('0.3', '0', '2', 'how much the level itself moves in a year'),
  off_level: number(
    '0',
    '-3',
    '3',
    'how far today’s price is above what it returns to, as a logarithm; 0.1 is a tenth',
  ),
  correlation: number('0', '-1', '1', 'of moves around the level with moves of the level'),
  jumps: number('0', '0', '12', 'sudden changes of posted prices in a year; 0.75 have been seen'),
  jump_size: number('-0.2', '-3', '3', 'mean size of such a change, as a logarithm'),
  jump_spread: number('0.35', '0', '2', 'how much such sizes differ, as a standard deviation'),
  blocks: number('2', '1', '40', 'times 10,000 simulated paths for what the hours may be worth'),
} as const satisfies Record<string, NumberField>
export type ForwardNumber = keyof typeof FORWARD_NUMBERS

export const CURVES = ['futures', 'terms', 'model', 'flat'] as const
export type CurveKind = (typeof CURVES)[number]

export type ForwardAsk = {
  readonly accelerator?: string | undefined
  readonly basis?: string | undefined
  /** The best that there is when absent. */
  readonly curve?: string | undefined
  /** What is traded, as years:dollars: `1:2.30,2:2.10`. */
  readonly futures?: string | undefined
  /** What an hour costs who commits to so many years; what is stored when absent. */
  readonly terms?: string | undefined
}

/** Where prices, their history and what longer terms cost are told. */
export type ForwardRooms = { readonly hardware: Pick<Hardware, 'mark' | 'history' | 'observations'> }

export type Numbers = Readonly<Record<string, string | undefined>>

export type ForwardPoint = {
  readonly month: number
  readonly expected: bigint
  readonly p5: bigint
  readonly p50: bigint
  readonly p95: bigint
}

export type ForwardView = {
  readonly day: DateText
  readonly basis: Basis
  readonly accelerator: string
  readonly mark: MarkFacts
  readonly curve: {
    readonly kind: CurveKind
    readonly says: string
    /** The last month that the curve tells itself; after it prices stay. */
    readonly told: number
    /** What would have been better, and why it is not there. */
    readonly without: readonly string[]
    readonly points: readonly { readonly years: number; readonly price: bigint }[]
  }
  readonly numbers: readonly NumberView<ForwardNumber>[]
  readonly calibration: Confidence & {
    readonly months: number
    readonly from: DateText | null
    readonly to: DateText | null
    readonly fitted: FittedView | null
  }
  /** Years until half of a deviation is gone, and how far from its level a price usually is, as a logarithm. */
  readonly half_life_years: number
  readonly usually_off: number
  readonly points: readonly ForwardPoint[]
  /** What hours in even monthly parts are worth today along the curve. */
  readonly strip: {
    readonly value: bigint
    /** By the model alone, whatever the curve says; and when today's price only drifts, without a level that it returns to. */
    readonly by_model: bigint
    readonly by_drift: bigint
    readonly p5: bigint
    readonly p50: bigint
    readonly p95: bigint
    readonly paths: number
  }
}

export type FittedView = Omit<
  OuFit,
  'level' | 'halfLifeYears' | 'rawVolatility' | 'quietVolatility' | keyof Confidence
> & {
  readonly level: bigint
  readonly half_life_years: number
  readonly raw_volatility: number
  readonly quiet_volatility: number
  /** What the fit alone expects of today's price after a year. */
  readonly in_a_year: bigint
}

const SAYS: Readonly<Record<CurveKind, string>> = {
  futures: 'what is traded for later: the market’s own word',
  terms:
    'what makes longer and shorter commitments cost the same; it holds the discount for committing, so it is a lower bound',
  model: 'what a model of prices expects: a return to a level that drifts',
  flat: 'today’s price stays',
}
const SEED = 20_261_122
const BAND_BLOCKS = 2
/** More paths than these would keep a request waiting: they go to threads of their own. */
const HERE = 5
const THREADS = 2

/** What an hour of an accelerator is expected to cost, month by month, and how little is known of it. Throws Fault `invalid`, `not_found`. */
export async function forward(
  rooms: ForwardRooms,
  ask: ForwardAsk,
  given: Numbers,
  now: Millis,
): Promise<ForwardView> {
  const { accelerator = 'H100' } = ask
  const basis = oneOf('basis', ask.basis ?? 'replacement', BASES)
  const wanted = ask.curve === undefined ? null : oneOf('curve', ask.curve, CURVES)
  // Before anything is looked up: what was typed wrong is told at once.
  readNumbers(FORWARD_NUMBERS, given)
  const futures = pointsOf('futures', ask.futures)
  const stated = pointsOf('terms', ask.terms)
  const day = dayOf(now)
  const found = await rooms.hardware.mark({ accelerator, basis, asOf: day })
  if (found.kind === 'none') throw new Fault('not_found', found.why.join('; '), { param: 'accelerator' })
  const { mark } = found
  const spot = usdOfNano(mark.mid)
  const calibration = await calibrate(rooms.hardware, { accelerator, basis }, now)
  const { fit } = calibration
  const { of, views } = readNumbers(FORWARD_NUMBERS, given, fit ? fittedNumbers(fit, spot) : {})
  const [months, blocks] = [whole('months', of('months')), whole('blocks', of('blocks'))]
  const model = modelOf(of, spot)
  const terms = stated ?? (await storedTerms(rooms, accelerator, day, of('interest')))
  const { curve, forwards, without } = choose(
    wanted,
    [
      { kind: 'futures', curve: futures && { kind: 'futures', points: futures }, none: NONE.futures },
      { kind: 'terms', curve: terms && termsCurve(terms, of('interest')), none: NONE.terms },
      { kind: 'model', curve: { kind: 'model', model }, none: '' },
      { kind: 'flat', curve: { kind: 'flat', price: spot }, none: '' },
    ],
    months,
  )
  const means = modelForwards(model, months)
  // The model's spread, around the curve's mean.
  const lean = forwards.prices.map((price, month) => price / means[month]!)
  const bands = priceBands({ model, months, seed: SEED, blocks: BAND_BLOCKS })
  const amount = (usd: number): bigint => nanoOfUsd(usd, 'forward')
  const hours = { hours: of('hours'), months, utilization: 1, rate: of('interest'), hazard: 0, cliff: 0 }
  const strip: Simulation = {
    model,
    compute: {
      quantities: bands.map(({ month }) => (month === 0 ? 0 : hours.hours / months)),
      weights: bands.map(({ month }) => lean[month]! * Math.exp((-hours.rate * month) / MONTHS_PER_YEAR)),
    },
    use: null,
    equity: null,
    seed: SEED,
    blocks,
  }
  const seen = blocks > HERE ? await simulateOnThreads(strip, THREADS) : simulate(strip)
  const [reversion, volatility] = [of('reversion'), of('short_volatility')]
  return {
    day,
    basis,
    accelerator,
    mark: markFacts(mark),
    curve: {
      kind: curve.kind,
      says: SAYS[curve.kind],
      told: forwards.told,
      without,
      points: pointsIn(curve).map(({ years, price }) => ({ years, price: amount(price) })),
    },
    numbers: views,
    calibration: {
      months: calibration.prices.length,
      from: calibration.from,
      to: calibration.to,
      weak: calibration.weak,
      reasons: calibration.reasons,
      fitted: fit && fittedView(fit, spot),
    },
    half_life_years: halfLife(reversion),
    usually_off: Math.sqrt(stationaryVariance({ reversion, volatility })),
    points: bands.map(({ month, p5, p50, p95 }) => ({
      month,
      expected: amount(forwards.prices[month]!),
      p5: amount(p5 * lean[month]!),
      p50: amount(p50 * lean[month]!),
      p95: amount(p95 * lean[month]!),
    })),
    strip: {
      value: amount(stripValue(hours, forwards.prices)),
      by_model: amount(grantPresentValue(hours, model)),
      by_drift: amount(packageValue({ ...hours, price: spot, decay: -of('drift') })),
      p5: amount(seen.compute.p5),
      p50: amount(seen.compute.p50),
      p95: amount(seen.compute.p95),
      paths: seen.paths,
    },
  }
}

const NONE = {
  futures: 'no futures of it are known; give them as years:dollars',
  terms:
    'no prices for longer commitments are stored of the last months that fit together; give them as years:dollars',
} as const

type Offer = { readonly kind: CurveKind; readonly curve: Curve | null; readonly none: string }

const termsCurve = (points: readonly Point[], interest: number): Curve => ({
  kind: 'terms',
  rates: points.map(({ years, price }) => ({ years, rate: price })),
  interest,
})

/** What is stored of longer terms, where a price between them follows: a longer one that costs nearly nothing has none. */
async function storedTerms(
  { hardware }: ForwardRooms,
  accelerator: string,
  day: DateText,
  interest: number,
): Promise<readonly Point[] | null> {
  const found = await termsOf(hardware, accelerator, day)
  const rates = found?.map(({ years, price }) => ({ years, rate: price }))
  const follow = rates?.every((rate, at) => termForward(rates[at - 1] ?? TODAY, rate, interest) > 0)
  return found && follow ? found : null
}
const TODAY = { years: 0, rate: 0 }

/** The first of the offers that there is, or the one that was asked for. */
function choose(
  wanted: CurveKind | null,
  offers: readonly Offer[],
  months: number,
): { readonly curve: Curve; readonly forwards: Forwards; readonly without: readonly string[] } {
  const without: string[] = []
  for (const { kind, curve, none } of offers) {
    if (wanted !== null && kind !== wanted) continue
    if (curve) return { curve, forwards: curveForwards(curve, months), without }
    without.push(none)
  }
  throw new Fault('invalid', `curve is "${wanted}"; ${without.join('; ')}, or ask for model`, {
    param: 'curve',
  })
}

const pointsIn = (curve: Curve): readonly Point[] =>
  curve.kind === 'futures'
    ? curve.points
    : curve.kind === 'terms'
      ? curve.rates.map(({ years, rate }) => ({ years, price: rate }))
      : []

/** What the noise around a level adds to the mean price in the end, as a logarithm: half its variance. */
const lift = (reversion: number, volatility: number): number =>
  stationaryVariance({ reversion, volatility }) / 2

function fittedNumbers(fit: OuFit, spot: number): Partial<Record<ForwardNumber, string>> {
  const { reversion, volatility, level } = fit
  return {
    reversion: decimal('reversion', reversion),
    short_volatility: decimal('short_volatility', volatility),
    off_level: decimal('off_level', Math.log(spot / level) - lift(reversion, volatility)),
  }
}

/** As people would type it, and within what they may. */
function decimal(name: ForwardNumber, value: number): string {
  const { least, most } = FORWARD_NUMBERS[name]
  return String(Number(Math.min(Math.max(value, Number(least)), Number(most)).toFixed(4)))
}

function modelOf(of: (name: ForwardNumber) => number, spot: number): PriceModel {
  const [reversion, shortVolatility, longVolatility] = [
    of('reversion'),
    of('short_volatility'),
    of('long_volatility'),
  ]
  return {
    spot,
    // So that the price that is expected in the end is the one that today's is off from.
    deviation: of('off_level') + lift(reversion, shortVolatility),
    reversion,
    shortVolatility,
    // So that the expected level grows by the drift and by nothing else.
    drift: of('drift') - longVolatility ** 2 / 2,
    longVolatility,
    correlation: of('correlation'),
    jumps: { intensity: of('jumps'), mean: of('jump_size'), deviation: of('jump_spread'), lasting: true },
    glut: null,
  }
}

const fittedView = (fit: OuFit, spot: number): FittedView => ({
  level: nanoOfUsd(fit.level, 'level'),
  reversion: fit.reversion,
  volatility: fit.volatility,
  half_life_years: fit.halfLifeYears,
  raw_volatility: fit.rawVolatility,
  quiet_volatility: fit.quietVolatility,
  autocorrelation: fit.autocorrelation,
  in_a_year: nanoOfUsd(logOu({ ...fit, spot }, 1).mean, 'in_a_year'),
})
