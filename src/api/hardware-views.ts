import { z } from '@hono/zod-openapi'
import { BASES, MARK_TIERS, STEPS } from '#prices/hardware/mark.ts'
import { PRICE_TIERS, QUALITIES } from '#prices/hardware/observation.ts'
import * as s from './schemas.ts'

const nano = s.amount.openapi({ description: 'Nano-dollars for an hour of one GPU.', example: '2665000000' })
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'Give the 64 characters of a hash')

const question = {
  accelerator: z.string().openapi({ example: 'H100' }),
  form: z.string().nullable().openapi({ description: 'The board it sits on; null: any.', example: 'SXM' }),
  basis: z.enum(BASES),
  tier: z.enum(MARK_TIERS),
  region: z.string().nullable(),
  index: z.string().nullable(),
  as_of: s.day,
}

const mark = z
  .strictObject({
    kind: z.literal('mark'),
    ...question,
    hash,
    bid: nano.nullable(),
    mid: nano,
    ask: nano.nullable(),
    n: z.int().openapi({ description: 'Providers behind the mid, after the outlier rule.' }),
    level: z.union([z.literal(2), z.literal(3)]).openapi({
      description:
        'In the manner of ASC 820: 2 from quoted prices of the thing itself, 3 where something had to be assumed.',
    }),
    stale_days: z.int(),
    step: z.enum([...STEPS, 'owning']),
    bid_step: z.enum(STEPS).nullable(),
    steps: z.array(z.string()).openapi({ description: 'How it was come by, in sentences.' }),
    providers: z.array(
      z.strictObject({ provider: z.string(), price: nano, rejected: z.boolean(), thin: z.boolean() }),
    ),
    sources: z.array(z.strictObject({ source: z.string(), licence: z.string(), rows: z.int() })),
  })
  .openapi('Mark')

const none = z
  .strictObject({ kind: z.literal('none'), ...question, why: z.array(z.string()) })
  .openapi('NoMark', { description: 'Why there is no mark; it is never a price of 0.' })

export const marked = z.discriminatedUnion('kind', [mark, none])

export const marks = z
  .strictObject({ unit: z.literal('nano-dollar per GPU-hour'), marks: z.array(marked) })
  .openapi('Marks')

const observation = z
  .strictObject({
    id: s.id,
    provider: z.string(),
    accelerator: z.string(),
    form: z.string().nullable(),
    tier: z.enum(PRICE_TIERS),
    region: z.string().nullable(),
    term_months: z.int().nullable(),
    offer: z.string(),
    price: nano,
    low: nano,
    high: nano,
    effective_from: s.instant,
    observed_at: s.instant,
    recorded_at: s.instant.nullable().openapi({
      description: 'When it became known here; null within a mark, which does not depend on it.',
    }),
    source: z.string(),
    licence: z.string(),
    quality: z.enum(QUALITIES).openapi({ description: 'Only ok and thin enter a mark.' }),
    note: z.string().nullable(),
  })
  .openapi('PriceObservation')

export const frozenMark = z
  .strictObject({
    mark,
    recorded_at: s.instant,
    reproduced: z.literal(true).openapi({ description: 'Made again from its inputs just now, and equal.' }),
    inputs: z.string().openapi({ description: 'The text that the hash is of.' }),
    observations: z.array(observation),
    below: z.array(observation).openapi({ description: 'Those behind the bid.' }),
  })
  .openapi('FrozenMark')

export const observations = z
  .strictObject({
    unit: z.literal('nano-dollar per GPU-hour'),
    observations: z.array(observation),
    next: s.next,
  })
  .openapi('PriceObservations')

export const accelerators = z
  .strictObject({
    accelerators: z.array(
      z.strictObject({
        id: z.string(),
        reference: z.string().nullable().openapi({ description: 'Its row in the table of dense peaks.' }),
        of_h100: z.string().nullable().openapi({ description: 'Dense bf16 peak over that of an H100.' }),
      }),
    ),
    loads: z.array(
      z.strictObject({
        id: s.id,
        kind: z.enum(['shipped', 'file', 'feed']),
        name: z.string(),
        hash,
        recorded_at: s.instant,
        recorded_by: z.string(),
        added: z.int(),
        skipped: z.array(z.strictObject({ why: z.string(), count: z.int(), examples: z.array(z.string()) })),
      }),
    ),
  })
  .openapi('PriceBookOfHardware')

const pico = z.string().openapi({ description: 'Pico-dollars for one token.', example: '2500000' })

export const tokens = z
  .strictObject({
    unit: z.literal('pico-dollar per token'),
    histories: z.array(
      z.strictObject({
        provider: z.string(),
        model: z.string(),
        source: z.string(),
        licence: z.string(),
        flapping: z.boolean().openapi({
          description: 'Prices that come back after others: routes under one name, not changes.',
        }),
        prices: z.array(
          z.strictObject({
            from: s.day,
            last_said: s.day,
            rows: z.int(),
            input: pico,
            output: pico,
            cached: pico.nullable(),
          }),
        ),
      }),
    ),
  })
  .openapi('TokenPriceHistories')

export const hashPath = z.object({ id: hash.openapi({ param: { name: 'id', in: 'path' } }) })
