import { z } from 'zod'
import type { OfferAsk } from './offer.ts'
import { OFFER_BASES } from './offer.ts'

/** Offers as JSON: the same fields, amounts as decimal text. What was written here is read back the same. */

export const amount = z
  .string()
  .regex(/^-?\d{1,40}$/)
  .transform((text) => BigInt(text))

const shares = {
  units: amount,
  price: amount,
  source: z.string(),
  asOf: z.string(),
  years: z.array(z.string()),
}
const equity = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rsu'), ...shares }),
  z.strictObject({
    kind: z.literal('option'),
    ...shares,
    strike: amount,
    volatility: z.string(),
    termYears: z.string(),
  }),
])

const pay = z.strictObject({
  currency: z.string(),
  rate: z.strictObject({ usd: z.string(), source: z.string(), on: z.string() }).nullable(),
  salary: amount,
  bonus: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('share'), share: z.string() }),
      z.strictObject({ kind: z.literal('amount'), amount }),
    ])
    .nullable(),
  signing: amount,
  equity: equity.nullable(),
  compute: z.array(
    z.strictObject({ template: z.string(), quantity: amount.nullable(), name: z.string().nullable() }),
  ),
  benefits: z.array(
    z.strictObject({
      kind: z.enum(['seat', 'subscription', 'fine_tuning']),
      name: z.string(),
      monthlyUsd: amount,
      months: z.int(),
    }),
  ),
})

export const askFields = {
  candidate: z.strictObject({ name: z.string(), email: z.string(), country: z.string() }),
  position: z.strictObject({
    title: z.string(),
    level: z.string(),
    family: z.string(),
    entity: z.string(),
    managerId: z.string().nullable(),
    startsOn: z.string(),
  }),
  pay,
  basis: z.enum(OFFER_BASES),
  expiresOn: z.string(),
  message: z.string(),
}

const ask = z.strictObject(askFields)

export const askFromJson = (value: unknown): OfferAsk => ask.parse(value)

/** The ask alone of whatever has it. */
export const askOf = (of: OfferAsk): OfferAsk => ({
  candidate: of.candidate,
  position: of.position,
  pay: of.pay,
  basis: of.basis,
  expiresOn: of.expiresOn,
  message: of.message,
})
