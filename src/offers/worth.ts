import { invariant } from '#base/invariant.ts'
import { add, div, fromDecimal, halfEven, mul, ONE, rational, ZERO, type Rational } from '#base/rational.ts'
import type { Asset } from '#base/asset.ts'
import type { DateText } from '#base/time.ts'
import { equityWorth, type EquityWorth } from './equity.ts'
import type { Benefit, Bonus, OfferBasis, Pay } from './offer.ts'

/**
 * What an offer comes to, year by year. Exact: one half-even rounding for each figure of a line and a year, and every total
 * is the sum of the figures that stand in it. Money is in billionths of the offer's currency.
 */

export const OFFER_YEARS = 4

/** What one smallest unit is worth in nano-dollars, or why nobody can say. */
export type LinePrice =
  | {
      readonly kind: 'priced'
      readonly nanoUsd: Rational
      /** How the price came about, in words: the mark, its level, its source. */
      readonly how: string
      /** The frozen mark; null where no market price went in. */
      readonly mark: {
        readonly hash: string
        readonly day: DateText
        readonly source: string
        readonly stale: boolean
      } | null
    }
  | { readonly kind: 'unpriced'; readonly reason: string }

/** A share with its reason, such as what of a promise is expected to be used. Decimal text. */
export type Share = { readonly share: string; readonly why: string }

export type PlannedLine = {
  /** From 1. */
  readonly n: number
  readonly name: string
  readonly asset: Asset
  /** Of the whole grant, in the smallest unit. */
  readonly quantity: bigint
  /** What has a day; with events they sum to less, and the rest waits. */
  readonly tranches: readonly { readonly date: DateText; readonly quantity: bigint }[]
}

export type PricedLine = PlannedLine & {
  readonly price: LinePrice
  /** Of the hours that are promised, those that become work. */
  readonly delivered: Share
  /** Of what is delivered, what is expected to be used. */
  readonly used: Share
}

export type LineYear = {
  readonly quantity: bigint
  /** What it can cost at most, and what is expected to be used of it. */
  readonly cap: bigint
  readonly expected: bigint
}

export type LineWorth = PricedLine & {
  /** One for each year, then everything in them. */
  readonly years: readonly LineYear[]
  readonly total: LineYear
  /** Has no day yet, or one after the years that are told. */
  readonly beyond: LineYear
}

export type WorthYear = {
  /** 1 to 4; 0 is all of them. */
  readonly year: number
  readonly salary: bigint
  readonly bonus: bigint
  readonly signing: bigint
  readonly equity: bigint
  readonly computeCap: bigint
  readonly computeExpected: bigint
  /** Seats, subscriptions and allowances that the company pays beside grants. */
  readonly benefits: bigint
  /** Everything, with compute at its cap, and as it is expected to be used. */
  readonly totalCap: bigint
  readonly totalExpected: bigint
}

export type Worth = {
  readonly day: DateText
  readonly basis: OfferBasis
  readonly lines: readonly LineWorth[]
  readonly equity: EquityWorth | null
  readonly years: readonly WorthYear[]
  readonly total: WorthYear
}

export function worthOf(
  pay: Pay,
  lines: readonly PricedLine[],
  {
    startsOn,
    day,
    basis,
  }: { readonly startsOn: DateText; readonly day: DateText; readonly basis: OfferBasis },
): Worth {
  const rate = rateOf(pay)
  const told = lines.map((line) => lineWorth(line, startsOn, rate))
  const equity = pay.equity && equityWorth(pay.equity)
  const years = Array.from({ length: OFFER_YEARS }, (_, index) => {
    const compute = told.map((line) => line.years[index]!)
    return totalled({
      year: index + 1,
      salary: pay.salary,
      bonus: bonusOf(pay.bonus, pay.salary),
      signing: index === 0 ? pay.signing : 0n,
      equity: equity?.years[index] ?? 0n,
      computeCap: sum(compute.map(({ cap }) => cap)),
      computeExpected: sum(compute.map(({ expected }) => expected)),
      benefits: sum(pay.benefits.map((one) => benefitIn(one, index, rate))),
    })
  })
  return { day, basis, lines: told, equity, years, total: years.reduce(addYears) }
}

/** Dollars for one unit of the currency. */
export function rateOf({ rate }: Pick<Pay, 'rate'>): Rational {
  if (rate === null) return ONE
  const usd = fromDecimal(rate.usd)
  invariant(usd && usd.n > 0n, 'a checked rate is a decimal above 0')
  return usd
}

export const bonusOf = (bonus: Bonus, salary: bigint): bigint => {
  if (bonus === null) return 0n
  return bonus.kind === 'amount' ? bonus.amount : halfEven(mul(rational(salary), decimal(bonus.share)))
}

/** Year `index + 1` reaches from the day after its beginning to its anniversary; what comes on the first day is in the first. */
export function yearEnd(startsOn: DateText, index: number): DateText {
  // The 29th of February of a common year stands between the 28th and the 1st of March, as text too.
  return `${Number(startsOn.slice(0, 4)) + index + 1}${startsOn.slice(4)}`
}

function lineWorth(line: PricedLine, startsOn: DateText, rate: Rational): LineWorth {
  const share = mul(decimal(line.delivered.share), decimal(line.used.share))
  const each = line.price.kind === 'priced' ? div(line.price.nanoUsd, rate) : ZERO
  const of = (quantity: bigint): LineYear => {
    const cap = mul(rational(quantity), each)
    return { quantity, cap: halfEven(cap), expected: halfEven(mul(cap, share)) }
  }
  const years = Array.from({ length: OFFER_YEARS }, (_, index) =>
    of(
      sum(
        line.tranches
          .filter(
            ({ date }) =>
              date <= yearEnd(startsOn, index) && (index === 0 || date > yearEnd(startsOn, index - 1)),
          )
          .map(({ quantity }) => quantity),
      ),
    ),
  )
  const total = years.reduce((a, b) => ({
    quantity: a.quantity + b.quantity,
    cap: a.cap + b.cap,
    expected: a.expected + b.expected,
  }))
  return { ...line, years, total, beyond: of(line.quantity - total.quantity) }
}

/** What a benefit costs within a year, at most twelve months of it. */
function benefitIn({ monthlyUsd, months }: Benefit, index: number, rate: Rational): bigint {
  const within = Math.max(0, Math.min(12, months - index * 12))
  return halfEven(div(rational(monthlyUsd * BigInt(within)), rate))
}

type Bare = Omit<WorthYear, 'totalCap' | 'totalExpected'>
function totalled(year: Bare): WorthYear {
  const rest = year.salary + year.bonus + year.signing + year.equity + year.benefits
  return { ...year, totalCap: rest + year.computeCap, totalExpected: rest + year.computeExpected }
}

const addYears = (a: WorthYear, b: WorthYear): WorthYear => ({
  year: 0,
  salary: a.salary + b.salary,
  bonus: a.bonus + b.bonus,
  signing: a.signing + b.signing,
  equity: a.equity + b.equity,
  computeCap: a.computeCap + b.computeCap,
  computeExpected: a.computeExpected + b.computeExpected,
  benefits: a.benefits + b.benefits,
  totalCap: a.totalCap + b.totalCap,
  totalExpected: a.totalExpected + b.totalExpected,
})

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, one) => total + one, 0n)

function decimal(text: string): Rational {
  const value = fromDecimal(text)
  invariant(value, 'a checked share is a decimal')
  return value
}

/** Shares of a whole, checked to sum to it. */
export const sumOf = (shares: readonly string[]): Rational => shares.map(decimal).reduce(add, ZERO)
