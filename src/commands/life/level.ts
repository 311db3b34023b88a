import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Grant } from '#grants/grant.ts'
import { totalQuantity } from '#grants/terms.ts'
import type { Person } from '#people/person.ts'
import { quantityFor } from '../quantity.ts'
import { activeGrants } from './absence.ts'
import { amend, type Amended } from './amend.ts'
import type { LifeParts } from './parts.ts'

export type LevelAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly person: string
  /** As before when absent: then a salary, a title or a formula's rate has changed. */
  readonly level?: string | undefined
  readonly title?: string | undefined
  /** A base salary of a year in 1e-9 of its currency, from that day on. */
  readonly salary?: { readonly amount: bigint; readonly currency: string } | undefined
  /** From this day on; not after today, because a level is what somebody has. */
  readonly from: DateText
  readonly by?: string | null | undefined
}

export type Levelled = {
  readonly person: Person
  /** Grants whose formula now gives another quantity; each is amended from the day on. */
  readonly amended: readonly Amended[]
  readonly replayed: boolean
}

/** Another level or salary; grants by formula are computed anew from the day on. */
export async function changeLevel(
  parts: LifeParts,
  sql: Sql,
  ask: LevelAsk & { readonly id: string },
): Promise<Levelled> {
  const { people, world } = parts
  const before = await people.find(ask.person, sql)
  if (!before) throw new Fault('not_found', `There is no person ${ask.person}.`, { param: 'person_id' })
  checkFrom(ask.from, before, dayOf(world.now()))
  const by = ask.by ?? null
  if (by === ask.person) {
    throw new Fault('forbidden', 'nobody changes their own level or salary', { param: 'person_id' })
  }
  const event = uuidOf('level', ask.id)
  // What was changed since stays: a replay only tells.
  const told = await people.lives.events(sql, ask.person)
  if (told.some(({ id }) => id === event)) return { person: before, amended: [], replayed: true }
  if (ask.salary) {
    const { amount, currency } = ask.salary
    const id = uuidOf('salary', ask.id)
    await people.setSalary({ id, person: ask.person, effectiveOn: ask.from, amount, currency, by }, sql)
  }
  const { level = before.level, title = before.title } = ask
  const person =
    level === before.level && title === before.title
      ? before
      : await people.update(ask.person, { level, title }, sql)
  await people.lives.tell(sql, {
    id: event,
    person: ask.person,
    kind: 'level',
    day: ask.from,
    body: { level, level_before: before.level, title, salary_changed: ask.salary !== undefined },
    recordedBy: by,
  })
  const amended: Amended[] = []
  for (const grant of await activeGrants(parts, sql, ask.person)) {
    const change = await reckonAnew(parts, sql, {
      ask,
      grant,
      person,
      from: laterOf(ask.from, grant.grantDate),
    })
    if (change) amended.push(change)
  }
  return { person, amended, replayed: false }
}

async function reckonAnew(
  parts: LifeParts,
  sql: Sql,
  {
    ask,
    grant,
    person,
    from,
  }: {
    readonly ask: LevelAsk & { readonly id: string }
    readonly grant: Grant
    readonly person: Person
    readonly from: DateText
  },
): Promise<Amended | null> {
  const { formula, reckoning } = grant
  const follows = formula.kind === 'salary_share' || formula.kind === 'by_level'
  // A quantity that somebody said stands, whatever the formula would give.
  if (!follows || reckoning?.['kind'] !== formula.kind) return null
  const reckoned = await quantityFor(parts, sql, { terms: grant, said: null, person, on: from })
  const quantity = totalQuantity(grant, reckoned.quantity)
  if (quantity === grant.quantity) return null
  return amend(parts, sql, {
    id: ask.id,
    grant: grant.id,
    from,
    quantity,
    reckoning: reckoned.reckoning,
    reason: `computed anew by its formula from ${from}`,
    by: ask.by,
  })
}

function checkFrom(from: DateText, person: Person, today: DateText): void {
  if (isDate(from) && from >= person.hiredOn && from <= today) return
  const message = `from is "${from}"; give a date from ${person.hiredOn} to today, ${today}`
  throw new Fault('invalid', message, { param: 'from' })
}

const laterOf = (a: DateText, b: DateText): DateText => (a > b ? a : b)
