import { Fault } from '#base/fault.ts'
import { dayOf, isDate, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Grant, Tranche } from '#grants/grant.ts'
import type { Denomination } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import type { Person } from '#people/person.ts'
import { walletOf } from './hire.ts'
import type { Parts } from './parts.ts'
import { planOf } from './plan.ts'
import { vestGrant } from './vest.ts'

export type IssueAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly person: string
  readonly template: string
  /** Nano-dollars or months of a seat, as the template denominates and its basis counts them. */
  readonly quantity: bigint
  /** What the caller takes the quantity for; refused when the template denominates otherwise. */
  readonly denomination?: Denomination | undefined
  readonly startDate: DateText
  /** What vests before it vests on it. The day of the command when absent. */
  readonly grantDate?: DateText | undefined
  /** The template's name when absent. */
  readonly name?: string | undefined
  readonly createdBy?: string | null | undefined
  /** A draft is planned, but promised only when it is activated. */
  readonly draft?: boolean | undefined
}

export type Issued = {
  readonly grant: Grant
  readonly tranches: readonly Tranche[]
  readonly replayed: boolean
}

/** Plans the tranches, writes the grant, promises it in the ledger and vests what is due already. */
export async function issue(
  parts: Parts,
  sql: Sql,
  ask: IssueAsk & { readonly id: string },
): Promise<Issued> {
  const { grants, world } = parts
  const now = world.now()
  const today = dayOf(now)
  for (const [param, date] of [
    ['start_date', ask.startDate],
    ['grant_date', ask.grantDate ?? today],
  ] as const) {
    if (!isDate(date))
      throw new Fault('invalid', `${param} is "${date}"; give a real date as YYYY-MM-DD`, { param })
  }
  const template = await grants.template(sql, ask.template)
  if (ask.denomination !== undefined && ask.denomination !== template.denomination) {
    const message = `denomination is ${ask.denomination}, but the template "${template.name}" counts ${template.denomination}; choose a template that counts what you grant`
    throw new Fault('invalid', message, { param: 'denomination' })
  }
  const grantDate = ask.grantDate ?? today
  const standing = await grants.find(sql, ask.id)
  if (standing) {
    const planned = planOf(template, { ...ask, grantDate: ask.grantDate ?? standing.grantDate })
    if (!isSame(standing, ask, planned.quantity)) throw conflict(ask.id)
    return { grant: standing, tranches: await grants.tranches(sql, [ask.id]), replayed: true }
  }
  const person = await employed(parts, sql, ask.person, today)
  const { quantity, installments } = planOf(template, { ...ask, grantDate })
  const wallet = await walletOf(parts, sql, person.id, assetOf(template.denomination, template.unit))
  await grants.issue(
    sql,
    {
      id: ask.id,
      person: person.id,
      wallet,
      entity: person.entity,
      template,
      name: ask.name ?? template.name,
      quantity,
      reckoning: null,
      startDate: ask.startDate,
      grantDate,
      status: ask.draft ? 'draft' : 'active',
      createdBy: ask.createdBy ?? null,
      installments,
    },
    now,
  )
  if (!ask.draft) await promise(parts, sql, { id: ask.id, wallet, quantity }, now)
  return {
    grant: await grants.grant(sql, ask.id),
    tranches: await grants.tranches(sql, [ask.id]),
    replayed: false,
  }
}

/** Promises what was accepted. One that is active already stays as it is. */
export async function activate(parts: Parts, sql: Sql, id: string): Promise<Issued> {
  const changed = await parts.grants.move(sql, id, 'activate')
  const grant = await parts.grants.grant(sql, id)
  if (changed) await promise(parts, sql, grant, parts.world.now())
  return { grant, tranches: await parts.grants.tranches(sql, [id]), replayed: !changed }
}

async function promise(
  parts: Parts,
  sql: Sql,
  grant: Pick<Grant, 'id' | 'wallet' | 'quantity'>,
  now: Millis,
): Promise<void> {
  await parts.ledger.granted(sql, now, { grant: grant.id, wallet: grant.wallet, quantity: grant.quantity })
  await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
}

async function employed(parts: Parts, sql: Sql, id: string, today: DateText): Promise<Person> {
  const person = await parts.people.find(id, sql)
  if (!person) throw new Fault('not_found', `there is no person ${id}`, { param: 'person_id' })
  if (person.leftOn === null || person.leftOn > today) return person
  throw new Fault('conflict', `${person.name} left on ${person.leftOn}; grants go to people who work here`, {
    param: 'person_id',
  })
}

/** What the caller said agrees with what stands; what was left open is not compared. */
const isSame = (grant: Grant, ask: IssueAsk, quantity: bigint): boolean =>
  grant.person === ask.person &&
  grant.template === ask.template &&
  grant.quantity === quantity &&
  grant.startDate === ask.startDate &&
  (ask.grantDate === undefined || grant.grantDate === ask.grantDate) &&
  (ask.name === undefined || grant.name === ask.name.trim())

const conflict = (id: string): Fault =>
  new Fault('conflict', `grant ${id} already stands with other terms; use an id of its own`, { param: 'id' })
