import { z } from 'zod'
import { TIERS } from '#base/asset.ts'

/**
 * The small parts of every document. What a schema can say is said here once: the same patterns check a document and
 * stand in the published JSON Schema. Each message is the remedy alone; the reader adds field and value.
 */

export function text(max: number) {
  const remedy = `give a text of 1 to ${max} characters`
  return z.string(remedy).min(1, remedy).max(max, remedy)
}

export const name = text(200)

export const uuid = z
  .string('give a uuid in lower case')
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    'give a uuid in lower case, such as "0193b2d4-5a00-7000-8000-000000000001"',
  )

const A_DATE = 'give a real calendar date as YYYY-MM-DD'
export const date = z.iso.date(A_DATE).describe('A calendar date, YYYY-MM-DD')

const AN_INSTANT =
  'give a date as YYYY-MM-DD, or an instant in UTC such as "2026-01-31T08:00:00Z", no finer than milliseconds'
/** An instant in UTC, no finer than a millisecond. */
export const instant = z
  .union([z.iso.date(AN_INSTANT), z.iso.datetime(AN_INSTANT).regex(/^.{19}(?:\.\d{3})?Z$/, AN_INSTANT)])
  .describe('A date (its beginning in UTC), or an instant in UTC')

const A_SHARE = 'give a decimal text above 0 and at most 1, with up to 10 places, such as "0.25"'
/** "0.25": above 0 and at most 1. A number is refused: it has been a float. */
export const share = z
  .string(A_SHARE)
  .regex(/^(?:0\.(?=\d*[1-9])\d{1,10}|1(?:\.0{1,10})?)$/, A_SHARE)
  .describe('A share above 0 and at most 1 as decimal text')

const A_PART = 'give a decimal text from 0 to 1, with up to 10 places, such as "0.25"'
/** As `share`, and 0 too. */
export const part = z
  .string(A_PART)
  .regex(/^(?:0(?:\.\d{1,10})?|1(?:\.0{1,10})?)$/, A_PART)
  .describe('A share from 0 to 1 as decimal text')

const A_QUANTITY =
  'give a quantity above 0 as decimal text, such as "24000" or "1000.5"; hours also as "12:30:01" (hours, minutes, seconds)'
/** In the unit of the denomination as people say it; whether it is exact to the smallest unit the reader checks. */
export const quantity = z
  .string(A_QUANTITY)
  .regex(/^(?=.*[1-9])(?:(?:0|[1-9]\d{0,18})(?:\.\d{1,9})?|\d{1,16}:[0-5]\d:[0-5]\d)$/, A_QUANTITY)
  .describe('A quantity above 0 as decimal text, in whole units of its denomination: dollars, hours, tokens')

const AN_AMOUNT = 'give a quantity of 0 or more as decimal text, such as "0" or "1000.5"'
export const quantityOrNothing = z
  .string(AN_AMOUNT)
  .regex(/^(?:(?:0|[1-9]\d{0,18})(?:\.\d{1,9})?|\d{1,16}:[0-5]\d:[0-5]\d)$/, AN_AMOUNT)
  .describe('A quantity of 0 or more as decimal text, in whole units of its denomination')

export const whole = (min: number, max: number) =>
  z
    .int(`give an integer from ${min} to ${max}`)
    .min(min, `give an integer from ${min} to ${max}`)
    .max(max, `give an integer from ${min} to ${max}`)

export const oneOf = <const T extends readonly [string, ...string[]]>(options: T) =>
  z.enum(options, `give one of ${options.join(', ')}`)

/** A list in which nothing stands twice; the JSON Schema says so too. */
export const unique = <T extends z.ZodString | z.ZodEnum>(item: T, min: number, max: number) =>
  z
    .array(item, `give a list of ${min} to ${max}`)
    .min(min, `give at least ${min}`)
    .max(max, `give at most ${max}`)
    .refine((list) => new Set(list).size === list.length, 'name each once')
    .meta({ uniqueItems: true })

const accelerator = z
  .string('give an accelerator, such as "H100-SXM"')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'give an accelerator, such as "H100-SXM"')
  .describe('An accelerator of the reference table, such as H100-SXM')
export const tier = oneOf(TIERS)
const modelClass = z
  .string('give a class of models, such as "standard"')
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'give a class of models, such as "standard"')
  .describe('A class of models, such as standard')

/** What a quantity counts. */
export const counts = z
  .discriminatedUnion('denomination', [
    z.strictObject({ denomination: z.literal('usd') }).describe('Dollars of inference'),
    z
      .strictObject({ denomination: z.literal('gpu_hour'), accelerator, tier })
      .describe('Hours of one accelerator in one service tier'),
    z
      .strictObject({
        denomination: z.literal('node_hour'),
        accelerator,
        gpus_per_node: whole(1, 9_999),
        tier,
      })
      .describe('Hours of a whole node of so many accelerators'),
    z
      .strictObject({ denomination: z.literal('exaflop_day') })
      .describe('Days of 10^18 operations a second: 8.64e22 operations'),
    z
      .strictObject({ denomination: z.literal('token'), model_class: modelClass })
      .describe('Tokens of one class of models'),
    z.strictObject({ denomination: z.literal('seat_month') }).describe('Months of a seat in a subscription'),
  ])
  .meta({ id: 'counts', description: 'What a quantity counts' })
export type Counts = z.output<typeof counts>

export const acceleratorName = accelerator
