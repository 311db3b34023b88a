import { z } from '@hono/zod-openapi'
import { BASES } from '#prices/hardware/mark.ts'
import { PARTS } from '#reports/value/attribution.ts'
import { STAGES } from '#reports/value/fair.ts'
import { COMPARE_NUMBERS } from '#reports/value/compare.ts'
import { GROUPS } from '#reports/value/views.ts'
import { SCENARIO_IDS } from '#valuation/compare/scenarios.ts'
import * as s from './schemas.ts'

/** The answers about what compute is worth. Strict, as all others. */

const basis = z.enum(BASES).openapi('Basis', {
  description:
    'Four answers to what an hour is worth, never blended: what is posted, what another would cost, what an index says, what owning costs.',
})
const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })
const split = z.strictObject({ total: s.amount, unvested: s.amount, vested: s.amount }).openapi('ValueSplit')
const missing = z
  .strictObject({ asset, code: z.string(), reason: z.string() })
  .openapi('Unpriced', { description: 'What has no price and is in no sum.' })
const basisSum = z
  .strictObject({
    basis,
    cap: split.openapi({ description: 'All that is owed, at the mark.' }),
    bid: s.amount.nullable(),
    ask: s.amount.nullable(),
    expected: split.openapi({ description: 'After forfeiture, time and expected use.' }),
    dollars: s.amount.openapi({
      description: 'Of the cap, what follows no price of hardware: dollars, and what has a stated rate.',
    }),
    missing: z.array(missing),
  })
  .openapi('BasisValue')
const shape = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, s.amount])) as Record<Names[number], typeof s.amount>
const change = z
  .strictObject({
    opening: s.amount,
    closing: s.amount,
    parts: z
      .strictObject(shape(PARTS))
      .openapi({ description: 'They sum to the change, to the nano-dollar.' }),
  })
  .openapi('ValueChange')
const sums = {
  bases: z.array(basisSum),
  steps: z.strictObject({ cap: s.amount, ...shape(STAGES) }).openapi({
    description: 'From the cap to the expected-use value, each step taking one more thing into account.',
  }),
  own_cost: z
    .strictObject({ cap: s.amount, expected: s.amount, missing: z.array(missing) })
    .openapi({ description: 'What keeping the promise costs the company at its own cost.' }),
  change: z.strictObject({
    cap: change,
    expected: change,
    opening_price: z.array(asset).openapi({
      description: 'Assets without a price on the first day: told at that of the last.',
    }),
  }),
}
export const markFacts = z
  .strictObject({
    hash: z.string(),
    accelerator: z.string(),
    tier: z.string(),
    index: z.string().nullable(),
    bid: s.amount.nullable(),
    mid: s.amount,
    ask: s.amount.nullable(),
    n: z.int(),
    level: z.int(),
    stale_days: z.int(),
    step: z.string(),
    steps: z.array(z.string()),
    sources: z.array(z.strictObject({ source: z.string(), licence: z.string(), rows: z.int() })),
  })
  .openapi('MarkFacts')
const assetValue = z
  .strictObject({
    asset,
    unvested: s.amount,
    vested: s.amount,
    prices: z.array(
      z.strictObject({
        basis,
        price: s.amount
          .nullable()
          .openapi({ description: 'For one of what people count: an hour, a dollar.' }),
        bid: s.amount.nullable(),
        ask: s.amount.nullable(),
        how: z.string().nullable(),
        code: z.string().nullable(),
        reason: z.string().nullable(),
        mark: markFacts.nullable(),
        price_before: s.amount.nullable(),
      }),
    ),
    own_cost: z.strictObject({
      price: s.amount.nullable(),
      how: z.string().nullable(),
      reason: z.string().nullable(),
    }),
    bases: z.array(basisSum),
    delivered: z
      .strictObject({ availability: z.number(), efficiency: z.number(), why: z.string() })
      .nullable(),
  })
  .openapi('AssetValue')
const assumptions = z
  .strictObject({
    interest: z.number(),
    drift: z.number(),
    turnover: z.strictObject({
      hazard: z.number(),
      leavers: z.int(),
      person_years: z.number(),
      weak: z.boolean(),
      reasons: z.array(z.string()),
    }),
    demand: z.strictObject({ fitted: z.int(), weak: z.int(), without: z.int() }),
  })
  .openapi('ValueAssumptions')
const head = {
  as_of: s.instant,
  day: s.day,
  from: s.day,
  basis,
  grants: z.int(),
  assets: z.array(assetValue),
  assumptions,
}

export const value = z
  .strictObject({
    ...head,
    ...sums,
    people: z.int(),
    by: z.enum(GROUPS),
    groups: z.array(
      z.strictObject({ key: z.string(), name: z.string(), people: z.int(), grants: z.int(), ...sums }),
    ),
  })
  .openapi('Value')

export const personValue = z
  .strictObject({
    ...head,
    ...sums,
    person: z.strictObject({ id: s.id, name: z.string() }),
    rows: z.array(
      z.strictObject({
        grant_id: s.id,
        book_id: s.id,
        name: z.string(),
        asset,
        unvested: s.amount,
        vested: s.amount,
        next_vest: z.strictObject({ date: s.day, quantity: s.amount }).nullable(),
        demand: z
          .strictObject({
            a_month: z.number(),
            months: z.int(),
            weak: z.boolean(),
            reasons: z.array(z.string()),
          })
          .nullable(),
        ...sums,
      }),
    ),
  })
  .openapi('PersonValue')

const stressed = z.array(z.strictObject({ basis, before: s.amount, after: s.amount, change: s.amount }))
export const scenarios = z
  .strictObject({
    day: s.day,
    basis,
    scenarios: z.array(
      z.strictObject({
        id: z.enum(SCENARIO_IDS),
        name: z.string(),
        says: z.string(),
        parameters: z.array(
          z.strictObject({
            name: z.string(),
            says: z.string(),
            usual: z.string(),
            least: z.string(),
            most: z.string(),
            unit: z.enum(['share', 'year', 'a_year', 'factor']),
            source: z.string(),
            value: z.string(),
          }),
        ),
        bases: stressed,
        expected: stressed,
        dollar_buys: z.string().openapi({
          description: 'Tokens that a dollar buys, of what it buys today.',
        }),
      }),
    ),
  })
  .openapi('ValueScenarios')

const year = z.strictObject({
  year: z.int(),
  salary: s.amount,
  bonus: s.amount,
  equity: s.amount,
  hours: s.amount,
  dollars: s.amount,
  total: s.amount,
})
const band = z
  .strictObject({ mean: s.amount, p5: s.amount, p50: s.amount, p95: s.amount })
  .openapi('ValueBand', { description: 'One of twenty outcomes is below p5, one above p95.' })
export const comparison = z
  .strictObject({
    day: s.day,
    basis,
    accelerator: z.string(),
    tier: z.string(),
    mark: markFacts,
    numbers: z.array(
      z.strictObject({
        name: z.string(),
        value: z.string(),
        usual: z.string(),
        least: z.string(),
        most: z.string(),
        says: z.string(),
      }),
    ),
    model: z.strictObject({
      reversion: z.number(),
      short_volatility: z.number(),
      long_volatility: z.number(),
      drift: z.number(),
      weak: z.literal(true),
      reasons: z.array(z.string()),
    }),
    delivered: z.strictObject({ share: z.number(), why: z.string() }),
    equivalents: z
      .strictObject({
        utilisation: z.string(),
        utilisation_basis: z.string(),
        peak_teraflops: z.string(),
        exaflop_days: z.string(),
        gpu_years: z.string(),
        node_years: z.string(),
        training: z.array(z.strictObject({ parameters: z.string(), tokens: z.string() })),
        tokens: z.string(),
        words: z.string(),
        tokens_of: z.string(),
      })
      .nullable(),
    years: z
      .array(year)
      .openapi({ description: 'As of each year: nothing is taken off for waiting or leaving.' }),
    total: year,
    today: z.strictObject({
      cash: s.amount,
      dollars: s.amount,
      hours: band.nullable(),
      equity: band.nullable(),
      all: band,
    }),
    swap: z
      .strictObject({
        toHours: s.amount,
        toEquity: s.amount,
        hindsightToHours: s.amount,
        hindsightToEquity: s.amount,
      })
      .nullable(),
    breakEven: s.amount.nullable().openapi({
      description: 'The price of an hour at which the compute is worth the cash; null: none does.',
    }),
    guard: z.strictObject({ floor: s.amount, cap: s.amount }).nullable().openapi({
      description:
        'What a guarantee is worth that an hour is never worth less than today, and one that it never costs more.',
    }),
    paths: z.int(),
  })
  .openapi('Comparison')

/** Days and names are checked by the report, which says what is wrong with them. */
export const valueQuery = {
  as_of: z.string().max(40).optional().openapi({ description: 'A UTC day; today when absent.' }),
  from: z.string().max(40).optional().openapi({
    description: 'The day that it is compared with; 30 days before when absent.',
  }),
  basis: z.string().max(40).optional().openapi({ description: '`replacement` when absent.' }),
}
const number = z.string().max(40).optional()
export const compareQuery = {
  accelerator: z.string().max(60).optional(),
  tier: z.string().max(40).optional(),
  basis: valueQuery.basis,
  ...(Object.fromEntries(
    Object.entries(COMPARE_NUMBERS).map(([name, { says, usual }]) => [
      name,
      number.openapi({ description: `${says}; ${usual} when absent` }),
    ]),
  ) as Record<keyof typeof COMPARE_NUMBERS, typeof number>),
}
/** Every number that a scenario may have; those of others are refused. */
export const scenarioQuery = {
  as_of: valueQuery.as_of,
  basis: valueQuery.basis,
  scenario: z.string().max(40).optional().openapi({ description: 'All of them when absent.' }),
  shock: number,
  probability: number,
  left: number,
  fall: number,
  years: number,
  spot: number,
  contract: number,
  factor: number,
  lost: number,
  leaving: number,
}
