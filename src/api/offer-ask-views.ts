import { z } from '@hono/zod-openapi'
import { OFFER_BASES } from '#offers/offer.ts'
import * as s from './schemas.ts'

/** What somebody decides of an offer, as it is typed. The rules of it are the offers room's own. */

const natural = z
  .string()
  .regex(/^\d{1,19}$/, 'Give the smallest unit as a decimal string without a sign')
  .openapi('Natural', { description: 'The smallest unit, as a decimal string.', example: '250000000000000' })
const money = natural.openapi({ description: 'Billionths of the offer’s currency, as a decimal string.' })
const decimal = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,12})?$/, 'Give a decimal number, such as 0.15')
  .openapi({ example: '0.15' })
export const currency = z.string().regex(/^[A-Z]{3}$/, 'Give a code of three letters, such as EUR')
const line = z.string().max(200)

const rate = z
  .strictObject({
    usd: decimal.openapi({ description: 'Dollars for one unit of the currency.', example: '1.08' }),
    source: line,
    on: s.day,
  })
  .nullable()
  .openapi('OfferRate', { description: 'Null for dollars; anything else says its rate and who said so.' })

const bonus = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('share'), share: decimal.openapi({ description: 'Of the salary.' }) }),
    z.strictObject({ kind: z.literal('amount'), amount: money }),
  ])
  .nullable()
  .openapi('OfferBonus', { description: 'Of a year, at target.' })

const shares = {
  units: natural.openapi({ description: 'Whole shares or options.', example: '1200' }),
  price: money.openapi({ description: 'Of one share, today, in billionths of the offer’s currency.' }),
  source: line.openapi({ description: 'Who says the price, such as “409A of March”.' }),
  as_of: s.day,
  years: z
    .array(decimal)
    .max(10)
    .openapi({
      description: 'What vests in each year, as shares of the whole that sum to 1.',
      example: ['0.25', '0.25', '0.25', '0.25'],
    }),
}
export const equityAsk = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rsu'), ...shares }),
    z.strictObject({
      kind: z.literal('option'),
      ...shares,
      strike: money,
      volatility: decimal.openapi({ description: 'How much the share moves in a year.', example: '0.5' }),
      term_years: decimal.openapi({
        description: 'Years that an option is expected to be held.',
        example: '6',
      }),
    }),
  ])
  .nullable()
  .openapi('OfferEquity')

const pay = z
  .strictObject({
    currency,
    rate: rate.default(null),
    salary: money.openapi({ description: 'Of a year, in billionths of the currency.' }),
    bonus: bonus.default(null),
    signing: money.default('0').openapi({ description: 'Paid once, with the first salary.' }),
    equity: equityAsk.default(null),
    compute: z
      .array(
        z.strictObject({
          template_id: s.id,
          quantity: natural.nullable().default(null).openapi({
            description:
              "In the smallest unit, as the template's basis counts it; null: as its formula says.",
          }),
          name: line.nullable().default(null).openapi({ description: "Null: the template's." }),
        }),
      )
      .max(20)
      .default([]),
    benefits: z
      .array(
        z.strictObject({
          kind: z.enum(['seat', 'subscription', 'fine_tuning']),
          name: line,
          monthly_usd: natural.openapi({ description: 'Nano-dollars a month.' }),
          months: z.int().min(1).max(120),
        }),
      )
      .max(20)
      .default([])
      .openapi({ description: 'What the company pays beside grants.' }),
  })
  .openapi('OfferPay')

const fields = {
  candidate: z.strictObject({
    name: line,
    email: line,
    country: z.string().openapi({ description: 'Where they will work, ISO 3166.', example: 'DE' }),
  }),
  position: z.strictObject({
    title: line,
    level: z.string().max(40).openapi({ example: 'IC5' }),
    family: z.string().max(80).default('').openapi({ description: 'Of jobs; bands may differ by it.' }),
    entity_id: s.id.openapi({ description: 'The legal entity that will employ the person.' }),
    manager_id: s.id.nullable().default(null),
    starts_on: s.day.openapi({ description: 'The first day of work: vesting starts, keys work.' }),
  }),
  pay,
  basis: z.enum(OFFER_BASES).default('replacement').openapi({ description: 'On which compute is valued.' }),
  expires_on: s.day.openapi({ description: 'The last day on which it can be accepted.' }),
  message: z.string().max(4_000).default('').openapi({ description: 'Words of one’s own to the candidate.' }),
}

export const offerAsk = z.strictObject(fields).openapi('OfferAsk')
export const offerPreviewAsk = z
  .strictObject({
    ...fields,
    offer_id: s.id.optional().openapi({ description: 'The offer that this would change.' }),
  })
  .openapi('OfferPreviewAsk')

const bound = s.amount.regex(/^\d{1,19}$/)
export const bandsAsk = z
  .strictObject({
    bands: z
      .array(
        z.strictObject({
          level: z.string().min(1).max(40),
          family: z.string().max(80).default('').openapi({ description: 'Empty: any.' }),
          salary: z
            .strictObject({ min: bound, max: bound, currency })
            .nullable()
            .default(null)
            .openapi({ description: 'Of a year, in billionths of the currency.' }),
          compute: z
            .strictObject({ min: bound, max: bound })
            .nullable()
            .default(null)
            .openapi({ description: 'The cap of all compute over four years, in nano-dollars.' }),
        }),
      )
      .max(500),
    budget: z
      .array(z.strictObject({ year: z.int().min(2000).max(9_999), compute: bound }))
      .max(50)
      .openapi({ description: 'Nano-dollars of compute that offers of a year may promise, at its cap.' }),
  })
  .openapi('OfferBandsAsk')
