import { invariant } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { eventOf } from '#grants/agreements.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import type { Offer } from '#offers/offer.ts'
import type { OfferApproval } from '#offers/offers.ts'
import type { Person } from '#people/person.ts'
import { contentNow, submit } from '../approve.ts'
import { walletOf } from '../hire.ts'
import { accept, offer as offerGrant } from '../offer.ts'
import type { OfferParts } from './parts.ts'

export type Trail = {
  readonly offer: Offer
  readonly content: OfferContent
  readonly person: Person
  readonly typedName: string
  readonly submittedBy: string
  readonly sentBy: string | null
  readonly approvals: readonly OfferApproval[]
}

/**
 * The grant of one line, on the whole way of a contract: those who wrote, approved and sent the offer are those who wrote,
 * approved and offered the grant, and the candidate's answer is its acceptance. Quantity and tranches are what was read.
 */
export async function grantLine(parts: OfferParts, sql: Sql, line: OfferLine, trail: Trail): Promise<void> {
  const { grants, world } = parts
  const { offer, content, person } = trail
  const now = world.now()
  const { startsOn, entity } = content.position
  const body = { offer: offer.id, version: content.version, line: line.n }
  const grant = await grants.issue(
    sql,
    {
      id: line.grant,
      person: person.id,
      wallet: await walletOf(parts, sql, person.id, line.asset),
      entity,
      template: await grants.template(sql, line.template.id),
      name: line.name,
      quantity: line.quantity,
      reckoning: line.reckoning,
      startDate: startsOn,
      grantDate: startsOn,
      status: 'draft',
      createdBy: offer.createdBy,
      installments: line.tranches,
    },
    now,
  )
  const drafted = { id: world.id(), grant: grant.id, kind: 'drafted', body } as const
  await grants.record(sql, eventOf(drafted, offer.createdBy, now))
  await submit(parts, sql, { grant: grant.id, by: trail.submittedBy })
  await approved(parts, sql, grant.id, trail)
  await offerGrant(parts, sql, { grant: grant.id, by: trail.sentBy })
  const { hash } = await contentNow(parts, sql, grant)
  const answer = { person: person.id, typedName: trail.typedName, contentHash: hash }
  await accept(parts, sql, { grant: grant.id, ...answer })
}

/** Who approved the offer approved its grants, when they did; nobody is asked again. */
async function approved(
  { grants, world }: OfferParts,
  sql: Sql,
  grant: string,
  { approvals, offer }: Trail,
): Promise<void> {
  const submission = await grants.lastEvent(sql, grant, 'submitted')
  const contentHash = submission?.body['content_hash']
  invariant(submission && typeof contentHash === 'string', 'a submitted grant says what was submitted')
  for (const [index, { note, at, by }] of approvals.entries()) {
    await grants.judged(sql, {
      id: world.id(),
      grant,
      submission: submission.id,
      verdict: 'approved',
      contentHash,
      note,
      recordedAt: at,
      recordedBy: by,
    })
    const body = { decides: index === approvals.length - 1, offer: offer.id }
    const event = { id: world.id(), grant, kind: 'approved', on: dayOf(at), body } as const
    await grants.record(sql, eventOf(event, by, world.now()))
  }
  await grants.move(sql, grant, 'approve')
}
