import { z } from '@hono/zod-openapi'
import { BASES } from '#prices/hardware/mark.ts'
import { CURVES, FORWARD_NUMBERS } from '#reports/value/forward.ts'
import type { NumberField } from '#reports/value/numbers.ts'
import { RIGHTS_NUMBERS } from '#reports/value/rights.ts'
import * as s from './schemas.ts'
import { markFacts } from './value-views.ts'

/** The answers about what hours will cost, and what rights around them are worth. Strict, as all others. */

const numbers = z
  .array(
    z.strictObject({
      name: z.string(),
      value: z.string(),
      from: z.enum(['given', 'fitted', 'usual']),
      usual: z.string(),
      least: z.string(),
      most: z.string(),
      says: z.string(),
    }),
  )
  .openapi({ description: 'Everything that is assumed, in plain words; each can be given in the query.' })
const head = { day: s.day, basis: z.enum(BASES), accelerator: z.string(), mark: markFacts, numbers }
const doubts = { weak: z.boolean(), reasons: z.array(z.string()) }
const spread = { p5: s.amount, p50: s.amount, p95: s.amount }

export const forward = z
  .strictObject({
    ...head,
    curve: z.strictObject({
      kind: z.enum(CURVES),
      says: z.string(),
      told: z.int().openapi({ description: 'The last month that the curve tells; after it prices stay.' }),
      without: z.array(z.string()),
      points: z.array(z.strictObject({ years: z.number(), price: s.amount })),
    }),
    calibration: z.strictObject({
      months: z.int(),
      from: s.day.nullable(),
      to: s.day.nullable(),
      fitted: z
        .strictObject({
          level: s.amount,
          reversion: z.number(),
          volatility: z.number(),
          half_life_years: z.number(),
          raw_volatility: z.number(),
          quiet_volatility: z.number(),
          autocorrelation: z.number(),
          in_a_year: s.amount,
        })
        .nullable(),
      ...doubts,
    }),
    half_life_years: z.number(),
    usually_off: z.number(),
    points: z
      .array(z.strictObject({ month: z.int(), expected: s.amount, ...spread }))
      .openapi({ description: 'Month 0 is today. One of twenty prices is below p5, one above p95.' }),
    strip: z
      .strictObject({ value: s.amount, by_model: s.amount, by_drift: s.amount, ...spread, paths: z.int() })
      .openapi({ description: 'What the hours, in even monthly parts, are worth today along the curve.' }),
  })
  .openapi('ForwardPrices')

const discount = z.strictObject({ share: z.number(), value: s.amount })
export const rights = z
  .strictObject({
    ...head,
    ...doubts,
    weak: z.literal(true),
    strike: s.amount,
    forward: s.amount,
    rights: z.array(
      z.strictObject({
        id: z.enum(['cap', 'floor', 'average_cap', 'jump_cap', 'to_hours', 'to_shares']),
        name: z.string(),
        says: z.string(),
        method: z.string(),
        an_hour: s.amount,
        total: s.amount,
        error: s.amount.nullable(),
        beside: z.strictObject({ says: z.string(), an_hour: s.amount }).nullable(),
      }),
    ),
    shares: z.strictObject({ value: s.amount, staying: z.number(), mean: s.amount, ...spread }),
    lock_up: z.strictObject({ chaffe: discount, finnerty: discount }),
    interruptions: z.strictObject({
      meantime: z.number().nullable(),
      job_meantime: z.number().nullable(),
      save_every: z.number().nullable(),
      thumb: z.number().nullable(),
      efficiency: z.number(),
      effective_hours: z.number(),
    }),
    tokens: z.strictObject({
      bought: z.string(),
      level: z.string(),
      more: z.number(),
      used: s.amount,
      used_even: s.amount,
    }),
  })
  .openapi('Rights')

const text = z.string().max(400).optional()
const given = <const Name extends string>(fields: Readonly<Record<Name, NumberField>>) =>
  Object.fromEntries(
    Object.entries<NumberField>(fields).map(([name, { says, usual }]) => [
      name,
      z
        .string()
        .max(40)
        .optional()
        .openapi({ description: `${says}; ${usual} when absent` }),
    ]),
  ) as Record<Name, typeof text>
const asked = {
  accelerator: z.string().max(60).optional().openapi({ description: '`H100` when absent.' }),
  basis: z.string().max(40).optional().openapi({ description: '`replacement` when absent.' }),
}
export const forwardQuery = {
  ...asked,
  curve: z.string().max(40).optional().openapi({
    description: 'futures, terms, model or flat; the first of them that there is when absent.',
  }),
  futures: text.openapi({ description: 'What is traded, as years:dollars, such as `1:2.30,2:2.10`.' }),
  terms: text.openapi({
    description: 'An hour for who commits to so many years, as years:dollars; what is stored when absent.',
  }),
  ...given(FORWARD_NUMBERS),
}
export const rightsQuery = { ...asked, ...given(RIGHTS_NUMBERS) }
