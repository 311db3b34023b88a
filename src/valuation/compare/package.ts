import { Fault } from '#base/fault.ts'
import { rational } from '#base/rational.ts'
import { black76Call, black76Put } from '../black.ts'
import { need } from '../check.ts'
import { survival } from '../entitlement.ts'
import { margrabe } from '../margrabe.ts'
import { nanoOfUsd } from '../money.ts'
import { modelForwards, MONTHS_PER_YEAR, schwartzSmith, type PriceModel } from '../price-model.ts'
import { simulate, type Simulation } from '../simulate.ts'
import { breakEven } from './scenarios.ts'

/** An offer of several kinds of pay, in one currency and over the same years. Dollars, years, shares from 0 to 1. */
export type Package = {
  readonly years: number
  /** A year, in the first; raised every year after. */
  readonly salary: number
  readonly raise: number
  /** Target, of the salary. */
  readonly bonus: number
  readonly equity: {
    /** Of the whole grant, at today's price. */
    readonly value: number
    readonly volatility: number
    /** With the price of compute. */
    readonly correlation: number
  } | null
  readonly compute: {
    /** Over all years, vesting evenly by month. */
    readonly hours: number
    /** Share of them that becomes work, and share of that which is used. */
    readonly delivered: number
    readonly used: number
    readonly price: PriceModel
    /** What is promised in dollars of compute beside the hours, over all years, and the share of it that is used. */
    readonly dollars: number
    readonly dollarsUsed: number
  } | null
  /** Months before which nothing of equity and compute vests. */
  readonly cliffMonths: number
  readonly hazard: number
  readonly interest: number
}

export type PackageYear = {
  readonly year: number
  readonly salary: bigint
  readonly bonus: bigint
  readonly equity: bigint
  readonly hours: bigint
  readonly dollars: bigint
  readonly total: bigint
}
/** One of twenty outcomes is below p5, one above p95. */
export type PackageBand = {
  readonly mean: bigint
  readonly p5: bigint
  readonly p50: bigint
  readonly p95: bigint
}

export type PackageValue = {
  /** What is expected of each year, as of that year: nothing is taken off for waiting or for leaving. */
  readonly years: readonly PackageYear[]
  readonly total: PackageYear
  /** Worth today, after waiting, leaving and expected use; jointly simulated. */
  readonly today: {
    readonly cash: bigint
    readonly dollars: bigint
    readonly hours: PackageBand | null
    readonly equity: PackageBand | null
    /** Everything together: cash and dollars do not vary. */
    readonly all: PackageBand
  }
  /** The right to swap one for the other, dollars of today: in closed form at the end of the first year, and with hindsight over all. */
  readonly swap: {
    readonly toHours: bigint
    readonly toEquity: bigint
    readonly hindsightToHours: bigint
    readonly hindsightToEquity: bigint
  } | null
  /** The price of an hour at which hours and dollars of compute are worth the cash asked about. */
  readonly breakEven: bigint | null
  /**
   * What a guarantee would be worth today that an hour is never worth less than now, and one that it never costs more: puts and calls
   * (Black 1976) on the hours of each month.
   */
  readonly guard: { readonly floor: bigint; readonly cap: bigint } | null
  readonly paths: number
}

const MOST_YEARS = 10
const SWAP_YEARS = 1
/** Fifty thousand paths: they fit a request, and their errors lie far below what the assumptions are worth. */
const BLOCKS = 5
const SEED = 20_261_121

function check(offer: Package): void {
  const { years, salary, raise, bonus, hazard, interest, cliffMonths, equity, compute } = offer
  need('count', { years })
  need('notNegative', { [`${MOST_YEARS} - years`]: MOST_YEARS - years })
  need('notNegative', { salary, bonus, hazard, cliff_months: cliffMonths })
  need('finite', { raise, interest })
  if (equity) {
    need('notNegative', { equity: equity.value, volatility: equity.volatility })
    need('correlation', { correlation: equity.correlation })
  }
  if (!compute) return
  need('notNegative', { hours: compute.hours, dollars: compute.dollars })
  need('share', { delivered: compute.delivered, used: compute.used, dollars_used: compute.dollarsUsed })
  if (cliffMonths > years * MONTHS_PER_YEAR)
    throw new Fault('invalid', `cliff_months is ${cliffMonths}, longer than the offer`, {
      param: 'cliff_months',
    })
}

/** What an offer comes to. `cash`: dollars of today that are offered in place of its compute, for the break-even. */
export function packageValue(offer: Package, cash: number | null): PackageValue {
  check(offer)
  const months = offer.years * MONTHS_PER_YEAR
  const parts = vestingParts(months, offer.cliffMonths)
  const here = (month: number): number => survival(offer.hazard, month / MONTHS_PER_YEAR)
  const discount = (month: number): number => Math.exp((-offer.interest * month) / MONTHS_PER_YEAR)
  const weights = parts.map((_, month) => here(month) * discount(month))
  const { compute, equity } = offer
  const forwards = compute && modelForwards(compute.price, months)
  const hoursAt = (month: number): number =>
    compute ? compute.hours * compute.delivered * compute.used * parts[month]! : 0
  const dollarsAt = (month: number): number =>
    compute ? compute.dollars * compute.dollarsUsed * parts[month]! : 0

  const years = Array.from({ length: offer.years }, (_, index): PackageYear => {
    const within = (of: (month: number) => number): number =>
      Array.from({ length: MONTHS_PER_YEAR }, (__, month) => of(index * MONTHS_PER_YEAR + month + 1)).reduce(
        (sum, one) => sum + one,
        0,
      )
    const salary = offer.salary * (1 + offer.raise) ** index
    return yearOf(index + 1, {
      salary,
      bonus: salary * offer.bonus,
      // Its market value: where it goes is in today's price already.
      equity: within((month) => (equity ? equity.value * parts[month]! : 0)),
      hours: within((month) => hoursAt(month) * (forwards?.[month] ?? 0)),
      dollars: within(dollarsAt),
    })
  })

  const paid = (month: number): number =>
    (offer.salary * (1 + offer.raise) ** Math.floor((month - 1) / MONTHS_PER_YEAR) * (1 + offer.bonus)) /
    MONTHS_PER_YEAR
  const total = (of: (month: number) => number): number =>
    weights.reduce((sum, weight, month) => (month === 0 ? sum : sum + weight * of(month)), 0)
  const [cashNow, dollarsNow] = [total(paid), total(dollarsAt)]
  const certain = cashNow + dollarsNow
  const seen = simulate(simulationOf(offer, { parts, weights, hoursAt }))
  const hoursMean = seen.compute.best.mean
  const equityMean = seen.equity?.best.mean ?? 0
  const all = shift(seen.together ?? seen.compute, certain)
  return {
    years,
    total: years.reduce(addYears),
    today: {
      cash: nanoOfUsd(cashNow, 'cash'),
      dollars: nanoOfUsd(dollarsNow, 'dollars'),
      hours: compute && band({ ...seen.compute, mean: hoursMean }),
      equity: seen.equity ? band({ ...seen.equity, mean: equityMean }) : null,
      all: band({ ...all, mean: hoursMean + equityMean + certain }),
    },
    swap: swapOf(offer, { hoursMean, equityMean, seen }),
    breakEven:
      cash === null || !compute
        ? null
        : breakEven({
            cash: nanoOfUsd(cash, 'cash'),
            dollars: nanoOfUsd(dollarsNow, 'dollars'),
            hours: exactly(total(hoursAt)),
          }),
    guard: forwards && guardOf(offer, { forwards, here, hoursAt, months }),
    paths: seen.paths,
  }
}

/**
 * Even months, or as much in each year as `years` say and even within it; what comes before the cliff at the cliff. Index 0 is today.
 */
export function vestingParts(
  months: number,
  cliffMonths: number,
  years: readonly number[] | null = null,
): number[] {
  const inMonth = (month: number): number =>
    years ? (years[Math.floor((month - 1) / MONTHS_PER_YEAR)] ?? 0) / MONTHS_PER_YEAR : 1 / months
  const parts = Array.from({ length: months + 1 }, (_, month) => (month === 0 ? 0 : inMonth(month)))
  for (let month = 1; month < cliffMonths; month += 1) {
    parts[cliffMonths]! += parts[month]!
    parts[month] = 0
  }
  return parts
}

function guardOf(
  { compute, interest: rate }: Package,
  {
    forwards,
    here,
    hoursAt,
    months,
  }: {
    forwards: ArrayLike<number>
    here: (month: number) => number
    hoursAt: (month: number) => number
    months: number
  },
): { floor: bigint; cap: bigint } | null {
  if (!compute) return null
  const { price } = compute
  let [floor, cap] = [0, 0]
  for (let month = 1; month <= months; month += 1) {
    const hours = hoursAt(month) * here(month)
    if (hours === 0) continue
    const years = month / MONTHS_PER_YEAR
    const volatility = Math.sqrt(schwartzSmith(price, years).logVariance / years)
    const option = { forward: forwards[month]!, strike: price.spot, volatility, years, rate }
    floor += hours * black76Put(option)
    cap += hours * black76Call(option)
  }
  return { floor: nanoOfUsd(floor, 'guard'), cap: nanoOfUsd(cap, 'guard') }
}

/** A price that never moves, where there are no hours. */
const STILL: PriceModel = {
  spot: 1,
  deviation: 0,
  reversion: 1,
  shortVolatility: 0,
  drift: 0,
  longVolatility: 0,
  correlation: 0,
  jumps: { intensity: 0, mean: 0, deviation: 0, lasting: true },
  glut: null,
}

function simulationOf(
  { compute, equity, interest }: Package,
  {
    parts,
    weights,
    hoursAt,
  }: { parts: readonly number[]; weights: readonly number[]; hoursAt: (month: number) => number },
): Simulation {
  return {
    model: compute?.price ?? STILL,
    compute: { quantities: parts.map((_, month) => (month === 0 ? 0 : hoursAt(month))), weights },
    use: null,
    equity: equity && {
      spot: 1,
      // What a market value grows by is what waiting takes off again.
      drift: interest,
      volatility: equity.volatility,
      correlation: equity.correlation,
      quantities: parts.map((part) => equity.value * part),
      weights,
    },
    seed: SEED,
    blocks: BLOCKS,
  }
}

type Bare = { readonly mean: number; readonly p5: number; readonly p50: number; readonly p95: number }
const shift = ({ mean, p5, p50, p95 }: Bare, by: number): Bare => ({
  mean: mean + by,
  p5: p5 + by,
  p50: p50 + by,
  p95: p95 + by,
})
const band = ({ mean, p5, p50, p95 }: Bare): PackageBand => ({
  mean: nanoOfUsd(mean, 'mean'),
  p5: nanoOfUsd(p5, 'p5'),
  p50: nanoOfUsd(p50, 'p50'),
  p95: nanoOfUsd(p95, 'p95'),
})

function swapOf(
  { equity, compute }: Package,
  {
    hoursMean,
    equityMean,
    seen,
  }: { hoursMean: number; equityMean: number; seen: ReturnType<typeof simulate> },
): PackageValue['swap'] {
  if (!equity || !compute || !seen.swap || hoursMean === 0 || equityMean === 0) return null
  const { price } = compute
  const hours = {
    value: hoursMean,
    volatility: Math.sqrt(
      price.longVolatility ** 2 +
        price.shortVolatility ** 2 +
        2 * price.correlation * price.longVolatility * price.shortVolatility,
    ),
    // Its expected fall is in its value already.
    decay: 0,
  }
  const shares = { value: equityMean, volatility: equity.volatility, decay: 0 }
  const right = (gets: typeof hours, gives: typeof hours): bigint =>
    nanoOfUsd(margrabe({ gets, gives, correlation: equity.correlation, years: SWAP_YEARS }), 'swap')
  return {
    toHours: right(hours, shares),
    toEquity: right(shares, hours),
    hindsightToHours: nanoOfUsd(seen.swap.toCompute.mean, 'swap'),
    hindsightToEquity: nanoOfUsd(seen.swap.toEquity.mean, 'swap'),
  }
}

type Kinds = Readonly<Record<'salary' | 'bonus' | 'equity' | 'hours' | 'dollars', number>>

/** Rounded kind by kind, then added: a year is the sum of what it shows. */
function yearOf(year: number, kinds: Kinds): PackageYear {
  const salary = nanoOfUsd(kinds.salary, 'salary')
  const bonus = nanoOfUsd(kinds.bonus, 'bonus')
  const equity = nanoOfUsd(kinds.equity, 'equity')
  const hours = nanoOfUsd(kinds.hours, 'hours')
  const dollars = nanoOfUsd(kinds.dollars, 'dollars')
  return { year, salary, bonus, equity, hours, dollars, total: salary + bonus + equity + hours + dollars }
}

const addYears = (a: PackageYear, b: PackageYear): PackageYear => ({
  year: 0,
  salary: a.salary + b.salary,
  bonus: a.bonus + b.bonus,
  equity: a.equity + b.equity,
  hours: a.hours + b.hours,
  dollars: a.dollars + b.dollars,
  total: a.total + b.total,
})

const PLACES = 1_000_000_000
const exactly = (hours: number) => rational(BigInt(Math.round(hours * PLACES)), BigInt(PLACES))
