import { z } from '@hono/zod-openapi'
import { hash } from './agreement-views.ts'
import { equityAsk } from './offer-ask-views.ts'
import { example, letter, worth } from './offer-views.ts'
import * as s from './schemas.ts'

/** What a candidate reads and answers. Whoever has the link is the candidate: nothing else is asked of them. */

/** `revising`: it is written anew, and this link will show it when it is sent again. */
export const CANDIDATE_STATUSES = [
  'open',
  'accepted',
  'declined',
  'expired',
  'withdrawn',
  'revising',
] as const

const promises = z
  .strictObject({
    n: z.int().openapi({ description: 'The grant.' }),
    name: z.string(),
    promises: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  })
  .openapi('OfferPromises')

const question = z
  .strictObject({
    id: s.id,
    text: z.string(),
    asked_at: s.instant,
    answer: z.string().nullable(),
    answered_at: s.instant.nullable(),
  })
  .openapi('CandidateQuestion')
export const asked = question

export const candidateOffer = z
  .strictObject({
    status: z.enum(CANDIDATE_STATUSES),
    now: s.instant,
    company: z.string(),
    offer: z
      .strictObject({
        version: z.int(),
        content_hash: hash.openapi({ description: 'Give it with the acceptance: it says what was read.' }),
        document_sha256: hash.nullable().openapi({ description: 'Of compute.json; null without a grant.' }),
        candidate: z.strictObject({ name: z.string() }),
        position: z.strictObject({ title: z.string(), level: z.string(), starts_on: s.day }),
        expires_on: s.day,
        message: z.string(),
        currency: z.string(),
        rate: z
          .string()
          .nullable()
          .openapi({ description: 'Dollars for one unit of the currency; null for dollars.' }),
        equity: equityAsk,
        worth,
        letter,
        examples: z.array(example),
        guarantees: z.array(promises),
        questions: z.array(question),
      })
      .nullable()
      .openapi({ description: 'Null when there is nothing to answer and nothing was accepted.' }),
    accepted: z
      .strictObject({
        typed_name: z.string(),
        at: s.instant,
        content_hash: hash,
        signed_in: z.boolean().openapi({ description: 'The way in is open until they have come in once.' }),
      })
      .nullable(),
  })
  .openapi('CandidateOffer')
export type CandidateOffer = z.output<typeof candidateOffer>

export const acceptAsk = z
  .strictObject({
    typed_name: z.string().min(1).max(200),
    content_hash: hash,
  })
  .openapi('OfferAcceptance')
export const declineAsk = z.strictObject({ reason: z.string().max(500).optional() })
export const questionAsk = z.strictObject({ text: z.string().min(1).max(2_000) })
export const signIn = z
  .strictObject({ url: z.string().openapi({ description: 'Signs in once, within 15 minutes.' }) })
  .openapi('OfferSignIn')
