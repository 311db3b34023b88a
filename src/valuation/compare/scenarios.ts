import { Fault } from '#base/fault.ts'
import {
  add,
  compare,
  div,
  fromDecimal,
  halfEven,
  mul,
  ONE,
  rational,
  sub,
  type Rational,
} from '#base/rational.ts'
import { vestedFraction } from '../entitlement.ts'
import { glutValue } from '../mixture.ts'
import { tokensBought } from '../tokens.ts'
import { hazardOfTurnover } from '../turnover.ts'

/**
 * What could happen, each with all of its numbers in sight. A scenario is a set of factors on what is owed; applying
 * one is exact, and none of them is a forecast.
 */

/** What is owed, in nano-dollars at one basis, by what moves it: hours follow hardware, tokens follow model prices. */
export type Position = Readonly<Record<'hours' | 'tokens' | 'dollars', Part>>
export type Part = { readonly unvested: bigint; readonly vested: bigint }

/** Prices of the market move at once; what is posted or owned follows contracts. */
export type Market = 'spot' | 'contract'

export type Factors = {
  /** On the price of an hour, and of a token. */
  readonly hours: Readonly<Record<Market, Rational>>
  readonly tokens: Rational
  /** Of the hours that are owed, those that are there. */
  readonly delivered: Rational
  /** Of what has not vested, what will. */
  readonly kept: Rational
  /** What a dollar buys of tokens, of what it buys today. */
  readonly dollarBuys: Rational
}

export type Parameter = {
  readonly name: string
  /** What it means, as a sentence. */
  readonly says: string
  readonly usual: string
  readonly least: string
  readonly most: string
  readonly unit: 'share' | 'year' | 'a_year' | 'factor'
  /** Where the usual value comes from. */
  readonly source: string
}

export type Scenario = {
  readonly id: ScenarioId
  readonly name: string
  readonly says: string
  readonly parameters: readonly Parameter[]
  readonly factors: (values: Values, plan: Plan) => Factors
}

export type Values = Readonly<Record<string, Rational>>
/** When what is still to vest will: weights of any sum, in years from now. */
export type Plan = readonly { readonly share: number; readonly years: number }[]

export const SCENARIO_IDS = [
  'price',
  'glut',
  'efficiency',
  'shortage',
  'vendor',
  'downtime',
  'attrition',
] as const
export type ScenarioId = (typeof SCENARIO_IDS)[number]

const SAME: Factors = {
  hours: { spot: ONE, contract: ONE },
  tokens: ONE,
  delivered: ONE,
  kept: ONE,
  dollarBuys: ONE,
}
const both = (factor: Rational): Factors['hours'] => ({ spot: factor, contract: factor })
const parameter = (
  name: string,
  usual: string,
  [least, most]: readonly [string, string],
  more: Pick<Parameter, 'says' | 'unit' | 'source'>,
): Parameter => ({
  name,
  usual,
  least,
  most,
  ...more,
})

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'price',
    name: 'Prices move',
    says: 'Every price of an hour moves by the same share, on every basis.',
    parameters: [
      parameter('shock', '-0.5', ['-0.9', '0.6'], {
        says: 'by how much prices of hours change',
        unit: 'share',
        source: 'a slider, from a fall by nine tenths to a shortage',
      }),
    ],
    factors: ({ shock = rational(0n) }) => ({ ...SAME, hours: both(add(ONE, shock)) }),
  },
  {
    id: 'glut',
    name: 'Silicon glut',
    says: 'With some probability supply outruns demand, and an hour keeps only part of its price.',
    parameters: [
      parameter('probability', '0.3', ['0', '1'], {
        says: 'how likely the glut is',
        unit: 'share',
        source: 'a judgement: no market price tells it',
      }),
      parameter('left', '0.4', ['0.05', '1'], {
        says: 'what a glut leaves of the price',
        unit: 'share',
        source: 'H100 market prices fell from about 8 to 2.9 dollars, to 0.36 of themselves, in three years',
      }),
    ],
    factors: ({ probability = rational(0n), left = ONE }) => ({
      ...SAME,
      hours: both(share(glutValue(1, { probability: float(probability), factor: float(left) }))),
    }),
  },
  {
    id: 'efficiency',
    name: 'Efficiency breakthrough',
    says: 'Models do the same for fewer operations: tokens become cheaper, and an hour stays an hour.',
    parameters: [
      parameter('fall', '1', ['0', '4'], {
        says: 'how fast the price of a token falls, continuously',
        unit: 'a_year',
        source:
          'flagship list prices fell 2.7 times a year from 2023 to 2025; at equal capability 10 to 40 times',
      }),
      parameter('years', '2', ['0.25', '5'], {
        says: 'for how long',
        unit: 'year',
        source: 'the middle of a four-year grant',
      }),
    ],
    factors: ({ fall = rational(0n), years = ONE }) => {
      const [rate, time] = [float(fall), float(years)]
      // An even budget buys so much more over these years, beside what today's price would give.
      const more = tokensBought({ budget: 1, price: 1, fall: rate, years: time }) / time
      return { ...SAME, tokens: share(Math.exp(-rate * time)), dollarBuys: share(more) }
    },
  },
  {
    id: 'shortage',
    name: 'Shortage',
    says: 'Demand outruns supply: hours on the market rise at once, contracts follow by a third of that.',
    parameters: [
      parameter('spot', '0.6', ['0', '3'], {
        says: 'rise of prices on the market (replacement, index)',
        unit: 'share',
        source: 'H100 one-year contracts rose from 1.70 to 2.65 dollars between October 2025 and June 2026',
      }),
      parameter('contract', '0.2', ['0', '3'], {
        says: 'rise of posted prices and own cost (list, cost)',
        unit: 'share',
        source: 'one provider raised all its list prices by 13 to 17 % in April 2026',
      }),
    ],
    factors: ({ spot = rational(0n), contract = rational(0n) }) => ({
      ...SAME,
      hours: { spot: add(ONE, spot), contract: add(ONE, contract) },
    }),
  },
  {
    id: 'vendor',
    name: 'Vendor price rise',
    says: 'What happened from August 2025 to April 2026 happens again: a flagship model costs more than three times as much.',
    parameters: [
      parameter('factor', '36/11', ['1', '10'], {
        says: 'by what factor the price of tokens rises',
        unit: 'factor',
        source:
          'gpt-5 at 1.25 and 10 dollars to gpt-5.5 at 5 and 30 for a million tokens, three parts input to one of output: 3.4375 to 11.25',
      }),
    ],
    factors: ({ factor = ONE }) => ({ ...SAME, tokens: factor, dollarBuys: div(ONE, factor) }),
  },
  {
    id: 'downtime',
    name: 'Downtime',
    says: 'Machines stand still for more of the time than promised, and hours that are not there cannot be used.',
    parameters: [
      parameter('lost', '0.1', ['0', '1'], {
        says: 'share of hours that are not there',
        unit: 'share',
        source: 'about what the largest published training run lost of its time',
      }),
    ],
    factors: ({ lost = rational(0n) }) => ({ ...SAME, delivered: sub(ONE, lost) }),
  },
  {
    id: 'attrition',
    name: 'Attrition',
    says: 'People leave faster: what has not vested when they go is forfeited.',
    parameters: [
      parameter('leaving', '0.25', ['0', '0.9'], {
        says: 'share of people who leave within a year',
        unit: 'share',
        source: 'about twice the usual turnover',
      }),
    ],
    factors: ({ leaving = rational(0n) }, plan) => {
      const whole = plan.reduce((sum, one) => sum + one.share, 0)
      const parts = plan.map((one) => ({ years: one.years, share: whole === 0 ? 0 : one.share / whole }))
      const kept = vestedFraction(parts, { hazard: hazardOfTurnover(float(leaving)), cliff: 0 })
      return { ...SAME, kept: whole === 0 ? ONE : share(kept) }
    },
  },
]

export const scenarioOf = (id: ScenarioId): Scenario => SCENARIOS.find((one) => one.id === id)!

/** The values of a scenario, the usual ones where none are given. Throws Fault `invalid` that names the parameter. */
export function readValues(scenario: Scenario, given: Readonly<Record<string, string | undefined>>): Values {
  const known = new Set(scenario.parameters.map(({ name }) => name))
  const odd = Object.keys(given).find((name) => given[name] !== undefined && !known.has(name))
  if (odd !== undefined)
    throw new Fault('invalid', `${scenario.id} has no parameter ${odd}; it has ${[...known].join(', ')}`, {
      param: odd,
    })
  return Object.fromEntries(
    scenario.parameters.map((one) => [one.name, within(one, given[one.name] ?? one.usual)]),
  )
}

function within({ name, least, most }: Parameter, text: string): Rational {
  const value = number(text)
  if (value && compare(value, number(least)!) >= 0 && compare(value, number(most)!) <= 0) return value
  throw new Fault('invalid', `${name} is "${text.slice(0, 40)}"; give a number from ${least} to ${most}`, {
    param: name,
  })
}

/** "0.3" or "36/11". */
function number(text: string): Rational | null {
  const parts = text.split('/')
  if (parts.length === 1) return fromDecimal(text)
  const [n, d] = parts.map(fromDecimal)
  return parts.length === 2 && n && d && d.n !== 0n ? div(n, d) : null
}

export const neutral: Factors = SAME

/** What is left of a position, each part rounded once. `market`: how the basis that it is told on follows the market. */
export function applied(position: Position, factors: Factors, market: Market): Position {
  const part = ({ unvested, vested }: Part, factor: Rational): Part => ({
    unvested: halfEven(mul(rational(unvested), mul(factor, factors.kept))),
    vested: halfEven(mul(rational(vested), factor)),
  })
  return {
    hours: part(position.hours, mul(factors.hours[market], factors.delivered)),
    tokens: part(position.tokens, factors.tokens),
    dollars: part(position.dollars, ONE),
  }
}

export const totalOf = (position: Position): bigint =>
  Object.values(position).reduce((sum, { unvested, vested }) => sum + unvested + vested, 0n)

/**
 * The price of an hour at which a package is worth as much as the cash that is offered in its place, in nano-dollars:
 * (cash − dollars) / hours. `hours` are those that are expected to be used, `dollars` what the rest of the package is
 * worth, whatever an hour costs. Null: no price makes them equal, because there are no hours, or the rest alone is more.
 */
export function breakEven(offer: {
  readonly cash: bigint
  readonly dollars: bigint
  readonly hours: Rational
}): bigint | null {
  const { cash, dollars, hours } = offer
  if (hours.n <= 0n || cash < dollars) return null
  return halfEven(div(rational(cash - dollars), hours))
}

const PLACES = 1_000_000_000
/** Out of the mathematics: to billionths. */
const share = (value: number): Rational => rational(BigInt(Math.round(value * PLACES)), BigInt(PLACES))
const float = ({ n, d }: Rational): number => Number(n) / Number(d)
