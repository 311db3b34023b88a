import { z } from 'zod'
import { DAY_POLICIES } from '#vesting/dates.ts'
import { MAX_OCCURRENCES, MAX_STATEMENTS } from '#vesting/template.ts'
import { date, oneOf, part, quantityOrNothing, share, text, unique, whole } from './pieces.ts'

/** When a grant vests: a chain of statements, chains that run beside each other, or a graph of conditions. */

const period = whole(0, 1_000_000)
const periodType = oneOf(['DAYS', 'MONTHS', 'YEARS'])
const order = z.int('give an integer').describe('Statements follow each other in ascending order')
const eventId = text(200)

const schedule = z
  .strictObject({
    occurrences: whole(1, MAX_OCCURRENCES).describe('How many times something vests'),
    period: period.describe('So many units from one time to the next'),
    period_type: periodType,
    vesting_day_of_month: oneOf(DAY_POLICIES).optional(),
    cliff: z
      .strictObject({
        length: period.describe('From the beginning of the statement'),
        period_type: periodType,
        percentage: part.describe(
          "Share of the statement's own percentage that vests on the day of the cliff",
        ),
      })
      .optional(),
  })
  .meta({ id: 'schedule' })

const eventCondition = z
  .strictObject({
    event_id: eventId,
    after: date.optional().describe('Counts only if it fires on this day or later'),
    before: date.optional().describe('Counts only if it fires on this day or earlier'),
  })
  .meta({ id: 'event_condition' })

export const statement = z
  .strictObject({
    order,
    percentage: part.describe('Share of the whole (or of its part) that this statement vests'),
    schedule: schedule.optional(),
    event_condition: eventCondition.optional(),
  })
  .refine((one) => one.schedule !== undefined || one.event_condition !== undefined, {
    error: 'give it a schedule, an event_condition, or both',
  })
  .meta({ id: 'statement', anyOf: [{ required: ['schedule'] }, { required: ['event_condition'] }] })

const statements = z
  .array(statement, `give 1 to ${MAX_STATEMENTS} statements`)
  .min(1, `give 1 to ${MAX_STATEMENTS} statements`)
  .max(MAX_STATEMENTS, `give 1 to ${MAX_STATEMENTS} statements`)

const A_NUMBER = 'give a decimal text of 0 or more, such as "12"'
const numeric = z.string(A_NUMBER).regex(/^\+?\d{1,30}(?:\.\d{1,10})?$/, A_NUMBER)
const conditionId = text(200)
const DAYS_OF_MONTH = [
  ...Array.from({ length: 28 }, (_, index) => String(index + 1).padStart(2, '0')),
  '29_OR_LAST_DAY_OF_MONTH',
  '30_OR_LAST_DAY_OF_MONTH',
  '31_OR_LAST_DAY_OF_MONTH',
  'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH',
]
const recurring = {
  length: period,
  occurrences: whole(1, MAX_OCCURRENCES),
  cliff_installment: whole(0, MAX_OCCURRENCES).optional(),
}

const trigger = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('VESTING_START_DATE') }),
  z.strictObject({ type: z.literal('VESTING_SCHEDULE_ABSOLUTE'), date }),
  z.strictObject({
    type: z.literal('VESTING_SCHEDULE_RELATIVE'),
    period: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('DAYS'), ...recurring }),
      z.strictObject({
        type: z.literal('MONTHS'),
        ...recurring,
        day_of_month: z.enum(DAYS_OF_MONTH, 'give "01" to "28", or a day such as "31_OR_LAST_DAY_OF_MONTH"'),
      }),
    ]),
    relative_to_condition_id: conditionId,
  }),
  z.strictObject({ type: z.literal('VESTING_EVENT') }),
])

export const condition = z
  .strictObject({
    id: conditionId,
    description: text(10_000).optional(),
    portion: z
      .strictObject({
        numerator: numeric,
        denominator: numeric,
        remainder: z.boolean('give true or false').optional(),
      })
      .optional(),
    quantity: quantityOrNothing.optional(),
    trigger,
    next_condition_ids: unique(conditionId, 0, 500),
  })
  .refine((one) => (one.portion === undefined) !== (one.quantity === undefined), {
    error: 'give it either a portion or a quantity',
  })
  .meta({ id: 'condition', oneOf: [{ required: ['portion'] }, { required: ['quantity'] }] })
export type ConditionDocument = z.output<typeof condition>

export const vesting = z
  .union([
    z.strictObject({ statements }).describe('Statements that follow each other'),
    z
      .strictObject({
        parts: z
          .array(z.strictObject({ share, statements }), 'give 1 to 20 parts')
          .min(1, 'give 1 to 20 parts')
          .max(20, 'give 1 to 20 parts'),
      })
      .describe('Chains of statements that all begin at the start, each with its share of the whole'),
    z
      .strictObject({
        graph: z
          .array(condition, 'give 1 to 500 conditions')
          .min(1, 'give 1 to 500 conditions')
          .max(500, 'give 1 to 500 conditions'),
      })
      .describe('Conditions of the Open Cap Format 1.2, of which one way is taken'),
  ])
  .meta({ id: 'vesting', description: 'When a grant vests' })
