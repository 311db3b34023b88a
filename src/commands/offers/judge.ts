import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkReason } from '#grants/agreements.ts'
import { judge } from '#grants/policy.ts'
import { checkOpen } from '#offers/check.ts'
import type { Offer, OfferEventKind } from '#offers/offer.ts'
import type { OfferVersion } from '#offers/offers.ts'
import { nextStatus } from '#offers/status.ts'
import { can } from '#people/access.ts'
import type { OfferParts, OfferStanding } from './parts.ts'
import { tell } from './tell.ts'

/** One person's approval; the deciding one makes the offer `approved`. */
export async function approve(
  parts: OfferParts,
  sql: Sql,
  ask: { readonly offer: string; readonly by: string; readonly note?: string | undefined },
): Promise<OfferStanding> {
  const { offers, world } = parts
  const said = (ask.note ?? '').trim()
  const note = said === '' ? '' : checkReason(said, 'note')
  const offer = await offers.locked(sql, ask.offer)
  await checkApprover(parts, sql, ask.by)
  const before = await standing(parts, sql, ask.offer, true)
  const given = before.approvals.map(({ by }) => by)
  if (offer.status === 'approved' && given.includes(ask.by)) return before
  if (nextStatus('approve', offer.status) === null)
    throw new Fault('conflict', 'the offer is approved already; nobody else has to', { param: 'status' })
  checkOpen(offer.expiresOn, dayOf(world.now()))
  const author = (await authors(parts, sql, offer)).has(ask.by) ? ask.by : null
  // The candidate is nobody here, so nobody approves their own pay.
  const verdict = judge({ needed: before.needed, by: given }, { approver: ask.by, author, receiver: '' })
  if (verdict.kind === 'replay') return before
  if (verdict.kind === 'refused')
    throw new Fault(
      'forbidden',
      'who wrote an offer cannot be the second to approve it; ask another person',
      {
        param: 'by',
      },
    )
  const { contentHash } = submitted(before.version)
  const at = world.now()
  const of = { offer: offer.id, version: offer.version, contentHash }
  await offers.judge(sql, { id: world.id(), ...of, verdict: 'approved', note, at, by: ask.by })
  if (verdict.decides) await offers.move(sql, offer, 'approve', at)
  const body = { decides: String(verdict.decides), ...(note !== '' && { note }) }
  await tell(parts, sql, offer, { kind: 'approved', by: ask.by, body })
  return standing(parts, sql, offer.id, false)
}

/** pending → draft of the next version, with the reason. */
export async function reject(
  parts: OfferParts,
  sql: Sql,
  ask: { readonly offer: string; readonly by: string; readonly reason: string },
): Promise<OfferStanding> {
  const { offers, world } = parts
  const reason = checkReason(ask.reason)
  const offer = await offers.locked(sql, ask.offer)
  await checkApprover(parts, sql, ask.by)
  if (nextStatus('reject', offer.status) === null) {
    // A draft that was never sent back is no answer to a repetition.
    if (await offers.lastEvent(sql, offer.id, 'rejected')) return standing(parts, sql, offer.id, true)
    throw new Fault('conflict', 'the offer is a draft; nobody has submitted it', { param: 'status' })
  }
  const { contentHash } = submitted(await offers.version(sql, offer.id, offer.version))
  const at = world.now()
  const of = { offer: offer.id, version: offer.version, contentHash }
  await offers.judge(sql, { id: world.id(), ...of, verdict: 'rejected', note: reason, at, by: ask.by })
  await offers.move(sql, offer, 'reject', at)
  await tell(parts, sql, offer, { kind: 'rejected', by: ask.by, body: { reason } })
  return standing(parts, sql, offer.id, false)
}

export async function standing(
  { offers }: Pick<OfferParts, 'offers'>,
  sql: Sql,
  id: string,
  replayed: boolean,
): Promise<OfferStanding> {
  const offer = await offers.offer(sql, id)
  const version = await offers.version(sql, id, offer.version)
  const approvals = (await offers.approvals(sql, id)).filter(
    (one) => one.version === offer.version && one.verdict === 'approved',
  )
  return { offer, version, needed: version?.needed ?? 1, approvals, replayed }
}

const WROTE: readonly OfferEventKind[] = ['drafted', 'changed', 'submitted']

/** Whoever had a hand in it: somebody else has to be the second. */
async function authors({ offers }: OfferParts, sql: Sql, offer: Offer): Promise<ReadonlySet<string>> {
  const wrote = (await offers.events(sql, offer.id)).filter(({ kind }) => WROTE.includes(kind))
  return new Set([offer.createdBy, ...wrote.flatMap(({ by }) => (by === null ? [] : [by]))])
}

function submitted(version: OfferVersion | null): OfferVersion {
  invariant(version, 'what is judged was submitted')
  return version
}

async function checkApprover({ people }: OfferParts, sql: Sql, id: string): Promise<void> {
  const person = await people.find(id, sql)
  if (!person) throw new Fault('not_found', `there is no person ${id}`, { param: 'by' })
  if (can(person.role, 'offer:approve')) return
  throw new Fault('forbidden', `the role ${person.role} does not approve offers`, { param: 'by' })
}
