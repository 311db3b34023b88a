import { z } from '@hono/zod-openapi'
import * as s from './schemas.ts'

const decimal = z.string().openapi({
  description: 'A decimal, or a fraction such as "1/3" where no decimal is exact.',
  example: '2.5',
})
const recorded = {
  id: s.id,
  effective_from: s.instant,
  recorded_at: s.instant,
  recorded_by: z.string(),
  source: z.string(),
  in_force: z.boolean(),
}

const rate = z
  .strictObject({
    kind: z.literal('rate'),
    ...recorded,
    from: z.string(),
    to: z.string(),
    rate: decimal.nullable().openapi({ description: 'Null: the pair is not exchanged from then on.' }),
    unit: z.string().openapi({ example: 'dollars for one GPU-hour' }),
    smallest: z
      .strictObject({ n: z.string(), d: z.string() })
      .nullable()
      .openapi({ description: 'The same for smallest units of both, as the ledger counts them.' }),
  })
  .openapi('ExchangeRate')

const utilisation = z
  .strictObject({
    kind: z.literal('utilisation'),
    ...recorded,
    accelerator: z.string().nullable().openapi({ description: 'Null: all that have none of their own.' }),
    share: decimal,
  })
  .openapi('Utilisation')

export const exchangeRow = z.discriminatedUnion('kind', [rate, utilisation])

export const exchange = z
  .strictObject({
    rows: z.array(exchangeRow),
    accelerators: z.array(
      z.strictObject({
        id: z.string(),
        vendor: z.string(),
        form: z.string(),
        peak_bf16_tflops: decimal,
        source: z.string(),
        utilisation: decimal,
        utilisation_basis: z.string(),
        gpu_hours_per_exaflop_day: decimal,
      }),
    ),
  })
  .openapi('Exchange')

const asked = {
  effective_from: s.instant,
  source: z.string().openapi({ description: 'Where this comes from, such as a contract.' }),
}

export const exchangeAsk = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('rate'),
      ...asked,
      from: z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' }),
      to: z.string().openapi({ example: 'USD' }),
      rate: z.string().nullable().openapi({
        description:
          'Whole units of `to` for one whole unit of `from`, such as dollars for a GPU-hour; null ends the pair.',
        example: '2.50',
      }),
    }),
    z.strictObject({
      kind: z.literal('utilisation'),
      ...asked,
      accelerator: z.string().nullable(),
      share: z.string().openapi({ example: '0.4' }),
    }),
  ])
  .openapi('NewExchange')
