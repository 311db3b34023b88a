import { invariant } from '#base/invariant.ts'
import { dayOf, iso } from '#base/time.ts'
import { contentOf } from '#offers/content-json.ts'
import type { OfferContent } from '#offers/content.ts'
import type { Offer, OfferAcceptance, Question } from '#offers/offer.ts'
import { statusOn } from '#offers/over.ts'
import { promisesOf } from '#reports/offers/letter-promises.ts'
import { letterOf } from '#reports/offers/letter.ts'
import type { CandidateOffer } from './offer-link-views.ts'
import { letter } from './offer-views.ts'
import { equityView, worthView } from './offer-wire.ts'
import type { Parts } from './parts.ts'
import { wire } from './wire.ts'

/** An offer as its candidate sees it: made from what was sealed, and nothing of it once there is nothing to answer. */

export type Terms = {
  readonly content: OfferContent
  readonly contentHash: string
  readonly acceptance: OfferAcceptance | null
}

type Rooms = Pick<Parts, 'db' | 'world' | 'offers' | 'offerReports' | 'sessions' | 'config'>

function shownStatus(offer: Offer, day: string): CandidateOffer['status'] {
  const status = statusOn(offer, day)
  if (status === 'sent') return 'open'
  return status === 'draft' || status === 'pending' || status === 'approved' ? 'revising' : status
}

/** What can be read: an offer to be answered, or one that was accepted. Null of any other. */
export async function termsOf({ db, offers, world }: Rooms, offer: Offer): Promise<Terms | null> {
  const status = shownStatus(offer, dayOf(world.now()))
  if (status !== 'open' && status !== 'accepted') return null
  const version = await offers.version(db, offer.id, offer.version)
  invariant(version, 'what was sent was submitted')
  const acceptance = status === 'accepted' ? await offers.acceptance(db, offer.id) : null
  return { content: contentOf(version), contentHash: version.contentHash, acceptance }
}

export async function candidateView(parts: Rooms, offer: Offer): Promise<CandidateOffer> {
  const { world, sessions, config } = parts
  const now = world.now()
  const terms = await termsOf(parts, offer)
  const { acceptance = null } = terms ?? {}
  return {
    status: shownStatus(offer, dayOf(now)),
    now: iso(now),
    company: terms?.content.company ?? config.company,
    offer: terms && (await offerTold(parts, offer.id, terms)),
    accepted: acceptance && {
      typed_name: acceptance.typedName,
      at: iso(acceptance.acceptedAt),
      content_hash: acceptance.contentHash,
      signed_in: offer.person !== null && (await sessions.hasSignedIn(offer.person)),
    },
  }
}

async function offerTold(
  { db, offers, offerReports, world }: Rooms,
  id: string,
  { content, contentHash }: Terms,
): Promise<NonNullable<CandidateOffer['offer']>> {
  const { candidate, position, pay, worth, version, expiresOn, message, lines, document } = content
  const ask = { lines: worth.lines, level: position.level, now: world.now() }
  const examples = lines.length === 0 ? [] : await offerReports.examples(ask)
  const questions = await offers.questions(db, id)
  const told = wire({
    version,
    content_hash: contentHash,
    document_sha256: lines.length === 0 ? null : document.sha256,
    candidate: { name: candidate.name },
    position: { title: position.title, level: position.level, starts_on: position.startsOn },
    expires_on: expiresOn,
    message,
    currency: pay.currency,
    rate: pay.rate?.usd ?? null,
    equity: pay.equity && equityView(pay.equity),
    worth: worthView(worth),
    examples,
    guarantees: promisesOf(content),
    questions: questions.map(questionTold),
  })
  return { ...told, letter: letter.parse(letterOf(content)) }
}

/** Who answered is the company's to know. */
export const questionTold = ({ id, text, askedAt, answer, answeredAt }: Question) => ({
  id,
  text,
  asked_at: iso(askedAt),
  answer,
  answered_at: answeredAt === null ? null : iso(answeredAt),
})
