import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { moveToEntity } from '#grants/changes.ts'
import type { Person } from '#people/person.ts'
import { activeGrants } from './absence.ts'
import type { LifeParts } from './parts.ts'

export type TransferAsk = {
  readonly id?: string | undefined
  readonly person: string
  /** The legal entity that employs them from then on. */
  readonly entity: string
  /** Not after today. */
  readonly from: DateText
  /** As before when absent. */
  readonly country?: string | undefined
  readonly by?: string | null | undefined
}

export type Transferred = {
  readonly person: Person
  /** The grants that the new entity owes from that day on; what they are worth stays. */
  readonly grants: readonly { readonly id: string; readonly name: string; readonly from: string }[]
  readonly replayed: boolean
}

/** Another legal entity employs the person and owes what they were promised; no value moves. */
export async function transfer(
  parts: LifeParts,
  sql: Sql,
  ask: TransferAsk & { readonly id: string },
): Promise<Transferred> {
  const { people, world } = parts
  const before = await people.locked(ask.person, sql)
  if (!before) throw new Fault('not_found', `There is no person ${ask.person}.`, { param: 'person_id' })
  const today = dayOf(world.now())
  if (!isDate(ask.from) || ask.from > today || ask.from < before.hiredOn) {
    const message = `from is "${ask.from}"; give a date from ${before.hiredOn} to today, ${today}`
    throw new Fault('invalid', message, { param: 'from' })
  }
  const event = uuidOf('transferred', ask.id)
  const replayed = (await people.lives.events(sql, ask.person)).some(({ id }) => id === event)
  if (replayed) return { person: before, grants: [], replayed }
  if (before.entity === ask.entity) {
    throw new Fault('conflict', `${before.name} is employed there already.`, { param: 'entity' })
  }
  const moved = await activeGrants(parts, sql, ask.person)
  const { country = before.country, by = null } = ask
  const person = await people.update(ask.person, { entity: ask.entity, country }, sql)
  for (const { id, entity } of moved) {
    await moveToEntity(sql, id, ask.entity)
    await parts.grants.record(sql, {
      id: uuidOf('transferred', ask.id, id),
      grant: id,
      kind: 'transferred',
      on: ask.from,
      body: { from_entity: entity, to_entity: ask.entity },
      recordedAt: world.now(),
      recordedBy: by,
    })
  }
  await people.lives.tell(sql, {
    id: event,
    person: ask.person,
    kind: 'transfer',
    day: ask.from,
    body: { from_entity: before.entity, to_entity: ask.entity },
    recordedBy: by,
  })
  return { person, grants: moved.map(({ id, name, entity }) => ({ id, name, from: entity })), replayed }
}
