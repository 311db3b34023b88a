import { denominationOf } from '#base/asset.ts'
import { halfEven, mul, rational, type Rational } from '#base/rational.ts'
import { DAY } from '#base/time.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import {
  applied,
  readValues,
  scenarioOf,
  SCENARIOS,
  totalOf,
  type Market,
  type Parameter,
  type Plan,
  type Position,
  type Scenario,
  type ScenarioId,
} from '#valuation/compare/scenarios.ts'
import { AT_CAP } from './valued.ts'
import { splitOf } from './sums.ts'
import type { HoldingValue, Valuation } from './valued.ts'

/** Prices of the market move at once; what is posted and what owning costs follow contracts. */
export const MARKET: Readonly<Record<Basis, Market>> = {
  list: 'contract',
  replacement: 'spot',
  index: 'spot',
  cost: 'contract',
}

export type StressedBasis = {
  readonly basis: Basis
  readonly before: bigint
  readonly after: bigint
  readonly change: bigint
}

export type StressView = {
  readonly id: ScenarioId
  readonly name: string
  readonly says: string
  readonly parameters: readonly (Parameter & { readonly value: string })[]
  /** Of the cap. */
  readonly bases: readonly StressedBasis[]
  /** The same of the expected-use value. */
  readonly expected: readonly StressedBasis[]
  /** Tokens that a dollar buys, of what it buys today, as a decimal. */
  readonly dollar_buys: string
}

const SIDES = ['unvested', 'vested'] as const

/** Where the value lies, by what moves it. */
export function positionOf(all: readonly HoldingValue[], basis: Basis, expected: boolean): Position {
  const position = {
    hours: { unvested: 0n, vested: 0n },
    tokens: { unvested: 0n, vested: 0n },
    dollars: { unvested: 0n, vested: 0n },
  }
  for (const { holding, closing } of all) {
    const found = closing.prices[basis]
    if (found.kind === 'unpriced') continue
    const worth = splitOf(closing, found.price, expected ? closing.chain.expected : AT_CAP())
    const part = position[kindOf(holding.asset)]
    for (const side of SIDES) part[side] += worth[side]
  }
  return position
}

function kindOf(asset: HoldingValue['holding']['asset']): keyof Position {
  const denomination = denominationOf(asset)
  if (denomination === 'token') return 'tokens'
  return denomination === 'usd' || denomination === 'seat_month' ? 'dollars' : 'hours'
}

/** When what is owed will vest, by what it is worth. */
function planOf({ holdings, until }: Valuation, basis: Basis): Plan {
  return holdings.flatMap(({ closing, planned }) => {
    const found = closing.prices[basis]
    if (found.kind === 'unpriced') return []
    return planned
      .filter(({ at }) => at > until)
      .map(({ at, quantity }) => ({
        share: Number(halfEven(mul(rational(quantity), found.price))),
        years: (at - until) / (365.25 * DAY),
      }))
  })
}

/** One scenario, with the numbers that were given, on every basis. Throws Fault `invalid` for numbers that it has not. */
export function stress(
  valuation: Valuation,
  basis: Basis,
  id: ScenarioId,
  given: Readonly<Record<string, string | undefined>> = {},
): StressView {
  const scenario = scenarioOf(id)
  const values = readValues(scenario, given)
  const factors = scenario.factors(values, planOf(valuation, basis))
  const each = (expected: boolean): StressedBasis[] =>
    BASES.map((one) => {
      const position = positionOf(valuation.holdings, one, expected)
      const [before, after] = [totalOf(position), totalOf(applied(position, factors, MARKET[one]))]
      return { basis: one, before, after, change: after - before }
    })
  return {
    id,
    name: scenario.name,
    says: scenario.says,
    parameters: scenario.parameters.map((one) => ({ ...one, value: given[one.name] ?? one.usual })),
    bases: each(false),
    expected: each(true),
    dollar_buys: places(factors.dollarBuys),
  }
}

/** All of them, each with its usual numbers. */
export const stressAll = (valuation: Valuation, basis: Basis): readonly StressView[] =>
  SCENARIOS.map(({ id }: Scenario) => stress(valuation, basis, id))

/** Four places, half to even: a factor for words, not an amount. */
function places(value: Rational): string {
  const scaled = halfEven(mul(value, rational(10_000n)))
  return `${scaled / 10_000n}.${String(scaled % 10_000n).padStart(4, '0')}`
}
