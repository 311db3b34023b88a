import { z } from '@hono/zod-openapi'
import { OFFER_BASES } from '#offers/offer.ts'
import { OFFER_STATUSES } from '#offers/status.ts'
import { hash } from './agreement-views.ts'
import { bandsAsk, offerAsk } from './offer-ask-views.ts'
import * as s from './schemas.ts'

/**
 * The answers about offers. Money is in billionths of the offer's currency unless a name says USD. What was submitted is
 * told from its frozen content, a draft from what it would be now; the shape is the same.
 */

const asset = z.string().openapi({ example: 'GPU_SECOND/H100-SXM/guaranteed' })
const status = z.enum(OFFER_STATUSES)
const share = z
  .strictObject({ share: z.string(), why: z.string() })
  .openapi('OfferShare', { description: 'A share with its reason.' })

/** What the grants of an offer are worth, and everything else. */
const lineYear = z
  .strictObject({
    quantity: s.amount.openapi({ description: 'In the asset’s smallest unit.' }),
    cap: s.amount.openapi({ description: 'What it can cost at most.' }),
    expected: s.amount.openapi({ description: 'What is expected to be used of it.' }),
  })
  .openapi('OfferLineYear')
const tranche = z.strictObject({ date: s.day, quantity: s.amount })
const planned = {
  n: z.int(),
  name: z.string(),
  asset,
  quantity: s.amount.openapi({ description: 'Of the whole grant, in the smallest unit.' }),
  tranches: z.array(tranche).openapi({ description: 'What has a day; the rest waits for an event.' }),
}
const price = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('priced'),
      nano_usd: z
        .strictObject({ n: s.amount, d: s.amount })
        .openapi({ description: 'Nano-dollars for one smallest unit, exact: n / d.' }),
      how: z.string(),
      mark: z
        .strictObject({ hash: z.string(), day: s.day, source: z.string(), stale: z.boolean() })
        .nullable(),
    }),
    z.strictObject({ kind: z.literal('unpriced'), reason: z.string() }),
  ])
  .openapi('OfferLinePrice')
const year = z
  .strictObject({
    year: z.int().openapi({ description: '1 to 4; 0 is all of them.' }),
    salary: s.amount,
    bonus: s.amount,
    signing: s.amount,
    equity: s.amount,
    compute_cap: s.amount,
    compute_expected: s.amount,
    benefits: s.amount,
    total_cap: s.amount.openapi({ description: 'Everything, with compute at its cap.' }),
    total_expected: s.amount.openapi({
      description: 'Everything, with compute as it is expected to be used.',
    }),
  })
  .openapi('OfferYear')
export const worth = z
  .strictObject({
    day: s.day,
    basis: z.enum(OFFER_BASES),
    lines: z.array(
      z.strictObject({
        ...planned,
        price,
        delivered: share.openapi({ description: 'Of the hours that are promised, those that become work.' }),
        used: share.openapi({ description: 'Of what is delivered, what is expected to be used.' }),
        years: z.array(lineYear),
        total: lineYear,
        beyond: lineYear.openapi({ description: 'Has no day yet, or one after the four years.' }),
      }),
    ),
    equity: z
      .strictObject({
        each: s.amount,
        intrinsic: s.amount.nullable(),
        how: z.string(),
        years: z.array(s.amount),
        beyond: s.amount,
      })
      .nullable(),
    years: z.array(year),
    total: year,
  })
  .openapi('OfferWorth')

export const line = z
  .strictObject({
    ...planned,
    grant_id: s.id.openapi({ description: 'The id that the grant will have.' }),
    template: z.strictObject({ id: s.id, name: z.string(), version: z.int() }),
    reckoning: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'How the quantity came about; null: it was given.' }),
    terms: z.json().openapi({ type: 'object', description: 'As the grant will be written.' }),
  })
  .openapi('OfferLine')

export const check = z
  .strictObject({
    kind: z.enum(['plan', 'candidate', 'value', 'bands', 'budget', 'coverage', 'transparency']),
    severity: z.enum(['refuse', 'warn', 'ok']),
    message: z.string(),
    param: z.string().nullable().openapi({ description: 'The field of the offer that it is about.' }),
    facts: z.record(z.string(), z.string()).openapi({ description: 'The figures of the message, exact.' }),
  })
  .openapi('OfferCheck')

export const example = z
  .strictObject({
    kind: z.enum(['months', 'agent_days', 'tokens', 'gpu_hours', 'training']),
    line: z.int().nullable().openapi({ description: 'The grant it is about; null: all of the compute.' }),
    says: z.string().openapi({ example: 'This covers 31 months of what nine of ten here use.' }),
    value: z.string().openapi({ description: 'The figure of the sentence as a fraction or integer, exact.' }),
    unit: z.string(),
    basis: z.string().openapi({ description: 'Where the other side of the comparison comes from.' }),
  })
  .openapi('OfferExample')

/** One source for the page, the HTML and the PDF. */
export const letter = z
  .strictObject({
    company: z.string(),
    title: z.string(),
    facts: z.array(z.tuple([z.string(), z.string()])),
    sections: z.array(z.strictObject({ id: z.string(), title: z.string(), lines: z.array(z.string()) })),
    tables: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        head: z.array(z.string()),
        rows: z.array(z.array(z.string())),
        note: z.string().nullable(),
      }),
    ),
    marks: z.array(z.string()),
    foot: z.string(),
  })
  .openapi('OfferLetter')

const needed = z.union([z.literal(1), z.literal(2)]).openapi({ description: 'How many must approve it.' })

/** What the candidate would see, and what stands against it. */
const shown = {
  worth: worth.nullable().openapi({ description: 'Null while the draft cannot be planned; checks say why.' }),
  lines: z.array(line),
  checks: z.array(check),
  letter: letter.nullable(),
  examples: z.array(example),
  needed,
}
export const offerPreview = z.strictObject(shown).openapi('OfferPreview')

const standing = {
  id: s.id,
  status,
  version: z.int(),
  person_id: s.id.nullable().openapi({ description: 'Who became of the candidate.' }),
  created_by: s.id,
  created_at: s.instant,
  changed_at: s.instant,
}

export const offerRow = z
  .strictObject({
    ...standing,
    candidate: z.strictObject({ name: z.string(), email: z.string(), country: z.string() }),
    title: z.string(),
    level: z.string(),
    family: z.string(),
    starts_on: s.day,
    expires_on: s.day,
    currency: z.string(),
    total: year
      .nullable()
      .openapi({ description: 'Of the version that was submitted; null for a first draft.' }),
    viewed_at: s.instant.nullable(),
    open_questions: z.int(),
  })
  .openapi('OfferRow')
export const offers = z.strictObject({ offers: z.array(offerRow), next: s.next }).openapi('Offers')

export const question = z
  .strictObject({
    id: s.id,
    offer_id: s.id,
    text: z.string(),
    asked_at: s.instant,
    answer: z.string().nullable(),
    answered_at: s.instant.nullable(),
    answered_by: s.id.nullable(),
  })
  .openapi('OfferQuestion')

export const OFFER_STEPS = [
  'change',
  'submit',
  'approve',
  'reject',
  'send',
  'link',
  'withdraw',
  'revise',
  'answer',
] as const

export const offer = z
  .strictObject({
    ...standing,
    ...offerAsk.shape,
    company: z.string(),
    entity_name: z.string(),
    manager_name: z.string().nullable(),
    created_by_name: z.string(),
    content: z
      .string()
      .nullable()
      .openapi({ description: 'Canonical JSON of the version, to the byte; null while it is a draft.' }),
    content_hash: hash.nullable(),
    document_sha256: hash.nullable().openapi({ description: 'Of compute.json.' }),
    ...shown,
    approvals: z.array(
      z.strictObject({
        person_id: s.id,
        name: z.string(),
        at: s.instant,
        note: z.string(),
        content_hash: hash,
      }),
    ),
    events: z.array(
      z.strictObject({
        id: s.id,
        version: z.int(),
        kind: z.string(),
        at: s.instant,
        by: s.id.nullable().openapi({ description: 'Null: the candidate, or the clock.' }),
        by_name: z.string().nullable(),
        body: z.record(z.string(), z.string()),
      }),
    ),
    questions: z.array(question),
    link: z
      .strictObject({ expires_at: s.instant, created_at: s.instant, revoked_at: s.instant.nullable() })
      .nullable()
      .openapi({ description: 'The newest; its address is told once, when it is made.' }),
    acceptance: z
      .strictObject({ version: z.int(), typed_name: z.string(), at: s.instant, content_hash: hash })
      .nullable(),
    steps: z.array(z.enum(OFFER_STEPS)).openapi({ description: 'What whoever asks may do with it now.' }),
  })
  .openapi('Offer')

export const sentOffer = z
  .strictObject({
    offer,
    url: z
      .string()
      .nullable()
      .openapi({ description: 'The candidate’s link, told once; null when the answer is repeated.' }),
  })
  .openapi('SentOffer')

export const bands = bandsAsk.extend({ version: z.int() }).openapi('OfferBands')

const count = z.int().nullable().openapi({ description: 'Null: a group that is too small to be told.' })
export const statistics = z
  .strictObject({
    least: z.int().openapi({ description: 'The smallest group that is told.' }),
    total: z.strictObject({
      sent: count,
      viewed: count,
      accepted: count,
      declined: count,
      expired: count,
      withdrawn: count,
      open: count,
      acceptance: z.string().nullable(),
    }),
    bands: z.array(
      z.strictObject({
        band: z.string(),
        from_usd: s.amount.openapi({ description: 'Four-year cap of compute in nano-dollars, at least.' }),
        below_usd: s.amount.nullable(),
        sent: count,
        viewed: count,
        accepted: count,
        declined: count,
        expired: count,
        withdrawn: count,
        open: count,
        acceptance: z
          .string()
          .nullable()
          .openapi({ description: 'Accepted of those that were answered or ran out; a decimal.' }),
        why: z.string().nullable().openapi({ description: 'Why it is not told.' }),
      }),
    ),
  })
  .openapi('OfferStatistics')

export type OfferView = z.output<typeof offer>
