import type { Tier } from '#base/asset.ts'
import type { DateText } from '#base/time.ts'
import { add, div, halfEven, mul, rational, ZERO, type Rational } from '#base/rational.ts'
import type { ComputeKind, Standing } from '#offers/compare/ask.ts'
import { plain, yearOfMonths, type Factor } from '#offers/compare/flows.ts'
import type { AssumedNumber } from '#offers/compare/numbers.ts'
import {
  lessYear,
  standingAt,
  type Amounts,
  type CountedFlow,
  type CountedSide,
  type SideEquity,
  type SideYear,
} from '#offers/compare/side.ts'
import type { Basis, Mark } from '#prices/hardware/mark.ts'
import type { Exchange } from '#prices/exchanges.ts'
import { computeEquivalents, sameWorkHours } from '#valuation/compare/equivalents.ts'
import type { PackageBand } from '#valuation/compare/package.ts'
import { breakEven } from '#valuation/compare/scenarios.ts'
import type { SideBands, SidesBands } from '#valuation/compare/sides.ts'

/** Offers side by side as the API tells them. Amounts are nano-dollars, hours decimal text. */

export type SideItem = {
  readonly name: string
  readonly kind: ComputeKind
  readonly standing: Standing
  readonly factors: readonly Factor[]
  readonly price: {
    readonly each: bigint
    readonly unit: string
    readonly how: string
    readonly mark: string | null
  } | null
  readonly reason: string | null
  readonly hours: {
    readonly accelerator: string
    readonly tier: string
    readonly years: readonly string[]
    readonly total: string
    readonly expected: string
  } | null
  readonly years: readonly Amounts[]
  readonly total: Amounts
}

export type SideView = {
  readonly name: string
  readonly currency: string
  readonly years: readonly SideYear[]
  readonly total: SideYear
  readonly items: readonly SideItem[]
  readonly same_work: {
    readonly accelerator: string
    readonly tier: string
    readonly hours: string
    readonly expected: string
    readonly years: readonly string[]
    readonly gpu_years: string
    readonly exaflop_days: string
  } | null
  readonly equity: SideEquity | null
  readonly today: Pick<SideBands, 'cash' | 'compute' | 'equity' | 'all'>
}

export type Difference = {
  readonly offer: number
  readonly years: readonly SideYear[]
  readonly total: SideYear
  readonly today: PackageBand
  readonly better: number
  readonly break_even: {
    readonly price: bigint | null
    readonly now: bigint | null
    readonly says: string
  }
}

export type ComparedOffers = {
  readonly day: DateText
  readonly basis: Basis
  readonly currency: 'USD'
  readonly offers: readonly SideView[]
  readonly differences: readonly Difference[]
  readonly numbers: readonly AssumedNumber[]
  readonly marks: readonly {
    readonly accelerator: string
    readonly tier: string
    readonly hour: bigint
    readonly source: string
    readonly stale_days: number
    readonly hash: string
  }[]
  readonly paths: number
  readonly notes: readonly string[]
}

/** The accelerator in whose hours everybody's work is told. */
export type Yardstick = {
  readonly accelerator: string
  readonly tier: Tier
  readonly peak: Rational
  readonly utilisation: Rational
  /** An hour of it in nano-dollars; null where nobody has a price. */
  readonly hour: Rational | null
}

const GPUS_PER_NODE = 8n
const NOTES = [
  'prices of hours are those of a few months, mostly asked and seldom paid: bands are wide and still may be too narrow',
  'all accelerators move together: what one costs more in a year, another does too',
  'what is expected of a year is told as of that year; worth today takes off waiting and leaving',
]

export function comparedView({
  day,
  basis,
  sides,
  bands,
  yardstick,
  numbers,
  marks,
  exchange,
}: {
  readonly day: DateText
  readonly basis: Basis
  readonly sides: readonly CountedSide[]
  readonly bands: SidesBands
  readonly yardstick: Yardstick
  readonly numbers: readonly AssumedNumber[]
  readonly marks: readonly Mark[]
  readonly exchange: Pick<Exchange, 'accelerators'>
}): ComparedOffers {
  return {
    day,
    basis,
    currency: 'USD',
    offers: sides.map((side, index) => sideView(side, bands.sides[index]!, { yardstick, exchange })),
    differences: sides.slice(1).map((side, index) => {
      const { band, better } = bands.differences[index]!
      return {
        offer: index + 1,
        years: side.years.map((year, at) => lessYear(year, sides[0]!.years[at]!)),
        total: lessYear(side.total, sides[0]!.total),
        today: band,
        better,
        break_even: breakEvenOf([bands.sides[0]!, bands.sides[index + 1]!], yardstick),
      }
    }),
    numbers,
    marks: marks.map((mark) => ({
      accelerator: mark.question.accelerator,
      tier: mark.question.tier,
      hour: mark.mid,
      source: mark.sources.map(({ source }) => source).join(', ') || 'what owning costs',
      stale_days: mark.staleDays,
      hash: mark.hash,
    })),
    paths: bands.paths,
    notes: NOTES,
  }
}

type Told = { readonly yardstick: Yardstick; readonly exchange: Pick<Exchange, 'accelerators'> }

function sideView(side: CountedSide, bands: SideBands, told: Told): SideView {
  return {
    name: side.name,
    currency: side.currency,
    years: side.years,
    total: side.total,
    items: side.flows.map(itemView),
    same_work: sameWork(side.flows, told),
    equity: side.equity,
    today: { cash: bands.cash, compute: bands.compute, equity: bands.equity, all: bands.all },
  }
}

const UNITS: Readonly<Record<ComputeKind, string>> = {
  usd: 'dollar',
  gpu_hours: 'hour',
  shared: 'hour',
  nodes: 'hour',
  exaflop_days: 'exaFLOP-day',
  seats: 'seat a month',
  tokens: 'million tokens',
}

function itemView(flow: CountedFlow): SideItem {
  const { name, kind, standing, factors, priced, hardware, months, years, total } = flow
  return {
    name,
    kind,
    standing,
    factors,
    price:
      priced.kind === 'priced'
        ? { each: halfEven(priced.each), unit: UNITS[kind], how: priced.how, mark: priced.mark?.hash ?? null }
        : null,
    reason: priced.kind === 'unpriced' ? priced.reason : null,
    hours: hardware && {
      ...hardware,
      years: hoursByYear(months).map(plain),
      total: plain(months.reduce(add, ZERO)),
      expected: plain(expectedOf(flow)),
    },
    years,
    total,
  }
}

const hoursByYear = (months: readonly Rational[]): Rational[] =>
  [0, 1, 2, 3].map((year) => yearOfMonths(months, year))

/** Of what is promised, what is expected to be there and to be used. */
const expectedOf = (flow: CountedFlow): Rational =>
  mul(
    flow.months.reduce((sum, one, month) => add(sum, mul(one, standingAt(flow, month))), ZERO),
    mul(flow.delivered, flow.used),
  )

/** What all hours of an offer come to as hours of the yardstick, by dense peak; null where it counts none. */
function sameWork(flows: readonly CountedFlow[], { yardstick, exchange }: Told): SideView['same_work'] {
  const { accelerator, tier, peak, utilisation } = yardstick
  const rateOf = ({ kind, hardware }: CountedFlow): Rational | null => {
    if (kind === 'exaflop_days') return hoursOfExaflopDay(peak, utilisation)
    const own = hardware && exchange.accelerators.get(hardware.accelerator)?.peakBf16
    return own ? sameWorkHours(rational(1n), own, peak) : null
  }
  const counted = flows.flatMap((flow) => {
    const rate = rateOf(flow)
    return rate && flow.missing === null ? [{ flow, rate }] : []
  })
  if (counted.length === 0) return null
  const years = [0, 1, 2, 3].map((year) =>
    counted.reduce((sum, { flow, rate }) => add(sum, mul(yearOfMonths(flow.months, year), rate)), ZERO),
  )
  const hours = years.reduce(add, ZERO)
  const expected = counted.reduce((sum, { flow, rate }) => add(sum, mul(expectedOf(flow), rate)), ZERO)
  const found = computeEquivalents(hours, {
    peakTeraflops: peak,
    utilisation,
    gpusPerNode: GPUS_PER_NODE,
    modelSizes: [],
  })
  return {
    accelerator,
    tier,
    hours: plain(hours),
    expected: plain(expected),
    years: years.map(plain),
    gpu_years: plain(found.gpuYears),
    exaflop_days: plain(found.exaflopDays),
  }
}

/** How many hours of an accelerator do the operations of one exaFLOP-day. */
const hoursOfExaflopDay = (peak: Rational, utilisation: Rational): Rational => {
  const { exaflopDays } = computeEquivalents(rational(1n), {
    peakTeraflops: peak,
    utilisation,
    gpusPerNode: GPUS_PER_NODE,
    modelSizes: [],
  })
  return div(rational(1n), exaflopDays)
}

/** The price of an hour at which both are worth the same today: what does not follow it, over the hours that one has more. */
function breakEvenOf(
  [first, other]: readonly [SideBands, SideBands],
  { hour, accelerator }: Yardstick,
): Difference['break_even'] {
  const now = hour && halfEven(hour)
  const none = (says: string): Difference['break_even'] => ({ price: null, now, says })
  if (hour === null || now === null) return none(`nobody has a price of ${accelerator}`)
  const more = other.hours - first.hours
  if (more === 0n) return none('both have the same of what follows the price of an hour')
  const rest = first.all.mean - first.hours - (other.all.mean - other.hours)
  const sign = more > 0n ? 1n : -1n
  const price = breakEven({ cash: sign * rest, dollars: 0n, hours: div(rational(sign * more), hour) })
  if (price === null || price < 0n)
    return none('at no price of an hour: the one with fewer hours is worth less in everything else too')
  return {
    price,
    now,
    says: `when an hour of ${accelerator} costs this, both are worth the same today; it costs ${now < price ? 'less' : 'more'} now`,
  }
}
