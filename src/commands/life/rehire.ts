import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { addDays, DAY, isDate, startOfDay, type DateText } from '#base/time.ts'
import { z } from 'zod'
import type { Sql } from '#db/sql.ts'
import type { Person } from '#people/person.ts'
import { issueDirectly, type Issued } from '../issue.ts'
import type { LifeParts } from './parts.ts'

export type RehireAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly person: string
  /** The first day back. */
  readonly on: DateText
  /** Earlier service that counts: all of it, none, or so many days of it. */
  readonly credit: 'all' | 'none' | number
  readonly level?: string | undefined
  readonly title?: string | undefined
  readonly entity?: string | undefined
  /** New grants; their schedules begin as many days earlier as are credited, and vest nothing before the first day back. */
  readonly grants?: readonly {
    readonly template: string
    readonly quantity?: bigint | undefined
    readonly name?: string | undefined
  }[]
  readonly by?: string | null | undefined
}

export type Rehired = {
  readonly person: Person
  /** Days served before, in all. */
  readonly served: number
  readonly credited: number
  readonly grants: readonly Issued[]
  readonly replayed: boolean
}

const rehiredBody = z.object({ hired_on: z.string(), left_on: z.string(), credited: z.int() })
const MAX_GRANTS = 20

/** The same person, the same wallet: what was kept can be used again, and new grants count the earlier service. */
export async function rehire(
  parts: LifeParts,
  sql: Sql,
  ask: RehireAsk & { readonly id: string },
): Promise<Rehired> {
  const { people } = parts
  const person = await people.find(ask.person, sql)
  if (!person) throw new Fault('not_found', `There is no person ${ask.person}.`, { param: 'person_id' })
  const event = uuidOf('rehired', ask.id)
  const events = await people.lives.events(sql, ask.person)
  const spells = events.filter(({ kind }) => kind === 'rehired')
  const standing = spells.find(({ id }) => id === event)
  const past = spells.filter(({ id }) => id !== event).map(({ body }) => rehiredBody.parse(body))
  const before = past.reduce((days, { hired_on: from, left_on: to }) => days + between(from, to), 0)
  if (standing) {
    const { credited, hired_on: from, left_on: to } = rehiredBody.parse(standing.body)
    const served = before + between(from, to)
    return { person, served, credited, grants: await issueAll(parts, sql, ask, credited), replayed: true }
  }
  const { leftOn } = person
  if (leftOn === null) {
    throw new Fault('conflict', `${person.name} works here; nobody is hired twice.`, { param: 'person_id' })
  }
  if (!isDate(ask.on) || ask.on < leftOn) {
    throw new Fault('invalid', `on is "${ask.on}"; give a date from ${leftOn} on`, { param: 'on' })
  }
  const scheduled = (await people.lives.leavingsOf(sql, person.id)).some(({ state }) => state === 'scheduled')
  if (scheduled) {
    throw new Fault('conflict', `${person.name} is to leave on ${leftOn}; cancel that instead.`, {
      param: 'person_id',
    })
  }
  const served = before + between(person.hiredOn, leftOn)
  const credited = creditOf(ask.credit, served)
  const back = await people.update(
    ask.person,
    {
      hiredOn: ask.on,
      leftOn: null,
      accessUntil: null,
      accessPurposes: null,
      level: ask.level ?? person.level,
      title: ask.title ?? person.title,
      entity: ask.entity ?? person.entity,
    },
    sql,
  )
  await people.lives.tell(sql, {
    id: event,
    person: ask.person,
    kind: 'rehired',
    day: ask.on,
    body: { hired_on: person.hiredOn, left_on: leftOn, served, credited },
    recordedBy: ask.by ?? null,
  })
  return {
    person: back,
    served,
    credited,
    grants: await issueAll(parts, sql, ask, credited),
    replayed: false,
  }
}

async function issueAll(
  parts: LifeParts,
  sql: Sql,
  ask: RehireAsk & { readonly id: string },
  credited: number,
): Promise<readonly Issued[]> {
  const { grants = [] } = ask
  if (grants.length > MAX_GRANTS) {
    throw new Fault('invalid', `grants are ${grants.length}; give at most ${MAX_GRANTS}`, { param: 'grants' })
  }
  const issued: Issued[] = []
  for (const [index, grant] of grants.entries()) {
    const made = await issueDirectly(parts, sql, {
      id: uuidOf('rehired with', ask.id, String(index)),
      person: ask.person,
      template: grant.template,
      quantity: grant.quantity,
      name: grant.name,
      startDate: addDays(ask.on, -credited),
      grantDate: ask.on,
      createdBy: ask.by ?? null,
    })
    await parts.grants.record(sql, {
      id: uuidOf('rehired with', ask.id, made.grant.id),
      grant: made.grant.id,
      kind: 'rehired',
      on: ask.on,
      body: { service_credit_days: credited },
      recordedAt: parts.world.now(),
      recordedBy: ask.by ?? null,
    })
    issued.push(made)
  }
  return issued
}

function creditOf(credit: RehireAsk['credit'], served: number): number {
  if (credit === 'all') return served
  if (credit === 'none') return 0
  if (Number.isInteger(credit) && credit >= 0 && credit <= served) return credit
  throw new Fault('invalid', `credit is ${credit}; give 0 to the ${served} days served before`, {
    param: 'credit',
  })
}

const between = (from: DateText, to: DateText): number => (startOfDay(to) - startOfDay(from)) / DAY
