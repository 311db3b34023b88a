import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import type { Sql } from '#db/sql.ts'
import { checkReason, eventOf } from '#grants/agreements.ts'
import type { Grant } from '#grants/grant.ts'
import { approvalsNeeded, judge } from '#grants/policy.ts'
import { moves } from '#grants/status.ts'
import type { Approval } from '#grants/version.ts'
import { can } from '#people/access.ts'
import type { Parts } from './parts.ts'

/** Where a grant stands with those who have to agree to it. */
export type Approved = {
  readonly grant: Grant
  readonly needed: 1 | 2
  /** Of the current submission. */
  readonly approvals: readonly Approval[]
  readonly replayed: boolean
}

export type Judged = { readonly grant: string; readonly by: string; readonly note?: string | undefined }

/** draft → pending: from here on it is frozen, and what is approved is what was submitted. */
export async function submit(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly by: string | null },
): Promise<Approved> {
  const { grants, world } = parts
  const grant = await grants.locked(sql, ask.grant)
  const changed = await grants.move(sql, ask.grant, 'submit')
  if (changed) {
    const { hash } = await contentNow(parts, sql, grant)
    const event = {
      id: world.id(),
      grant: grant.id,
      kind: 'submitted',
      body: { content_hash: hash },
    } as const
    await grants.record(sql, eventOf(event, ask.by, world.now()))
  }
  return standing(parts, sql, ask.grant, !changed)
}

/** One person's approval; the deciding one makes the grant `approved`. Nobody approves their own pay. */
export async function approve(parts: Parts, sql: Sql, ask: Judged): Promise<Approved> {
  const { grants, world } = parts
  const said = (ask.note ?? '').trim()
  const note = said === '' ? '' : checkReason(said, 'note')
  const grant = await grants.locked(sql, ask.grant)
  await checkApprover(parts, sql, ask.by)
  const { needed, approvals } = await standing(parts, sql, ask.grant, false)
  const given = approvals.map(({ recordedBy }) => recordedBy)
  if (grant.status === 'approved' && given.includes(ask.by)) return standing(parts, sql, ask.grant, true)
  if (!moves('approve', grant.status)) {
    throw new Fault('conflict', 'the grant is approved already; nobody else has to', { param: 'status' })
  }
  const verdict = judge(
    { needed, by: given },
    { approver: ask.by, author: grant.createdBy, receiver: grant.person },
  )
  if (verdict.kind === 'refused') throw refusal(verdict.reason)
  if (verdict.kind === 'counts') {
    const submission = await submissionOf(parts, sql, grant)
    await grants.judged(sql, {
      id: world.id(),
      grant: grant.id,
      submission: submission.id,
      verdict: 'approved',
      contentHash: submission.hash,
      note,
      recordedAt: world.now(),
      recordedBy: ask.by,
    })
    if (verdict.decides) await grants.move(sql, grant.id, 'approve')
    const body = { decides: verdict.decides }
    const event = { id: world.id(), grant: grant.id, kind: 'approved', body } as const
    await grants.record(sql, eventOf(event, ask.by, world.now()))
  }
  return standing(parts, sql, ask.grant, verdict.kind === 'replay')
}

/** pending → draft, with the reason: it can be changed and submitted again, and starts without approvals. */
export async function reject(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly by: string; readonly reason: string },
): Promise<Approved> {
  const { grants, world } = parts
  const reason = checkReason(ask.reason)
  const grant = await grants.locked(sql, ask.grant)
  await checkApprover(parts, sql, ask.by)
  if (ask.by === grant.person) throw refusal('own_pay')
  // A draft that was never sent back is no answer to a repetition.
  const back = grant.status === 'draft' && (await grants.lastEvent(sql, grant.id, 'rejected')) === null
  const changed = await grants.move(sql, grant.id, 'reject')
  if (back) throw new Fault('conflict', 'the grant is a draft; nobody has submitted it', { param: 'status' })
  if (changed) {
    const submission = await submissionOf(parts, sql, grant)
    await grants.judged(sql, {
      id: world.id(),
      grant: grant.id,
      submission: submission.id,
      verdict: 'rejected',
      contentHash: submission.hash,
      note: reason,
      recordedAt: world.now(),
      recordedBy: ask.by,
    })
    const event = { id: world.id(), grant: grant.id, kind: 'rejected', body: { reason } } as const
    await grants.record(sql, eventOf(event, ask.by, world.now()))
  }
  return standing(parts, sql, ask.grant, !changed)
}

export async function standing(
  { grants }: Parts,
  sql: Sql,
  id: string,
  replayed: boolean,
): Promise<Approved> {
  const grant = await grants.grant(sql, id)
  const { policy } = await grants.policy(sql)
  const submission = grant.status === 'draft' ? null : await grants.lastEvent(sql, id, 'submitted')
  const approvals = (await grants.approvals(sql, id)).filter(
    (one) => one.submission === submission?.id && one.verdict === 'approved',
  )
  return { grant, needed: approvalsNeeded(policy, grant), approvals, replayed }
}

/** What was submitted; it must be what stands, because nothing of it may change in between. */
async function submissionOf(
  parts: Parts,
  sql: Sql,
  grant: Grant,
): Promise<{ readonly id: string; readonly hash: string }> {
  const event = await parts.grants.lastEvent(sql, grant.id, 'submitted')
  invariant(event, 'a pending grant was submitted')
  const { hash } = await contentNow(parts, sql, grant)
  if (event.body['content_hash'] === hash) return { id: event.id, hash }
  const message =
    'the contract reads otherwise than when it was submitted (a name may have changed); send it back'
  throw new Fault('conflict', message, { param: 'content_hash' })
}

/** The contract as it reads now. */
export async function contentNow({ people, grants }: Parts, sql: Sql, grant: Grant) {
  const person = await people.find(grant.person, sql)
  invariant(person, 'a grant is of a person')
  return grants.contentOf(sql, grant, person.name)
}

async function checkApprover({ people }: Parts, sql: Sql, id: string): Promise<void> {
  const person = await people.find(id, sql)
  if (!person) throw new Fault('not_found', `there is no person ${id}`, { param: 'by' })
  if (can(person.role, 'grant:approve')) return
  throw new Fault('forbidden', `the role ${person.role} does not approve grants`, { param: 'by' })
}

function refusal(reason: 'own_pay' | 'author_decides'): Fault {
  const message =
    reason === 'own_pay'
      ? 'nobody approves or sends back their own pay'
      : 'the author of a grant cannot be the second to approve it; ask another person'
  return new Fault('forbidden', message, { param: 'by' })
}
