import { Fault } from '#base/fault.ts'
import { sha256Hex } from '#base/json.ts'
import { add, compare, halfEven, mul, ONE, rational, ZERO, type Rational } from '#base/rational.ts'
import type { Mark } from '#prices/hardware/mark.ts'
import type { Side } from '#valuation/compare/sides.ts'
import { optionWorth } from '#valuation/share-option.ts'
import { hazardOfTurnover } from '#valuation/turnover.ts'
import { COMPARED_YEARS, type EquityItem, type SideAsk } from './ask.ts'
import { MONTHS, flowOf, monthsOf, sharesOf, wholeMonths, yearOfMonths, type Flow } from './flows.ts'
import { OFFER_NUMBERS, type Numbers } from './numbers.ts'

/**
 * One offer, counted: year by year exact, one half-even rounding for each figure, every total the sum of what stands in it; and as flows
 * of floats for the paths. Nano-dollars.
 */

/** What one of a flow's units is worth in nano-dollars, and how that came about; or why nobody can say. */
export type EachPrice =
  | {
      readonly kind: 'priced'
      readonly each: Rational
      readonly how: string
      /** The frozen one; null where no market price went in. */
      readonly mark: Mark | null
      /** Whether it follows the market of hours. */
      readonly moves: boolean
    }
  | { readonly kind: 'unpriced'; readonly reason: string }

export type PricedFlow = Flow & { readonly priced: EachPrice }
export type Amounts = { readonly cap: bigint; readonly expected: bigint }
export type CountedFlow = PricedFlow & { readonly years: readonly Amounts[]; readonly total: Amounts }

export type SideYear = {
  readonly year: number
  readonly salary: bigint
  readonly bonus: bigint
  readonly signing: bigint
  readonly equity: bigint
  readonly compute_cap: bigint
  readonly compute_expected: bigint
  readonly total_cap: bigint
  readonly total_expected: bigint
}

export type SideEquity = {
  readonly kind: EquityItem['kind']
  /** Of all of it today. */
  readonly value: bigint
  readonly how: string
}

export type CountedSide = {
  readonly name: string
  readonly currency: string
  readonly years: readonly SideYear[]
  readonly total: SideYear
  readonly flows: readonly CountedFlow[]
  readonly equity: SideEquity | null
  readonly paths: Side
}

/** How the price of hours is expected to change by a month, and interest a year: common to all. */
export type Outlook = {
  readonly grown: (month: number) => Rational
  readonly bend: readonly number[]
  readonly interest: number
}

const NANO = rational(1_000_000_000n)
const nanoOf = (usd: Rational): bigint => halfEven(mul(usd, NANO))
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, one) => total + one, 0n)
const float = ({ n, d }: Rational): number => Number((n * 10n ** 18n) / d) / 1e18
const YEARS = Array.from({ length: COMPARED_YEARS }, (_, year) => year)
const TWELVE = rational(12n)

/** The promises of an offer, before they have prices. */
export const flowsOf = (ask: SideAsk, numbers: Numbers, offer: number): Flow[] =>
  (ask.compute ?? []).map((item, index) => flowOf(item, numbers, offer, index))

export function sideOf(
  ask: SideAsk,
  priced: readonly PricedFlow[],
  {
    numbers,
    offer,
    outlook,
  }: { readonly numbers: Numbers; readonly offer: number; readonly outlook: Outlook },
): CountedSide {
  const { name } = ask
  const of = (field: 'salary' | 'bonus' | 'bonus_amount' | 'signing', text: string | undefined): Rational =>
    text === undefined ? ZERO : numbers.of(offer, field, text, OFFER_NUMBERS[field])
  const currency = currencyOf(ask, offer)
  const rate = ask.rate === undefined ? ONE : numbers.of(offer, 'rate', ask.rate, OFFER_NUMBERS.rate)
  const first = mul(of('salary', ask.salary), rate)
  const raise = add(ONE, numbers.orCommon(offer, 'raise', ask.raise, 'raise'))
  const [share, amount] = [of('bonus', ask.bonus), mul(of('bonus_amount', ask.bonus_amount), rate)]
  const signing = mul(of('signing', ask.signing), rate)
  const leaving = numbers.orCommon(offer, 'leaving', ask.leaving, 'leaving')
  const salaries = YEARS.map((year) => YEARS.slice(0, year).reduce((pay) => mul(pay, raise), first))
  const bonuses = salaries.map((salary) => add(mul(salary, share), amount))
  const equity = ask.equity
    ? equityOf(ask.equity, { numbers, offer, rate, interest: outlook.interest })
    : null
  const flows = priced.map((flow) => countedFlow(flow, outlook))
  const years = YEARS.map((year) =>
    totalled({
      year: year + 1,
      salary: nanoOf(salaries[year]!),
      bonus: nanoOf(bonuses[year]!),
      signing: year === 0 ? nanoOf(signing) : 0n,
      equity: equity ? halfEven(mul(equity.nano, yearOfMonths(equity.months, year))) : 0n,
      compute_cap: sum(flows.map((flow) => flow.years[year]!.cap)),
      compute_expected: sum(flows.map((flow) => flow.years[year]!.expected)),
    }),
  )
  const pay = (month: number): number => {
    if (month === 0) return 0
    const year = Math.floor((month - 1) / 12)
    const paid = float(add(salaries[year]!, bonuses[year]!)) / float(TWELVE)
    return paid + (month === 1 ? float(signing) : 0)
  }
  return {
    name,
    currency,
    years,
    total: years.reduce(addYears),
    flows,
    equity: equity && { kind: equity.kind, value: halfEven(equity.nano), how: equity.how },
    paths: {
      cash: Array.from({ length: MONTHS + 1 }, (_, month) => pay(month)),
      ...pathsOf(name, flows, outlook),
      equity: equity && {
        ...equity.paths,
        units: equity.months.map((part) => float(part) * equity.count),
        seed: seedOf(name, 'share'),
      },
      hazard: hazardOfTurnover(float(leaving)),
    },
  }
}

function currencyOf({ currency = 'USD', rate }: SideAsk, offer: number): string {
  const path = `offers.${offer}.${/^[A-Z]{3}$/.test(currency) ? 'rate' : 'currency'}`
  if (!/^[A-Z]{3}$/.test(currency))
    throw new Fault(
      'invalid',
      `${path} is "${currency.slice(0, 20)}"; give a code of ISO 4217, such as EUR`,
      {
        param: path,
      },
    )
  if (currency !== 'USD' && rate === undefined)
    throw new Fault('invalid', `${path} is missing; say how many dollars one ${currency} is`, { param: path })
  return currency
}

/** What comes of a flow in each year: at most, and as it is expected to be there and to be used. */
function countedFlow(flow: PricedFlow, { grown }: Outlook): CountedFlow {
  const { priced, months, delivered, used } = flow
  if (priced.kind === 'unpriced') {
    const nothing = { cap: 0n, expected: 0n }
    return { ...flow, years: YEARS.map(() => nothing), total: nothing }
  }
  const share = mul(delivered, used)
  const expected = months.map((one, month) => {
    const there = mul(one, standingAt(flow, month))
    return priced.moves ? mul(there, grown(month)) : there
  })
  const years = YEARS.map((year) => ({
    cap: halfEven(mul(yearOfMonths(months, year), priced.each)),
    expected: halfEven(mul(mul(yearOfMonths(expected, year), share), priced.each)),
  }))
  return {
    ...flow,
    years,
    total: years.reduce((a, b) => ({ cap: a.cap + b.cap, expected: a.expected + b.expected })),
  }
}

const PLACES = 1_000_000_000
/** Out of the mathematics: to billionths. */
export const rounded = (value: number): Rational =>
  rational(BigInt(Math.round(value * PLACES)), BigInt(PLACES))

/** That it still stands: kept from year to year, by the month. */
export const standingAt = ({ kept }: Pick<Flow, 'kept'>, month: number): Rational =>
  compare(kept, ONE) === 0 ? ONE : rounded(float(kept) ** (month / 12))

/** At most so much of a promise is taken away within a year: what is surely gone is gone at once. */
const MOST_HAZARD = 50
const hazardOf = (kept: Rational): number => Math.min(MOST_HAZARD, -Math.log(float(kept))) + 0

function pathsOf(
  name: string,
  flows: readonly CountedFlow[],
  { bend }: Outlook,
): Pick<Side, 'dollars' | 'hours' | 'unsure'> {
  const nothing = (): number[] => Array.from({ length: MONTHS + 1 }, () => 0)
  const [dollars, hours] = [nothing(), nothing()]
  const unsure: Side['unsure'][number][] = []
  for (const [index, flow] of flows.entries()) {
    if (flow.priced.kind === 'unpriced') continue
    const { each, moves } = flow.priced
    const worth = mul(mul(mul(flow.delivered, flow.used), each), rational(1n, BigInt(PLACES)))
    const amounts = flow.months.map((one, month) => float(mul(one, worth)) * (moves ? bend[month]! : 1))
    const sure = compare(flow.kept, ONE) === 0 && flow.spread.n === 0n
    if (sure) for (const [month, amount] of amounts.entries()) (moves ? hours : dollars)[month]! += amount
    else
      unsure.push({
        amounts,
        moves,
        spread: float(flow.spread),
        hazard: hazardOf(flow.kept),
        seed: seedOf(name, `${index} ${flow.kind}`),
      })
  }
  return { dollars, hours, unsure }
}

/** The same company has the same fate in two of its offers, whatever their order; a safe integer. */
const seedOf = (name: string, what: string): number =>
  Number.parseInt(sha256Hex(`${name.trim().toLowerCase()}\n${what}`).slice(0, 12), 16)

type Counted = {
  readonly kind: EquityItem['kind']
  readonly nano: Rational
  readonly months: readonly Rational[]
  readonly count: number
  readonly how: string
  readonly paths: Omit<NonNullable<Side['equity']>, 'units' | 'seed'>
}

function equityOf(
  equity: EquityItem,
  { numbers, offer, rate, interest }: { numbers: Numbers; offer: number; rate: Rational; interest: number },
): Counted {
  const path = 'equity'
  const of = (name: 'value' | 'units' | 'price' | 'strike' | 'term', text: string | undefined): Rational =>
    numbers.of(offer, `${path}.${name}`, text, OFFER_NUMBERS[name])
  const volatility = float(
    numbers.orCommon(offer, `${path}.volatility`, equity.volatility, 'equity_volatility'),
  )
  const correlation = float(numbers.orCommon(offer, `${path}.correlation`, equity.correlation, 'correlation'))
  const cliff = numbers.of(offer, `${path}.cliff_months`, equity.cliff_months, OFFER_NUMBERS.cliff_months)
  const months = monthsOf(
    sharesOf(numbers, offer, path, equity.years),
    wholeMonths(`offers.${offer}.${path}.cliff_months`, cliff),
  )
  if (equity.kind === 'rsu') {
    const value = mul(
      rate,
      equity.value === undefined
        ? mul(of('units', equity.units), of('price', equity.price))
        : of('value', equity.value),
    )
    return {
      kind: 'rsu',
      nano: mul(value, NANO),
      months,
      count: float(value),
      how: 'shares at today’s price: wherever that goes is in it already',
      paths: { price: 1, volatility, correlation, option: null },
    }
  }
  const [units, price, strike] = [
    of('units', equity.units),
    of('price', equity.price),
    of('strike', equity.strike),
  ]
  if (price.n === 0n || strike.n === 0n)
    throw new Fault(
      'invalid',
      `offers.${offer}.equity needs the price of a share and of exercising; give both`,
      {
        param: `offers.${offer}.equity.${price.n === 0n ? 'price' : 'strike'}`,
      },
    )
  const option = { strike: float(mul(strike, rate)), years: float(of('term', equity.term)) }
  const share = { spot: float(mul(price, rate)), drift: interest, volatility, correlation }
  const each = optionWorth(option, share, share.spot, 0)
  return {
    kind: 'option',
    nano: mul(mul(rounded(each), units), NANO),
    months,
    count: float(units),
    how: `options by Black’s formula, held ${option.years} years: ${each.toFixed(2)} dollars each`,
    paths: { price: share.spot, volatility, correlation, option },
  }
}

function totalled(year: Omit<SideYear, 'total_cap' | 'total_expected'>): SideYear {
  const rest = year.salary + year.bonus + year.signing + year.equity
  return { ...year, total_cap: rest + year.compute_cap, total_expected: rest + year.compute_expected }
}

const map2 = (a: SideYear, b: SideYear, year: number, of: (a: bigint, b: bigint) => bigint): SideYear => ({
  year,
  salary: of(a.salary, b.salary),
  bonus: of(a.bonus, b.bonus),
  signing: of(a.signing, b.signing),
  equity: of(a.equity, b.equity),
  compute_cap: of(a.compute_cap, b.compute_cap),
  compute_expected: of(a.compute_expected, b.compute_expected),
  total_cap: of(a.total_cap, b.total_cap),
  total_expected: of(a.total_expected, b.total_expected),
})
const addYears = (a: SideYear, b: SideYear): SideYear => map2(a, b, 0, (x, y) => x + y)
/** What a year of one offer has more than that of another. */
export const lessYear = (a: SideYear, b: SideYear): SideYear => map2(a, b, a.year, (x, y) => x - y)
