import { z } from '@hono/zod-openapi'
import { isAsset, type Asset } from '#base/asset.ts'
import { DENOMINATIONS } from '#base/asset.ts'
import { isDate } from '#base/time.ts'

/** The pieces that requests and answers are made of. Amounts are text, because JSON numbers lose digits. */

export const amount = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .openapi('Amount', { description: 'Nano-dollars (1e-9 USD) as a decimal string.', example: '1250000000' })

export const quantity = z
  .string()
  .regex(/^\d{1,19}$/)
  .openapi('SeatMonths', { description: 'Months of a seat as a decimal string.', example: '12' })

export const id = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'Give a uuid in lower case')
  .openapi('Id', { format: 'uuid', example: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a' })

export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .openapi('Instant', { format: 'date-time', example: '2026-01-15T12:00:00.000Z' })

/** The pattern stands beside the check so that the OpenAPI document says it too. */
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'Give a date as YYYY-MM-DD')
  .refine(isDate, 'Give a date of the calendar as YYYY-MM-DD')
  .openapi('Day', { format: 'date', example: '2026-01-15' })

export const hour = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3])$/, 'Give a UTC hour as YYYY-MM-DDTHH')
  .refine((text) => isDate(text.slice(0, 10)), 'Give an hour of the calendar as YYYY-MM-DDTHH')
  .openapi('Hour', { example: '2026-01-15T12' })

export const role = z.enum(['employee', 'people', 'finance', 'admin'])
/** What a grant's quantity counts. */
export const denomination = z.enum(DENOMINATIONS)
export const protocol = z.enum(['openai', 'anthropic', 'gemini'])
export const asset = z
  .string()
  .transform((text, context): Asset => {
    if (isAsset(text)) return text
    context.addIssue({
      code: 'custom',
      message: 'Give an asset, such as USD or GPU_SECOND/H100-SXM/guaranteed',
    })
    return z.NEVER
  })
  .openapi({ type: 'string', example: 'USD' })
export const purpose = z.enum(['work', 'learning', 'personal', 'open_source'])
export const modelClass = z.enum(['small', 'standard', 'frontier', 'embedding'])
export const callStatus = z.enum(['ok', 'cancelled', 'failed', 'lapsed'])
export const usageBy = z.enum(['model', 'class', 'key', 'purpose', 'door', 'provider', 'upstream'])
export const usageStep = z.enum(['day', 'hour'])
export const account = z.enum([
  'promised',
  'unvested',
  'available',
  'held',
  'spent',
  'expired',
  'forfeited',
  'revoked',
  'absorbed',
  'carried',
])
export const entryKind = z.enum([
  'granted',
  'vested',
  'hold',
  'settle',
  'release',
  'lapse',
  'absorb',
  'expire',
  'forfeit',
  'revoke',
  'adjust',
  'carry',
  'convert',
])

export const scope = z
  .strictObject({
    classes: z.array(z.string()).optional(),
    providers: z.array(z.string()).optional(),
    purposes: z.array(purpose).optional(),
    exchange: z.array(z.string()).optional(),
  })
  .openapi('Scope', {
    description:
      'Where a lot may be spent. An absent list means anywhere, an empty one nowhere; but `exchange`, what the lot may be ' +
      'exchanged into when it is spent, means nothing when it is absent.',
  })

const rollover = z
  .strictObject({ share: z.string(), cap: z.string().nullable(), months: z.int() })
  .optional()
  .openapi({
    description: 'At its expiry a share of what is left, at most the cap, goes on for so many months.',
  })
export const expiry = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('never') }),
    z.strictObject({ kind: z.literal('days_after_vest'), days: z.int(), rollover }),
    z.strictObject({ kind: z.literal('on'), date: day }),
    z.strictObject({ kind: z.literal('end_of_month_after_vest'), months: z.int(), rollover }),
  ])
  .openapi('ExpiryRule')

export const cursor = z.string().max(2_000).optional().openapi({ description: '`next` of the page before.' })
export const next = z
  .string()
  .nullable()
  .openapi({ description: 'The cursor of the next page; null on the last.' })

/** A query parameter that counts rows of a page. */
export const limit = (usual: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, `Give a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(
      z
        .int()
        .min(1, `Give a whole number from 1 to ${most}`)
        .max(most, `Give a whole number from 1 to ${most}`),
    )
    .optional()
    .transform((value) => value ?? usual)
    .openapi({ type: 'integer', minimum: 1, maximum: most, default: usual })

const word = z.string().min(1).max(200)
/** What a call can be told by: the same words narrow sums, lists and entries. */
export const callFilter = {
  model: word.optional(),
  class: modelClass.optional(),
  key: z
    .union([id, z.literal('none')])
    .optional()
    .openapi({ type: 'string', description: 'A key’s id, or `none` for calls without a key.' }),
  purpose: purpose.optional(),
  door: word.optional(),
  provider: word.optional(),
  upstream: word.optional(),
  status: callStatus.optional(),
}
export const timeFilter = {
  from: day.optional(),
  to: day.optional(),
  hour: hour.optional().openapi({ description: 'One UTC hour.' }),
}

export const personPath = z.object({
  id: z.string().openapi({ description: 'A person, or `me`.', example: 'me' }),
})
export const thingPath = z.object({ id })

export const fault = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      param: z.string().nullable(),
      doc: z.string(),
      request_id: z.string(),
    }),
  })
  .openapi('Error')
