import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { contentOf } from '#offers/content-json.ts'
import type { OfferContent } from '#offers/content.ts'
import type { Offer, OfferAcceptance } from '#offers/offer.ts'
import { checkAnswerable } from '#offers/over.ts'
import type { Person } from '#people/person.ts'
import { hire } from '../hire.ts'
import { checkTyped } from '../offer.ts'
import { grantLine } from './grant-line.ts'
import { linked } from './links.ts'
import type { OfferAccepted, OfferParts } from './parts.ts'
import { tell } from './tell.ts'

type AcceptAsk = { readonly link: string; readonly typedName: string; readonly contentHash: string }

/**
 * sent → accepted: the candidate becomes a person who starts on the offer's day, with the salary and the grants that they
 * read, in one transaction. Accepted already, that acceptance is the answer to the same hash.
 */
export async function accept(parts: OfferParts, sql: Sql, ask: AcceptAsk): Promise<OfferAccepted> {
  const { offers, world } = parts
  const now = world.now()
  const { offer } = await linked(parts, sql, ask.link, true)
  const standing = await offers.acceptance(sql, offer.id)
  if (standing) return replay(offer, standing, ask)
  checkAnswerable(offer, dayOf(now))
  const moved = await offers.move(sql, offer, 'accept', now)
  invariant(moved, 'an offer that is accepted has its acceptance')
  const version = await offers.version(sql, offer.id, offer.version)
  invariant(version, 'what was sent was submitted')
  if (version.contentHash !== ask.contentHash) throw otherContent()
  const content = contentOf(version)
  const typedName = checkTyped(ask.typedName, content.candidate.name)
  const person = await become(parts, sql, content, offer.createdBy)
  const acceptance: OfferAcceptance = {
    offer: offer.id,
    version: version.n,
    content: version.content,
    contentHash: version.contentHash,
    typedName,
    acceptedAt: now,
  }
  const accepted = await offers.accepted(sql, moved, acceptance, person.id)
  invariant(accepted, 'an offer is accepted once')
  const trail = {
    offer: accepted,
    content,
    person,
    typedName,
    submittedBy: version.submittedBy,
    sentBy: (await offers.lastEvent(sql, offer.id, 'sent'))?.by ?? null,
    approvals: (await offers.approvals(sql, offer.id)).filter(
      (one) => one.version === version.n && one.verdict === 'approved',
    ),
  }
  for (const line of content.lines) await grantLine(parts, sql, line, trail)
  await tell(parts, sql, accepted, {
    kind: 'accepted',
    by: null,
    body: { content_hash: version.contentHash, person: person.id },
  })
  return { ...told(accepted, acceptance), replayed: false }
}

function replay(offer: Offer, acceptance: OfferAcceptance, ask: AcceptAsk): OfferAccepted {
  if (acceptance.contentHash !== ask.contentHash) throw otherContent()
  return { ...told(offer, acceptance), replayed: true }
}

function told(offer: Offer, acceptance: OfferAcceptance): Omit<OfferAccepted, 'replayed'> {
  invariant(offer.person, 'whoever accepted an offer is a person')
  const { lines } = contentOf(acceptance)
  return { offer, acceptance, person: offer.person, grants: lines.map(({ grant }) => grant) }
}

/** A person with their salary from the first day on. */
async function become(
  parts: OfferParts,
  sql: Sql,
  { candidate, position, pay }: OfferContent,
  by: string,
): Promise<Person> {
  try {
    const { person } = await hire(parts, sql, {
      id: parts.world.id(),
      email: candidate.email,
      name: candidate.name,
      country: candidate.country,
      role: 'employee',
      level: position.level,
      title: position.title,
      entity: position.entity,
      hiredOn: position.startsOn,
      managerId: position.managerId,
    })
    const salary = { amount: pay.salary, currency: pay.currency, effectiveOn: position.startsOn }
    await parts.people.setSalary({ person: person.id, ...salary, by }, sql)
    return person
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'conflict' || error.param !== 'email') throw error
    const message =
      'somebody with your email address is registered here already; ask whoever sent you the offer'
    throw new Fault('conflict', message, { param: 'candidate.email', cause: error })
  }
}

const otherContent = (): Fault =>
  new Fault('conflict', 'the offer reads otherwise than what you give the hash of; read it again', {
    param: 'content_hash',
  })
