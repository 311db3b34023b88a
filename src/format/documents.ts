import { z } from 'zod'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import { ALLOCATION_TYPES } from '#vesting/allocate.ts'
import { clauses } from './clauses.ts'
import {
  acceleratorName,
  counts,
  date,
  instant,
  name,
  oneOf,
  quantity,
  share,
  text,
  unique,
  uuid,
  whole,
} from './pieces.ts'
import { vesting } from './vesting.ts'

/** The documents of the Open Compute Grant format. These schemas are its one source. */

export const FORMAT = 'open-compute-grant/1'
const format = z.literal(FORMAT, `give "${FORMAT}"`)
const $schema = text(500).optional().describe('Where an editor finds the schema; not read')

const rollover = z
  .strictObject({
    share: share.describe('Of what is left of a lot when it would expire'),
    cap: quantity.nullable().describe('At most so much of one lot; null: no cap'),
    months: whole(1, 1_200).describe('So many more months'),
  })
  .meta({ id: 'rollover' })

const expiry = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('never') }),
    z.strictObject({
      kind: z.literal('days_after_vest'),
      days: whole(1, 36_525).describe('Days on which it can be spent, the day of vesting among them'),
      rollover: rollover.optional(),
    }),
    z.strictObject({ kind: z.literal('on'), date: date.describe('The last day on which it can be spent') }),
    z.strictObject({
      kind: z.literal('end_of_month_after_vest'),
      months: whole(0, 1_200).describe('0: the month of vesting itself'),
      rollover: rollover.optional(),
    }),
  ])
  .meta({ id: 'expiry' })

const A_SALARY_SHARE = 'give a decimal text above 0 and at most 10, such as "0.5"'
const levels = z
  .record(text(40), quantity)
  .refine((map) => Object.keys(map).length >= 1 && Object.keys(map).length <= 200, 'name 1 to 200 levels')
  .meta({ minProperties: 1, maxProperties: 200 })

const amount = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('given') }).describe('Each grant says its quantity'),
    z.strictObject({ kind: z.literal('fixed'), quantity }),
    z.strictObject({
      kind: z.literal('salary_share'),
      share: z
        .string(A_SALARY_SHARE)
        .regex(/^(?=.*[1-9])(?:\d(?:\.\d{1,10})?|10(?:\.0{1,10})?)$/, A_SALARY_SHARE)
        .describe('Of the base salary of a year'),
    }),
    z.strictObject({ kind: z.literal('by_level'), levels, otherwise: quantity.nullable() }),
  ])
  .meta({ id: 'amount', description: 'How much is granted when a grant says no quantity' })

const basis = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('total') }),
    z.strictObject({ kind: z.literal('per_installment'), installments: whole(1, 10_000) }),
  ])
  .meta({
    id: 'basis',
    description: 'Whether a quantity counts the whole grant or one of equal installments',
  })

const scopeList = unique(text(100), 0, 100)
const scope = z
  .strictObject({
    classes: scopeList.optional().describe('Classes of models'),
    providers: scopeList.optional(),
    purposes: unique(oneOf(['work', 'learning', 'personal', 'open_source']), 0, 4).optional(),
  })
  .meta({ id: 'scope', description: 'Where it may be spent; a list that is left out means anywhere' })

export const terms = z
  .strictObject({
    counts,
    amount: amount.optional(),
    basis: basis.optional(),
    vesting,
    allocation: oneOf(ALLOCATION_TYPES).optional().describe('How parts that do not divide are rounded'),
    expiry: expiry.optional(),
    scope: scope.optional(),
    priority: whole(0, 100).optional().describe('0 is spent first, 100 last'),
    clauses: clauses.optional(),
  })
  .meta({ id: 'terms', description: 'Everything a grant says apart from person, quantity and dates' })
export type TermsDocument = z.output<typeof terms>

export const template = z
  .strictObject({
    $schema,
    format,
    type: z.literal('template'),
    name: name.describe('Grants name their template by it; saved again, it makes the next version'),
    terms,
  })
  .meta({ id: 'template', title: 'Open Compute Grant: template' })
export type TemplateDocument = z.output<typeof template>

const email = z.string('give an email address').regex(/^[^\s@]{1,64}@[^\s@]{1,250}$/, 'give an email address')

export const grant = z
  .strictObject({
    $schema,
    format,
    type: z.literal('grant'),
    id: uuid.optional().describe('Makes the import repeatable, and lets events name the grant'),
    person: email.describe('Who receives it'),
    name: name.optional().describe("What the person sees; the template's name when left out"),
    template: name.optional().describe('A template by its name; its newest version'),
    terms: terms.optional(),
    quantity: quantity
      .optional()
      .describe('As its basis counts it; left out: as the amount of the terms says'),
    start_date: date.describe('The first day of the schedule'),
    grant_date: date.optional().describe('Nothing vests before it; left out: the day of the import'),
  })
  .refine((one) => (one.template === undefined) !== (one.terms === undefined), {
    error: 'give either "template", by its name, or "terms" of its own, and not both',
  })
  .meta({
    id: 'grant',
    title: 'Open Compute Grant: grant',
    oneOf: [{ required: ['template'] }, { required: ['terms'] }],
  })
export type GrantDocument = z.output<typeof grant>

const A_RATE = 'give a decimal text above 0 such as "2.50", or a fraction such as "1/3"'
const money = z.strictObject({
  currency: z
    .string('give a currency of three letters, such as "EUR"')
    .regex(/^(?!USD$)[A-Z]{3}$/, 'give a currency of three letters other than USD, such as "EUR"'),
})
const tradable = z
  .union([counts, money])
  .meta({ id: 'tradable', description: 'What a quantity counts, or money of a currency' })
const source = text(300).describe('Where this comes from')

export const exchangeTable = z
  .strictObject({
    $schema,
    format,
    type: z.literal('exchange_table'),
    rates: z
      .array(
        z.strictObject({
          id: uuid.optional(),
          from: tradable,
          to: tradable,
          rate: z
            .string(A_RATE)
            .regex(/^(?=[^/]*[1-9])\d{1,40}(?:\.\d{1,40})?(?:\/(?=.*[1-9])\d{1,40}(?:\.\d{1,40})?)?$/, A_RATE)
            .nullable()
            .describe('So many whole units of `to` for one whole unit of `from`; null: no longer exchanged'),
          effective_from: instant,
          source,
        }),
      )
      .max(10_000, 'give at most 10000')
      .optional(),
    utilisations: z
      .array(
        z.strictObject({
          id: uuid.optional(),
          accelerator: acceleratorName.nullable().describe('null: all that have none of their own'),
          share: share.describe('Of its dense bf16 peak that real work reaches (MFU)'),
          effective_from: instant,
          source,
        }),
      )
      .max(1_000, 'give at most 1000')
      .optional(),
  })
  .meta({ id: 'exchange_table', title: 'Open Compute Grant: exchange table' })
export type ExchangeDocument = z.output<typeof exchangeTable>

const happened = {
  $schema,
  format,
  type: z.literal('event'),
  id: uuid.optional().describe('Makes the import repeatable'),
}
const reasonText = text(500).describe('Why, for the record')

export const event = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ ...happened, kind: z.literal('fired'), grant: uuid, event_id: text(200), on: date })
      .describe('An event that vesting or acceleration waits for'),
    z
      .strictObject({
        ...happened,
        kind: z.literal('leave'),
        person: email,
        leave: text(200),
        from: date,
        to: date.nullable().describe('The first day back; null: not known yet'),
      })
      .describe('A time away from work'),
    z
      .strictObject({
        ...happened,
        kind: z.literal('amended'),
        grant: uuid,
        on: date.describe('From this day on'),
        quantity: quantity.optional().describe('The whole grant from then on'),
        template: name.optional(),
        reason: reasonText,
      })
      .refine((one) => one.quantity !== undefined || one.template !== undefined, {
        error: 'give it a quantity, a template, or both',
      })
      .meta({ anyOf: [{ required: ['quantity'] }, { required: ['template'] }] })
      .describe('Other terms or another quantity from a day on'),
    z
      .strictObject({
        ...happened,
        kind: z.literal('left'),
        person: email,
        on: date.describe('The first day on which they no longer work here'),
        reason: oneOf(LEAVER_REASONS),
      })
      .describe('A person leaves the company'),
  ])
  .meta({ id: 'event', title: 'Open Compute Grant: event' })
export type EventDocument = z.output<typeof event>

const item = z.union([template, grant, exchangeTable, event])
export type ItemDocument = z.output<typeof item>

export const bundle = z
  .strictObject({
    $schema,
    format,
    type: z.literal('bundle'),
    documents: z
      .array(item, 'give a list of documents')
      .max(100_000, 'give at most 100000 documents')
      .describe('In any order: templates are read first, then exchange tables, grants and events'),
  })
  .meta({ id: 'bundle', title: 'Open Compute Grant: bundle' })

/** By their `type`. */
export const DOCUMENTS = { template, grant, exchange_table: exchangeTable, event, bundle } as const
export type DocumentType = keyof typeof DOCUMENTS
export const DOCUMENT_TYPES = [
  'template',
  'grant',
  'exchange_table',
  'event',
  'bundle',
] as const satisfies readonly DocumentType[]
