import { z } from '@hono/zod-openapi'
import { COMPUTE_KINDS, MOST_OFFERS, STANDINGS, COMPARED_YEARS } from '#offers/compare/ask.ts'
import { BASES } from '#prices/hardware/mark.ts'
import * as s from './schemas.ts'

/** Offers side by side: what is asked and what is answered. Strict, as all others. */

const number = z
  .string()
  .max(100)
  .optional()
  .openapi({ description: 'Decimal text, or a fraction such as 1/40.' })
const words = z.string().max(120).optional()
const years = z.array(z.string().max(100)).max(COMPARED_YEARS).optional()

const item = z
  .strictObject({
    kind: z.enum(COMPUTE_KINDS),
    name: words,
    quantity: z.string().max(100),
    per: z.enum(['all', 'year', 'month']).optional(),
    standing: z.enum(STANDINGS).optional(),
    accelerator: words,
    tier: words,
    gpus_per_node: number,
    people: number,
    weight: number,
    available: number,
    uncertainty: number,
    kept: number,
    used: number,
    delivered: number,
    price: number,
    years,
    cliff_months: number,
  })
  .openapi('ComparedCompute')
const equity = z
  .strictObject({
    kind: z.enum(['rsu', 'option']),
    value: number,
    units: number,
    price: number,
    strike: number,
    term: number,
    volatility: number,
    correlation: number,
    years,
    cliff_months: number,
  })
  .openapi('ComparedEquity')
export const side = z
  .strictObject({
    name: z.string().min(1).max(80),
    currency: z.string().max(20).optional(),
    rate: number,
    salary: number,
    raise: number,
    bonus: number,
    bonus_amount: number,
    signing: number,
    leaving: number,
    equity: equity.nullable().optional(),
    compute: z.array(item).max(20).optional(),
  })
  .openapi('ComparedOffer', { description: 'An offer as people type it; what is absent is as usual.' })
export const ask = z
  .strictObject({
    offers: z.array(side).min(1).max(MOST_OFFERS),
    assumptions: z
      .record(z.string().max(40), z.string().max(100).optional())
      .refine((all) => Object.keys(all).length <= 40, 'Give at most 40 assumptions')
      .optional(),
  })
  .openapi('CompareAsk')

const band = z
  .strictObject({ mean: s.amount, p5: s.amount, p50: s.amount, p95: s.amount })
  .openapi('OfferBand')
const year = z
  .strictObject({
    year: z.number().int().openapi({ description: '0: all of them.' }),
    salary: s.amount,
    bonus: s.amount,
    signing: s.amount,
    equity: s.amount,
    compute_cap: s.amount,
    compute_expected: s.amount,
    total_cap: s.amount,
    total_expected: s.amount,
  })
  .openapi('ComparedYear')
const amounts = z.strictObject({ cap: s.amount, expected: s.amount })
const hoursText = z.array(z.string())
const sideItem = z.strictObject({
  name: z.string(),
  kind: z.enum(COMPUTE_KINDS),
  standing: z.enum(STANDINGS),
  factors: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.string(),
        says: z.string(),
        by: z.enum(['times', 'over']),
      }),
    )
    .openapi({
      description: 'Whose product the hours of a year are: GPUs × 8,760 × what is there × your part.',
    }),
  price: z
    .strictObject({ each: s.amount, unit: z.string(), how: z.string(), mark: z.string().nullable() })
    .nullable(),
  reason: z.string().nullable().openapi({ description: 'Why it has no price and is in no sum.' }),
  hours: z
    .strictObject({
      accelerator: z.string(),
      tier: z.string(),
      years: hoursText,
      total: z.string(),
      expected: z.string(),
    })
    .nullable(),
  years: z.array(amounts),
  total: amounts,
})
export const compared = z
  .strictObject({
    day: s.day,
    basis: z.enum(BASES),
    currency: z.literal('USD'),
    offers: z.array(
      z.strictObject({
        name: z.string(),
        currency: z.string(),
        years: z.array(year),
        total: year,
        items: z.array(sideItem),
        same_work: z
          .strictObject({
            accelerator: z.string(),
            tier: z.string(),
            hours: z.string(),
            expected: z.string(),
            years: hoursText,
            gpu_years: z.string(),
            exaflop_days: z.string(),
          })
          .nullable(),
        equity: z
          .strictObject({ kind: z.enum(['rsu', 'option']), value: s.amount, how: z.string() })
          .nullable(),
        today: z.strictObject({
          cash: s.amount,
          compute: band.nullable(),
          equity: band.nullable(),
          all: band,
        }),
      }),
    ),
    differences: z.array(
      z.strictObject({
        offer: z.number().int(),
        years: z.array(year),
        total: year,
        today: band,
        better: z.number(),
        break_even: z.strictObject({
          price: s.amount.nullable(),
          now: s.amount.nullable(),
          says: z.string(),
        }),
      }),
    ),
    numbers: z.array(
      z.strictObject({
        path: z.string(),
        offer: z.number().int().nullable(),
        name: z.string(),
        value: z.string(),
        usual: z.string(),
        least: z.string(),
        most: z.string(),
        says: z.string(),
        source: z.string(),
        given: z.boolean(),
      }),
    ),
    marks: z.array(
      z.strictObject({
        accelerator: z.string(),
        tier: z.string(),
        hour: s.amount,
        source: z.string(),
        stale_days: z.number(),
        hash: z.string(),
      }),
    ),
    paths: z.number().int(),
    notes: z.array(z.string()),
  })
  .openapi('ComparedOffers')

export const readAsk = z.strictObject({
  text: z
    .string()
    .max(64 * 1024)
    .openapi({
      description: 'An offer in words, a compute document, a comparison or an offer of Perq as JSON.',
    }),
  name: z.string().max(80).optional(),
})
export const read = z
  .strictObject({
    offer: side,
    found: z.array(
      z.strictObject({
        path: z.string(),
        value: z.string(),
        quote: z.string(),
        from: z.number().int(),
        to: z.number().int(),
      }),
    ),
    not_understood: z.array(z.string()),
    notes: z.array(z.string()),
  })
  .openapi('ReadOffer')
export const kept = z
  .strictObject({ token: z.string(), path: z.string(), expires_at: s.instant })
  .openapi('KeptComparison')
export const found = z.strictObject({ ask, expires_at: s.instant }).openapi('FoundComparison')
