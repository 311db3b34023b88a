import { Fault } from '#base/fault.ts'
import { compare, div, fromDecimal, type Rational } from '#base/rational.ts'
import type { CompareAsk } from './ask.ts'

/** Every number of a comparison: what is usual, within which bounds, and who says so. */
export type NumberSpec = {
  readonly usual: string
  readonly least: string
  readonly most: string
  readonly says: string
  readonly source: string
}
const spec = (
  usual: string,
  [least, most]: readonly [string, string],
  says: string,
  source: string,
): NumberSpec => ({ usual, least, most, says, source })

const OFFERED = 'what the offer says'
const JUDGED = 'a judgement'
const MOST_MONEY = '1000000000'
const money = (says: string): NumberSpec => spec('0', ['0', MOST_MONEY], says, OFFERED)

/** For all offers alike, in the order in which they are told. */
export const COMMON = {
  used: spec(
    '0.75',
    ['0', '1'],
    'of the compute that is there, what is expected to be used',
    'an assumption: stipends are used to 89 %, compute budgets to 60 to 90 %',
  ),
  kept: spec(
    '0.8',
    ['0', '1'],
    'that a cap still stands a year later',
    `${JUDGED}: several large employers cut their token budgets within 2026`,
  ),
  available: spec('0.9', ['0', '1'], 'of a shared pool, what is there for those who share it', JUDGED),
  uncertainty: spec(
    '0.5',
    ['0', '1'],
    'what comes of a promise that nobody guarantees: so much more or less',
    `${JUDGED}: from half to one and a half of what is said`,
  ),
  raise: spec('0', ['-0.2', '0.5'], 'raise a year', 'salaries are laid side by side as they are offered'),
  leaving: spec(
    '0.12',
    ['0', '0.9'],
    'share of people who leave a company within a year',
    'about the usual turnover of engineers',
  ),
  equity_volatility: spec(
    '0.5',
    ['0', '2'],
    'how much a share moves in a year',
    'about what single technology shares do; those of startups move more',
  ),
  correlation: spec('0.3', ['-1', '1'], 'of a share with the price of compute', JUDGED),
  drift: spec(
    '0',
    ['-2', '1'],
    'expected change of the price of an hour in a year, continuous',
    'where prices go in the long run cannot be told from the data',
  ),
  reversion: spec(
    '6',
    ['0', '50'],
    'how fast a shock of prices fades in a year',
    'half of a shock fades in six weeks',
  ),
  short_volatility: spec(
    '0.6',
    ['0', '2'],
    'how much prices of hours move within a year and back',
    'market offers of spring 2026, without the noise of single days',
  ),
  long_volatility: spec('0.3', ['0', '2'], 'how much the level of prices of hours moves in a year', JUDGED),
} as const satisfies Record<string, NumberSpec>

/** What an offer and its shares are told by. */
export const OFFER_NUMBERS = {
  salary: money('salary of the first year'),
  bonus: spec('0', ['0', '5'], 'target bonus, of the salary', OFFERED),
  bonus_amount: money('target bonus a year'),
  signing: money('paid once, in the first year'),
  rate: spec('1', ['0.000001', '1000000'], 'dollars for one unit of the currency', 'whoever typed it'),
  value: money('worth of all shares today'),
  units: spec('0', ['0', '1000000000000'], 'shares or options', OFFERED),
  price: spec('0', ['0', '100000000'], 'of one share today', 'what the company says'),
  strike: spec('0', ['0', '100000000'], 'price at which an option buys a share', OFFERED),
  term: spec('10', ['4', '30'], 'years that an option can be held', 'the usual life of an option'),
  cliff_months: spec('0', ['0', '48'], 'months before which nothing vests', OFFERED),
  share: spec('0', ['0', '1'], 'vests in this year', OFFERED),
} as const satisfies Record<string, NumberSpec>

export const ITEM_NUMBERS = {
  quantity: spec('0', ['0', '1000000000000'], 'how much is promised', OFFERED),
  gpus_per_node: spec('8', ['1', '9999'], 'GPUs of a node', 'the usual node'),
  people: spec('1', ['1', '10000000'], 'people who share it', OFFERED),
  weight: spec('1', ['0', '10000000'], 'your part, of an even one', 'an even part'),
  delivered: spec('1', ['0', '1'], 'of the hours, what becomes work', 'its tier'),
  price: spec('0', ['0', '100000000'], 'dollars for one', OFFERED),
  share: spec('0', ['0', '1'], 'of it, what comes in this year', OFFERED),
} as const satisfies Record<string, NumberSpec>

export type AssumedNumber = NumberSpec & {
  readonly path: string
  /** Null: for all offers. */
  readonly offer: number | null
  readonly name: string
  readonly value: string
  readonly given: boolean
}

export type Numbers = ReturnType<typeof openNumbers>

const MOST_TEXT = 40

/**
 * Reads the numbers of one comparison and remembers each that was used, with where it stands. Throws Fault `invalid` whose param is its path.
 */
export function openNumbers(ask: CompareAsk, more: Readonly<Record<string, NumberSpec>>) {
  const specs: Readonly<Record<string, NumberSpec>> = { ...COMMON, ...more }
  const told = new Map<string, AssumedNumber>()
  const { basis: _basis, accelerator: _accelerator, tier: _tier, ...given } = ask.assumptions ?? {}
  const odd = Object.keys(given).find((name) => given[name] !== undefined && !Object.hasOwn(specs, name))
  if (odd !== undefined)
    throw new Fault(
      'invalid',
      `assumptions has no ${odd.slice(0, MOST_TEXT)}; it has ${Object.keys(specs).join(', ')}`,
      {
        param: `assumptions.${odd.slice(0, MOST_TEXT)}`,
      },
    )

  function read(path: string, offer: number | null, text: string | undefined, one: NumberSpec): Rational {
    const value = text === undefined ? one.usual : text.trim()
    const number = within(path, value, one)
    told.set(path, {
      ...one,
      path,
      offer,
      name: path.slice(path.lastIndexOf('.') + 1),
      value,
      given: text !== undefined,
    })
    return number
  }
  const common = (name: string): Rational => read(`assumptions.${name}`, null, given[name], specs[name]!)
  /** In the ask's own order. */
  for (const name of Object.keys(specs)) common(name)
  return {
    common,
    /** A number of one offer. */
    of: (offer: number, path: string, text: string | undefined, one: NumberSpec): Rational =>
      read(`offers.${offer}.${path}`, offer, text, one),
    /** The same, as for all offers where it is not told for this one. */
    orCommon: (offer: number, path: string, text: string | undefined, name: string): Rational => {
      const { value, source } = told.get(`assumptions.${name}`)!
      return read(`offers.${offer}.${path}`, offer, text, {
        ...specs[name]!,
        usual: value,
        source: text === undefined ? source : OFFERED,
      })
    },
    told: (): readonly AssumedNumber[] => [...told.values()],
  }
}

function within(path: string, text: string, { least, most }: NumberSpec): Rational {
  const value = numberOf(text)
  if (value && compare(value, fromDecimal(least)!) >= 0 && compare(value, fromDecimal(most)!) <= 0)
    return value
  throw new Fault(
    'invalid',
    `${path} is "${text.slice(0, MOST_TEXT)}"; give a number from ${least} to ${most}, such as 0.3 or 1/40`,
    { param: path },
  )
}

/** "0.3" or "36/11"; null for anything else. */
export function numberOf(text: string): Rational | null {
  if (text.length > 100) return null
  const parts = text.split('/')
  if (parts.length > 2) return null
  const [n, d] = parts.map((part) => fromDecimal(part.trim()))
  if (!n || (parts.length === 2 && !d)) return null
  if (!d) return n
  return d.n === 0n ? null : div(n, d)
}
