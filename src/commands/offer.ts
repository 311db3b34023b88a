import { Fault } from '#base/fault.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkReason, eventOf } from '#grants/agreements.ts'
import type { GrantEvent } from '#grants/event.ts'
import type { Grant } from '#grants/grant.ts'
import { moves } from '#grants/status.ts'
import type { Acceptance } from '#grants/version.ts'
import { contentNow } from './approve.ts'
import { employed, promise } from './issue.ts'
import type { Parts } from './parts.ts'

export type Moved = { readonly grant: Grant; readonly replayed: boolean }

export type AcceptAsk = {
  readonly grant: string
  /** Who accepts: the grant's own person, nobody else. */
  readonly person: string
  /** Their name as they typed it. */
  readonly typedName: string
  /** Of the contract that they read; refused when it reads otherwise by now. */
  readonly contentHash: string
}

export type Accepted = Moved & { readonly acceptance: Acceptance }

/** approved → offered: its person sees it and can answer. */
export async function offer(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly by: string | null },
): Promise<Moved> {
  const { grants, world } = parts
  const grant = await grants.locked(sql, ask.grant)
  if (grant.status === 'approved') await employed(parts, sql, grant.person, dayOf(world.now()))
  const changed = await grants.move(sql, ask.grant, 'offer')
  if (changed) await tell(parts, sql, { grant: ask.grant, kind: 'offered', by: ask.by })
  return { grant: await grants.grant(sql, ask.grant), replayed: !changed }
}

/**
 * offered → accepted, with what was agreed to kept byte by byte; → active at once when its start has come, else on its
 * start. Accepted already by the same person, that acceptance is the answer.
 */
export async function accept(parts: Parts, sql: Sql, ask: AcceptAsk): Promise<Accepted> {
  const { grants, world } = parts
  const grant = await grants.locked(sql, ask.grant)
  if (grant.person !== ask.person) throw notTheirs()
  const standing = (await grants.acceptances(sql, grant.id)).find(({ version }) => version === grant.version)
  if (standing) {
    if (standing.contentHash === ask.contentHash) return { grant, acceptance: standing, replayed: true }
    throw otherContent()
  }
  moves('accept', grant.status)
  const now = world.now()
  const person = await employed(parts, sql, grant.person, dayOf(now))
  const typedName = checkTyped(ask.typedName, person.name)
  const content = await contentNow(parts, sql, grant)
  if (content.hash !== ask.contentHash) throw otherContent()
  const acceptance: Acceptance = {
    grant: grant.id,
    version: grant.version,
    person: person.id,
    content: content.text,
    contentHash: content.hash,
    typedName,
    acceptedAt: now,
  }
  await grants.accepted(sql, acceptance)
  const how = { personName: person.name, effectiveOn: grant.grantDate, reason: 'accepted', by: person.id }
  await grants.keepVersion(sql, grant, how, now)
  await grants.move(sql, grant.id, 'accept')
  const body = { content_hash: content.hash }
  await tell(parts, sql, { grant: grant.id, kind: 'accepted', by: person.id, body })
  if (grant.startDate <= dayOf(now)) await begin(parts, sql, grant.id, now)
  return { grant: await grants.grant(sql, grant.id), acceptance, replayed: false }
}

/** offered → declined, by its person. */
export async function decline(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly person: string; readonly reason?: string | undefined },
): Promise<Moved> {
  const { grants } = parts
  const grant = await grants.locked(sql, ask.grant)
  if (grant.person !== ask.person) throw notTheirs()
  const said = (ask.reason ?? '').trim()
  const reason = said === '' ? '' : checkReason(said)
  const changed = await grants.move(sql, ask.grant, 'decline')
  if (changed)
    await tell(parts, sql, { grant: ask.grant, kind: 'declined', by: ask.person, body: { reason } })
  return { grant: await grants.grant(sql, ask.grant), replayed: !changed }
}

/** Before it is accepted the company may take it back, whatever it is. */
export async function withdraw(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly by: string | null; readonly reason: string },
): Promise<Moved> {
  const { grants } = parts
  const reason = checkReason(ask.reason)
  const changed = await grants.move(sql, ask.grant, 'withdraw')
  if (changed) await tell(parts, sql, { grant: ask.grant, kind: 'withdrawn', by: ask.by, body: { reason } })
  return { grant: await grants.grant(sql, ask.grant), replayed: !changed }
}

/** accepted → active: the ledger promises it, and what is due already becomes lots. */
export async function begin(parts: Parts, sql: Sql, id: string, now: Millis): Promise<boolean> {
  const { grants, people } = parts
  const grant = await grants.locked(sql, id)
  const person = await people.find(grant.person, sql)
  const today = dayOf(now)
  if (grant.status === 'accepted' && person && person.leftOn !== null && person.leftOn <= today) {
    await grants.end(sql, id, person.leftOn, now)
    await tell(parts, sql, { grant: id, kind: 'ended', by: null, body: { reason: 'left before it began' } })
    return true
  }
  if (!(await grants.move(sql, id, 'activate'))) return false
  await promise(parts, sql, grant, now)
  await tell(parts, sql, { grant: id, kind: 'activated', by: null })
  return true
}

/**
 * Begins every accepted grant whose start has come, at most `limit`; each in a transaction of its own, so that one which
 * the ledger refuses keeps no other from beginning. Gives the refusals.
 */
export async function beginDue(parts: Parts, now: Millis, limit: number): Promise<readonly Refusal[]> {
  const refused: Refusal[] = []
  for (let begun = 0; begun < limit; begun += 1) {
    let grant: string | undefined
    try {
      await parts.db.tx(async (sql) => {
        const except = refused.map((one) => one.grant)
        ;[grant] = await parts.grants.startsBy(sql, dayOf(now), 1, except)
        if (grant !== undefined) await begin(parts, sql, grant, now)
      })
    } catch (error) {
      if (!(error instanceof Fault) || grant === undefined) throw error
      refused.push({ grant, reason: error.message })
    }
    if (grant === undefined) break
  }
  return refused
}

export type Refusal = { readonly grant: string; readonly reason: string }

type Told = Pick<GrantEvent, 'grant' | 'kind'> & Partial<Pick<GrantEvent, 'body'>> & { by: string | null }

async function tell({ grants, world }: Parts, sql: Sql, { by, ...event }: Told): Promise<void> {
  await grants.record(sql, eventOf({ ...event, id: world.id() }, by, world.now()))
}

/** Typing one's own name is the signature: any case, any spaces, nobody else's. */
export function checkTyped(typed: string, name: string): string {
  const plain = (text: string): string => text.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
  const trimmed = typed.trim()
  if (trimmed.length <= 200 && plain(typed) === plain(name)) return trimmed
  const message = `typed_name is "${trimmed.slice(0, 80)}"; type your name as it stands in the contract: ${name}`
  throw new Fault('invalid', message, { param: 'typed_name' })
}

const notTheirs = (): Fault =>
  new Fault('forbidden', 'only the person to whom a grant is offered answers it', { param: 'grant_id' })

const otherContent = (): Fault =>
  new Fault('conflict', 'the contract reads otherwise than what you give the hash of; read it again', {
    param: 'content_hash',
  })
