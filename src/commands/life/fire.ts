import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { awaitedEvents } from '#grants/awaited.ts'
import type { Grant } from '#grants/grant.ts'
import { vestBefore } from './amend.ts'
import type { LifeParts } from './parts.ts'
import { replanGrant } from './replan.ts'

export type FireAsk = {
  readonly id?: string | undefined
  readonly grant: string
  /** As the statements or the acceleration name it. */
  readonly event: string
  /** The day on which it happened; not after today. */
  readonly on: DateText
  readonly by?: string | null | undefined
}

export type Fired = {
  /** What is still to vest now. */
  readonly installments: readonly { readonly date: DateText; readonly quantity: bigint }[]
  readonly replayed: boolean
}

const NAME_LIMIT = 200

/** An event happens once; what waits for it gets its days, and what it accelerates vests. */
export async function fire(
  parts: LifeParts,
  sql: Sql,
  ask: FireAsk & { readonly id: string },
): Promise<Fired> {
  const { grants, world } = parts
  const now = world.now()
  const event = ask.event.trim()
  if (event === '' || event.length > NAME_LIMIT) {
    throw new Fault(
      'invalid',
      `event has ${event.length} characters; give the name that the terms have for it`,
      {
        param: 'event',
      },
    )
  }
  if (!isDate(ask.on) || ask.on > dayOf(now)) {
    throw new Fault('invalid', `on is "${ask.on}"; give a date not after ${dayOf(now)}`, { param: 'on' })
  }
  const grant = await grants.locked(sql, ask.grant)
  if (grant.status !== 'active') {
    throw new Fault('conflict', `the grant is ${grant.status}; events count for what is in force`, {
      param: 'grant_id',
    })
  }
  const standing = (await grants.events(sql, grant.id)).find(
    ({ kind, body }) => kind === 'fired' && body['event_id'] === event,
  )
  if (standing && standing.on !== ask.on) {
    throw new Fault('conflict', `"${event}" fired on ${standing.on} already; an event fires once`, {
      param: 'event',
    })
  }
  if (!standing) await known(parts, sql, grant, event)
  await vestBefore(parts, sql, grant.id, now)
  if (!standing) {
    await grants.record(sql, {
      id: uuidOf('fired', ask.id, grant.id),
      grant: grant.id,
      kind: 'fired',
      on: ask.on,
      body: { event_id: event },
      recordedAt: now,
      recordedBy: ask.by ?? null,
    })
  }
  const { installments } = await replanGrant(parts, sql, grant, now)
  return { installments, replayed: standing !== undefined }
}

/** An event that nothing waits for is a slip of the pen, and would never be noticed. */
async function known({ grants }: LifeParts, sql: Sql, grant: Grant, event: string): Promise<void> {
  const versions = await grants.versions(sql, grant.id)
  const awaited = [...new Set([grant, ...versions.map(({ terms }) => terms)].flatMap(awaitedEvents))]
  if (awaited.includes(event)) return
  const names = awaited.map((name) => `"${name}"`).join(', ')
  const remedy =
    awaited.length > 0 ? `give one that the grant waits for: ${names}` : 'the grant waits for no event'
  throw new Fault('invalid', `event is "${event}"; ${remedy}`, { param: 'event' })
}
