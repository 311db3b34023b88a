import { Fault } from '#base/fault.ts'
import { add, compare, div, mul, ONE, rational, ZERO, type Rational } from '#base/rational.ts'
import { isAsset, TIERS, type Tier } from '#base/asset.ts'
import { chipNamed } from '#prices/hardware/chips.ts'
import { COMPARED_YEARS, type ComputeItem, type Standing } from './ask.ts'
import { ITEM_NUMBERS, OFFER_NUMBERS, type Numbers } from './numbers.ts'

/** What a promise comes to by month, exact, and how. */

export const MONTHS = COMPARED_YEARS * 12
const YEAR_HOURS = rational(8_760n)
const TWELFTH = rational(1n, 12n)

/** One number of a product or what divides it, with what it means. */
export type Factor = {
  readonly name: string
  readonly value: string
  readonly says: string
  readonly by: 'times' | 'over'
}

export type Hardware = {
  readonly accelerator: string
  readonly tier: Tier
}

export type Flow = {
  readonly kind: ComputeItem['kind']
  readonly name: string
  readonly standing: Standing
  /** Dollars, hours, exaFLOP-days, months of seats, millions of tokens; index 0 is today. */
  readonly months: readonly Rational[]
  readonly hardware: Hardware | null
  readonly factors: readonly Factor[]
  /** Of it, what becomes work; what of that is used. */
  readonly delivered: Rational
  readonly used: Rational
  /** That it still stands a year later, and how much more or less may come. */
  readonly kept: Rational
  readonly spread: Rational
  /** Dollars for one, where the offer says so. */
  readonly price: Rational | null
  /** What is missing to count it. */
  readonly missing: string | null
}

/** The name that prices are kept under; the text itself where none is. */
export const acceleratorOf = (text: string): string => {
  const named = chipNamed(text)
  if (!named) return text
  const { chip, form } = named
  const reference = chip.reference ?? chip.id
  return form && /-(SXM|PCIe|NVL)$/.test(reference)
    ? reference.replace(/-(SXM|PCIe|NVL)$/, `-${form}`)
    : reference
}

export function tierOf(path: string, text: string | undefined): Tier {
  const tier = TIERS.find((one) => one === (text ?? 'guaranteed'))
  if (tier) return tier
  throw new Fault('invalid', `${path} is "${(text ?? '').slice(0, 40)}"; give one of ${TIERS.join(', ')}`, {
    param: path,
  })
}

function hardwareOf(path: string, { accelerator = 'H100-SXM', tier }: ComputeItem): Hardware {
  const found = { accelerator: acceleratorOf(accelerator), tier: tierOf(`${path}.tier`, tier) }
  if (isAsset(`GPU_SECOND/${found.accelerator}/${found.tier}`)) return found
  const param = `${path}.accelerator`
  throw new Fault('invalid', `${param} is "${accelerator.slice(0, 40)}"; give one such as H100-SXM`, {
    param,
  })
}

/** `years`: how much of a whole comes in each; what comes before the cliff comes at it. */
export function monthsOf(years: readonly Rational[], cliff: number): Rational[] {
  const months = Array.from({ length: MONTHS + 1 }, (_, month) =>
    month === 0 ? ZERO : mul(years[Math.floor((month - 1) / 12)] ?? ZERO, TWELFTH),
  )
  if (cliff === 0) return months
  const before = months.slice(1, cliff).reduce(add, ZERO)
  return months.map((one, month) => (month < cliff ? ZERO : month === cliff ? add(one, before) : one))
}

export const yearOfMonths = (months: readonly Rational[], year: number): Rational =>
  months.slice(year * 12 + 1, year * 12 + 13).reduce(add, ZERO)

/** What vests in each year, as shares of a whole; even where nothing is said. Throws Fault `invalid` where they are more than all. */
export function sharesOf(
  numbers: Numbers,
  offer: number,
  path: string,
  given: readonly string[] | undefined,
): Rational[] {
  if (!given) return Array.from({ length: COMPARED_YEARS }, () => rational(1n, BigInt(COMPARED_YEARS)))
  const shares = given
    .slice(0, COMPARED_YEARS)
    .map((text, year) => numbers.of(offer, `${path}.years.${year}`, text, OFFER_NUMBERS.share))
  if (compare(shares.reduce(add, ZERO), ONE) > 0)
    throw new Fault(
      'invalid',
      `offers.${offer}.${path}.years come to more than all of it; let them sum to 1`,
      {
        param: `offers.${offer}.${path}.years`,
      },
    )
  return shares
}

export function wholeMonths(path: string, value: Rational): number {
  if (value.d === 1n) return Number(value.n)
  throw new Fault('invalid', `${path} is no whole number of months`, { param: path })
}

/** One promise of compute, counted. Every number in it is told to `numbers`. */
export function flowOf(item: ComputeItem, numbers: Numbers, offer: number, index: number): Flow {
  const path = `compute.${index}`
  const whole = `offers.${offer}.${path}`
  const of = (name: keyof typeof ITEM_NUMBERS, text: string | undefined): Rational =>
    numbers.of(offer, `${path}.${name}`, text, ITEM_NUMBERS[name])
  const usual = (name: string, text: string | undefined): Rational =>
    numbers.orCommon(offer, `${path}.${name}`, text, name)
  const standing = item.standing ?? (item.kind === 'shared' ? 'best_effort' : 'right')
  const onHardware = item.kind === 'gpu_hours' || item.kind === 'shared' || item.kind === 'nodes'
  const hardware = onHardware ? hardwareOf(whole, item) : null
  const quantity = of('quantity', item.quantity)
  const { each, factors, missing } = countOf(item, quantity, { of, usual })
  const once = (item.per ?? PER[item.kind]) === 'all'
  const cliff = once
    ? wholeMonths(
        `${whole}.cliff_months`,
        numbers.of(offer, `${path}.cliff_months`, item.cliff_months, OFFER_NUMBERS.cliff_months),
      )
    : 0
  const years = once
    ? sharesOf(numbers, offer, path, item.years).map((share) => mul(share, each))
    : Array.from({ length: COMPARED_YEARS }, (_, year) => {
        const given = item.years?.[year]
        const part =
          given === undefined ? ONE : numbers.of(offer, `${path}.years.${year}`, given, ITEM_NUMBERS.share)
        return mul(mul(each, part), perYear(item))
      })
  return {
    kind: item.kind,
    name: item.name ?? NAMES[item.kind],
    standing,
    months: monthsOf(years, cliff),
    hardware,
    factors,
    delivered: hardware
      ? numbers.orCommon(offer, `${path}.delivered`, item.delivered, `delivered_${hardware.tier}`)
      : ONE,
    used: usual('used', item.used),
    kept: standing === 'right' ? ONE : usual('kept', item.kept),
    spread: standing === 'best_effort' ? usual('uncertainty', item.uncertainty) : ZERO,
    price:
      item.kind === 'seats' || item.kind === 'tokens'
        ? item.price === undefined
          ? null
          : of('price', item.price)
        : null,
    missing,
  }
}

const PER: Readonly<Record<ComputeItem['kind'], 'all' | 'year' | 'month'>> = {
  usd: 'year',
  gpu_hours: 'all',
  shared: 'year',
  nodes: 'year',
  exaflop_days: 'all',
  seats: 'month',
  tokens: 'year',
}
const NAMES: Readonly<Record<ComputeItem['kind'], string>> = {
  usd: 'Inference',
  gpu_hours: 'GPU-hours',
  shared: 'Shared GPUs',
  nodes: 'Nodes',
  exaflop_days: 'ExaFLOP-days',
  seats: 'Seats',
  tokens: 'Tokens',
}

const perYear = (item: ComputeItem): Rational =>
  (item.per ?? PER[item.kind]) === 'month' && item.kind !== 'shared' && item.kind !== 'nodes'
    ? rational(12n)
    : ONE

type Read = {
  readonly of: (name: keyof typeof ITEM_NUMBERS, text: string | undefined) => Rational
  readonly usual: (name: string, text: string | undefined) => Rational
}

/** How much one whole of it is: of all years, of a year or of a month, as it is told. */
function countOf(
  item: ComputeItem,
  quantity: Rational,
  { of, usual }: Read,
): { each: Rational; factors: Factor[]; missing: string | null } {
  const factor = (name: string, value: Rational, says: string, by: Factor['by'] = 'times'): Factor => ({
    name,
    value: plain(value),
    says,
    by,
  })
  const year = factor('8,760', YEAR_HOURS, 'hours of a year')
  if (item.kind === 'nodes') {
    const gpus = of('gpus_per_node', item.gpus_per_node)
    return {
      each: mul(mul(quantity, gpus), YEAR_HOURS),
      factors: [factor('nodes', quantity, 'nodes'), factor('GPUs of a node', gpus, 'GPUs of each'), year],
      missing: null,
    }
  }
  if (item.kind !== 'shared') return { each: quantity, factors: [], missing: null }
  const available = usual('available', item.available)
  const weight = of('weight', item.weight)
  const gpus = factor('GPUs', quantity, 'GPUs of the pool')
  const there = factor('there', available, 'share of them that is there for those who share')
  if (item.people === undefined)
    return { each: ZERO, factors: [gpus, year, there], missing: 'say how many people share it' }
  const people = of('people', item.people)
  const part = div(weight, people)
  return {
    each: mul(mul(quantity, YEAR_HOURS), mul(available, compare(part, ONE) > 0 ? ONE : part)),
    factors: [
      gpus,
      year,
      there,
      factor('people', people, 'people who share it', 'over'),
      factor('your part', weight, 'your part, of an even one'),
    ],
    missing: null,
  }
}

/** Up to six places, rounded down: for words. */
export function plain({ n, d }: Rational): string {
  const sign = n < 0n ? '-' : ''
  const scaled = ((n < 0n ? -n : n) * 1_000_000n) / d
  const text = `${scaled / 1_000_000n}.${String(scaled % 1_000_000n).padStart(6, '0')}`.replace(/\.?0+$/, '')
  return text === '0' ? '0' : sign + text
}
