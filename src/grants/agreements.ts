import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import * as store from './agreement-store.ts'
import type { GrantEvent } from './event.ts'
import { checkSpendable } from './expiry.ts'
import type { Grant, Reckoning, Tranche } from './grant.ts'
import { DEFAULT_GRANT_POLICY, parseGrantPolicy, type GrantPolicy } from './policy.ts'
import { checkChangeable } from './status.ts'
import * as grantStore from './store.ts'
import { checkName, checkTerms, MAX_TRANCHES, termsOf, type Terms } from './terms.ts'
import { contentOf, type Acceptance, type Approval, type Content, type GrantVersion } from './version.ts'

type Planned = readonly { readonly date: DateText; readonly quantity: bigint }[]

/** What can be changed of a grant. What is absent stays. */
export type Change = {
  readonly terms?: Terms | undefined
  /** The template that the terms are from; kept as it was when absent. */
  readonly template?: { readonly id: string; readonly name: string; readonly version: number } | undefined
  readonly name?: string | undefined
  readonly entity?: string | undefined
  /** Of the asset that the terms count. */
  readonly wallet?: string | undefined
  readonly quantity: bigint
  readonly reckoning?: Reckoning | null | undefined
  readonly startDate?: DateText | undefined
  readonly grantDate?: DateText | undefined
}

export type Revision = {
  readonly grant: string
  readonly change: Change
  /** What is still to vest, all of it: what had not vested before is superseded. */
  readonly installments: Planned
  readonly effectiveOn: DateText
  readonly reason: string
  readonly by: string | null
  /** As the contract names them. */
  readonly personName: string
}

/** What people agreed to, and what happened since. Each works inside the caller's transaction, the grant locked by it. */
export interface Agreements {
  /** The contract as it stands now: what is approved and accepted. */
  contentOf(sql: Sql, grant: Grant, personName: string): Promise<Content>
  /** Another plan and other terms for a draft; throws Fault `frozen` for anything else. */
  redraft(sql: Sql, grant: Grant, change: Change, installments: Planned): Promise<Grant>
  /** Keeps the current terms as version `grant.version`, once. False when it stands. */
  keepVersion(
    sql: Sql,
    grant: Grant,
    how: { personName: string; effectiveOn: DateText; reason: string; by: string | null },
    now: Millis,
  ): Promise<boolean>
  /**
   * The next version of a grant in force: the old terms stay as theirs, what had not vested is superseded by `installments`.
   * The caller moves the difference of the quantity in the ledger.
   */
  revise(sql: Sql, revision: Revision, now: Millis): Promise<GrantVersion>
  /** What has neither vested nor been forfeited gives way; `append` says what comes instead. */
  supersede(sql: Sql, id: string, now: Millis): Promise<void>
  /** Tranches after those that stand, in order; their numbers go on. */
  append(sql: Sql, id: string, installments: Planned): Promise<void>
  /** Oldest first; the first is derived for a grant that was written before versions were kept. */
  versions(sql: Sql, id: string): Promise<readonly GrantVersion[]>
  /** Planned, and not superseded. */
  planned(sql: Sql, id: string): Promise<readonly Tranche[]>
  /** Oldest first, at most 10,000. */
  events(sql: Sql, id: string): Promise<readonly GrantEvent[]>
  lastEvent(sql: Sql, id: string, kind: GrantEvent['kind']): Promise<GrantEvent | null>
  /** False when the id stands. */
  record(sql: Sql, event: GrantEvent): Promise<boolean>
  /** Of every submission, oldest first. */
  approvals(sql: Sql, id: string): Promise<readonly Approval[]>
  judged(sql: Sql, approval: Approval): Promise<boolean>
  acceptances(sql: Sql, id: string): Promise<readonly Acceptance[]>
  accepted(sql: Sql, acceptance: Acceptance): Promise<boolean>
  /** A file of grants that is committed as a whole; false when it was before. */
  bulk(sql: Sql, row: store.BulkRow): Promise<boolean>
  policy(sql: Sql): Promise<{ readonly policy: GrantPolicy; readonly version: number }>
  setPolicy(sql: Sql, policy: unknown, by: string | null, now: Millis): Promise<GrantPolicy>
  /** Locks and gives accepted grants whose start has come; those in other hands, or `except`ed, are passed over. */
  startsBy(sql: Sql, day: DateText, limit: number, except?: readonly string[]): Promise<readonly string[]>
  nextStart(sql: Sql): Promise<DateText | null>
}

const MAX_EVENTS = 10_000
const MAX_REASON = 500

export const agreements: Agreements = {
  contentOf: content,

  async redraft(sql, grant, change, installments) {
    checkChangeable(grant.status)
    const next = changed(grant, change, installments)
    await grantStore.updateContract(sql, next)
    await grantStore.replanDraft(sql, grant.id, installments)
    return next
  },

  keepVersion: keep,

  async revise(sql, revision, now) {
    const { grant: id, change, installments, effectiveOn, reason, by, personName } = revision
    const grant = await locked(sql, id)
    if (grant.status !== 'accepted' && grant.status !== 'active') {
      const message = `the grant is ${grant.status}; only what was accepted or is active is amended`
      throw new Fault('conflict', message, { param: 'status' })
    }
    checkReason(reason)
    const first = {
      personName,
      effectiveOn: grant.grantDate,
      reason: 'as it was granted',
      by: grant.createdBy,
    }
    await keep(sql, grant, first, grant.createdAt)
    const next = { ...changed(grant, change, installments), version: grant.version + 1 }
    await grantStore.supersede(sql, id, now)
    await grantStore.insertTranches(sql, id, installments)
    await grantStore.updateContract(sql, next)
    const kept = await keep(sql, next, { personName, effectiveOn, reason, by }, now)
    invariant(kept, 'a version is new')
    const made = (await store.versions(sql, id)).find(({ n }) => n === next.version)
    invariant(made, 'a version that was kept is seen')
    return made
  },

  async versions(sql, id) {
    const kept = await store.versions(sql, id)
    if (kept.length > 0) return kept
    const grant = await grantStore.grant(sql, id, false)
    if (!grant) throw new Fault('not_found', `there is no grant ${id}`, { param: 'grant_id' })
    const { text, hash } = await content(sql, grant, '')
    return [
      {
        grant: id,
        n: grant.version,
        terms: termsOf(grant),
        quantity: grant.quantity,
        startDate: grant.startDate,
        grantDate: grant.grantDate,
        effectiveOn: grant.grantDate,
        content: text,
        contentHash: hash,
        reason: 'as it was granted',
        recordedAt: grant.createdAt,
        recordedBy: grant.createdBy,
      },
    ]
  },

  planned,
  supersede: grantStore.supersede,
  append: grantStore.insertTranches,
  events: (sql, id) => store.events(sql, id, MAX_EVENTS),
  lastEvent: store.lastEvent,
  record: store.insertEvent,
  approvals: store.approvals,
  judged: store.insertApproval,
  acceptances: store.acceptances,
  accepted: store.insertAcceptance,
  bulk: store.insertBulk,

  async policy(sql) {
    const row = await store.policy(sql)
    return row
      ? { policy: parseGrantPolicy(row.body), version: row.version }
      : { policy: DEFAULT_GRANT_POLICY, version: 0 }
  },

  async setPolicy(sql, value, by, now) {
    const policy = parseGrantPolicy(value)
    const amounts = Object.entries(policy.twoAbove).map(([key, most]) => [key, String(most)] as const)
    await store.insertPolicy(sql, {
      body: { twoAbove: Object.fromEntries(amounts) },
      recordedAt: now,
      recordedBy: by,
    })
    return policy
  },

  startsBy: async (sql, day, limit, except = []) =>
    (await store.startsBy(sql, day, limit, except)).map(({ id }) => id),
  nextStart: store.nextStart,
}

async function locked(sql: Sql, id: string): Promise<Grant> {
  const grant = await grantStore.grant(sql, id, true)
  if (grant) return grant
  throw new Fault('not_found', `there is no grant ${id}`, { param: 'grant_id' })
}

async function planned(sql: Sql, id: string): Promise<readonly Tranche[]> {
  return (await grantStore.tranches(sql, [id])).filter(({ supersededAt }) => supersededAt === null)
}

async function content(sql: Sql, grant: Grant, personName: string): Promise<Content> {
  return contentOf({
    grant: grant.id,
    version: grant.version,
    person: { id: grant.person, name: personName },
    entity: grant.entity,
    name: grant.name,
    template: { name: grant.templateName, version: grant.templateVersion },
    terms: grant,
    quantity: grant.quantity,
    startDate: grant.startDate,
    grantDate: grant.grantDate,
    tranches: (await planned(sql, grant.id)).map(({ date, quantity }) => ({ date, quantity })),
  })
}

async function keep(
  sql: Sql,
  grant: Grant,
  how: { personName: string; effectiveOn: DateText; reason: string; by: string | null },
  now: Millis,
): Promise<boolean> {
  const { text, hash } = await content(sql, grant, how.personName)
  return store.insertVersion(sql, {
    grant: grant.id,
    n: grant.version,
    terms: termsOf(grant),
    quantity: grant.quantity,
    startDate: grant.startDate,
    grantDate: grant.grantDate,
    effectiveOn: how.effectiveOn,
    content: text,
    contentHash: hash,
    reason: how.reason,
    recordedAt: now,
    recordedBy: how.by,
  })
}

/** The grant as it then is, checked as a new one would be. */
function changed(grant: Grant, change: Change, installments: Planned): Grant {
  const { terms = termsOf(grant), template } = change
  checkTerms(terms)
  if (installments.length > MAX_TRANCHES) {
    const message = `the grant has ${installments.length} tranches; vest it in at most ${MAX_TRANCHES}`
    throw new Fault('invalid', message, { param: 'template_id' })
  }
  const sum = installments.reduce((total, { quantity }) => total + quantity, 0n)
  invariant(sum <= change.quantity, 'what is still to vest is at most the quantity')
  checkSpendable(
    terms.expiry,
    installments.map(({ date }) => date),
  )
  return {
    ...grant,
    ...termsOf(terms),
    ...(template && {
      template: template.id,
      templateName: template.name,
      templateVersion: template.version,
    }),
    name: change.name === undefined ? grant.name : checkName(change.name),
    entity: change.entity ?? grant.entity,
    wallet: change.wallet ?? grant.wallet,
    quantity: change.quantity,
    reckoning: change.reckoning === undefined ? grant.reckoning : change.reckoning,
    startDate: change.startDate ?? grant.startDate,
    grantDate: change.grantDate ?? grant.grantDate,
  }
}

/** Throws Fault `invalid`; gives the reason without space around it. */
export function checkReason(reason: string, param = 'reason'): string {
  const trimmed = reason.trim()
  if (trimmed !== '' && trimmed.length <= MAX_REASON) return trimmed
  throw new Fault('invalid', `${param} has ${trimmed.length} characters; give 1 to ${MAX_REASON}`, { param })
}

/** An event of today by somebody. */
export const eventOf = (
  event: Pick<GrantEvent, 'id' | 'grant' | 'kind'> & Partial<Pick<GrantEvent, 'on' | 'body'>>,
  by: string | null,
  now: Millis,
): GrantEvent => ({ on: dayOf(now), body: {}, ...event, recordedAt: now, recordedBy: by })
