import { z } from 'zod'

/** What becomes of offers, for the company's endpoints alone: who the candidate is and what they are paid stays inside. */

const KINDS = ['sent', 'viewed', 'accepted', 'declined'] as const
export const OFFER_TYPES: readonly string[] = KINDS.map((kind) => `offer.${kind}`)

/** As the trigger queues it. */
const schema = z.object({
  offer: z.string(),
  version: z.int(),
  status: z.enum(['sent', 'accepted', 'declined']),
  title: z.string(),
  level: z.string(),
})

const WORDS: Readonly<Record<string, readonly [title: string, what: string]>> = {
  'offer.sent': ['An offer was sent', 'was sent to its candidate'],
  'offer.viewed': ['An offer was opened', 'was opened by its candidate'],
  'offer.accepted': ['An offer was accepted', 'was accepted'],
  'offer.declined': ['An offer was declined', 'was declined'],
}

/** Null for an event that is none of an offer. Throws for a body that this version does not know. */
export function offerData(type: string, body: unknown) {
  const words = WORDS[type]
  if (!words) return null
  const facts = schema.parse(body)
  const { title, level, version, offer } = facts
  const position = [title, level].filter((one) => one !== '').join(', ')
  return {
    title: words[0],
    message: `Version ${version} of the offer for ${position} ${words[1]}.`,
    link: `/offers/${offer}`,
    facts,
  }
}
