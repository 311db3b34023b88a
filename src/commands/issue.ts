import { Fault } from '#base/fault.ts'
import { dayOf, isDate, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Grant, Template, Tranche } from '#grants/grant.ts'
import { approvalsNeeded } from '#grants/policy.ts'
import type { Denomination } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import type { Person } from '#people/person.ts'
import { walletOf } from './hire.ts'
import type { Parts } from './parts.ts'
import { planOf } from './plan.ts'
import { quantityFor } from './quantity.ts'
import { vestGrant } from './vest.ts'

export type IssueAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly person: string
  readonly template: string
  /** In the smallest unit, as the template denominates and its basis counts it. Absent: as its formula says. */
  readonly quantity?: bigint | undefined
  /** What the caller takes the quantity for; refused when the template denominates otherwise. */
  readonly denomination?: Denomination | undefined
  readonly startDate: DateText
  /** What vests before it vests on it. The day of the command when absent. */
  readonly grantDate?: DateText | undefined
  /** The template's name when absent. */
  readonly name?: string | undefined
  readonly createdBy?: string | null | undefined
}

export type Issued = {
  readonly grant: Grant
  readonly tranches: readonly Tranche[]
  readonly replayed: boolean
}

type Named = IssueAsk & { readonly id: string }

/** Plans the tranches, writes the grant, promises it in the ledger and vests what is due already. */
export async function issue(parts: Parts, sql: Sql, ask: Named): Promise<Issued> {
  const { grants, world } = parts
  const written = await write(parts, sql, ask, 'active')
  if (written.replayed) return written
  const { grant } = written
  const now = world.now()
  const { name } = await employed(parts, sql, grant.person, dayOf(now))
  const how = { personName: name, effectiveOn: grant.grantDate, reason: 'granted', by: grant.createdBy }
  await grants.keepVersion(sql, grant, how, now)
  await promise(parts, sql, grant, now)
  return { ...written, tranches: await grants.tranches(sql, [ask.id]) }
}

/** As `issue`, refused where somebody else has to agree: to one's own pay, and above the policy's threshold. */
export async function issueDirectly(parts: Parts, sql: Sql, ask: Named): Promise<Issued> {
  if (ask.createdBy && ask.createdBy === ask.person) {
    throw new Fault('forbidden', 'nobody grants to themself; ask a colleague to do it', {
      param: 'person_id',
    })
  }
  const issued = await issue(parts, sql, ask)
  if (issued.replayed) return issued
  const { policy } = await parts.grants.policy(sql)
  if (approvalsNeeded(policy, issued.grant) === 1) return issued
  const { denomination, quantity } = issued.grant
  const most = policy.twoAbove[denomination]
  throw new Fault(
    'approval_required',
    `quantity is ${quantity} in all; above ${most} two persons must approve: draft the grant and submit it`,
    { param: 'quantity' },
  )
}

/** Writes a grant with its planned tranches; the ledger knows nothing of it yet. */
export async function write(parts: Parts, sql: Sql, ask: Named, status: 'draft' | 'active'): Promise<Issued> {
  const { grants, world } = parts
  const now = world.now()
  const today = dayOf(now)
  checkDates(ask.startDate, ask.grantDate ?? today)
  const template = await grants.template(sql, ask.template)
  checkDenomination(template, ask.denomination)
  const standing = await grants.find(sql, ask.id)
  if (standing) return replay(parts, sql, { ask, template, standing })

  // Whoever leaves at this moment leaves before the grant, which is refused, or with it, and it ends as they do.
  const person = working(await parts.people.kept(ask.person, sql), ask.person, today)
  const grantDate = ask.grantDate ?? today
  const said = ask.quantity ?? null
  const { quantity: counted, reckoning } = await quantityFor(parts, sql, {
    terms: template,
    said,
    person,
    on: grantDate,
  })
  const { quantity, installments } = planOf(template, { ...ask, quantity: counted, grantDate })
  const wallet = await walletOf(parts, sql, person.id, assetOf(template.denomination, template.unit))
  const grant = await grants.issue(
    sql,
    {
      id: ask.id,
      person: person.id,
      wallet,
      entity: person.entity,
      template,
      name: ask.name ?? template.name,
      quantity,
      reckoning,
      startDate: ask.startDate,
      grantDate,
      status,
      createdBy: ask.createdBy ?? null,
      installments,
    },
    now,
  )
  return { grant, tranches: await grants.tranches(sql, [ask.id]), replayed: false }
}

/** What the caller said must agree with what stands; what was left open is not compared. */
async function replay(
  { grants }: Parts,
  sql: Sql,
  { ask, template, standing }: { ask: Named; template: Template; standing: Grant },
): Promise<Issued> {
  const grantDate = ask.grantDate ?? standing.grantDate
  const same =
    standing.person === ask.person &&
    standing.template === ask.template &&
    (ask.quantity === undefined ||
      standing.quantity === planOf(template, { ...ask, quantity: ask.quantity, grantDate }).quantity) &&
    standing.startDate === ask.startDate &&
    standing.grantDate === grantDate &&
    (ask.name === undefined || standing.name === ask.name.trim())
  if (same) return { grant: standing, tranches: await grants.tranches(sql, [ask.id]), replayed: true }
  const message = `grant ${ask.id} already stands with other terms; use an id of its own`
  throw new Fault('conflict', message, { param: 'id' })
}

/** Into the ledger, and what is due already becomes lots. */
export async function promise(
  parts: Parts,
  sql: Sql,
  grant: Pick<Grant, 'id' | 'wallet' | 'quantity'>,
  now: Millis,
): Promise<void> {
  await parts.ledger.granted(sql, now, { grant: grant.id, wallet: grant.wallet, quantity: grant.quantity })
  await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
}

export async function employed({ people }: Parts, sql: Sql, id: string, today: DateText): Promise<Person> {
  return working(await people.find(id, sql), id, today)
}

function working(person: Person | null, id: string, today: DateText): Person {
  if (!person) throw new Fault('not_found', `there is no person ${id}`, { param: 'person_id' })
  if (person.leftOn === null || person.leftOn > today) return person
  throw new Fault('conflict', `${person.name} left on ${person.leftOn}; grants go to people who work here`, {
    param: 'person_id',
  })
}

export function checkDates(startDate: DateText, grantDate: DateText): void {
  for (const [param, date] of [
    ['start_date', startDate],
    ['grant_date', grantDate],
  ] as const) {
    if (!isDate(date))
      throw new Fault('invalid', `${param} is "${date}"; give a real date as YYYY-MM-DD`, { param })
  }
}

export function checkDenomination(template: Template, said: Denomination | undefined): void {
  if (said === undefined || said === template.denomination) return
  const message = `denomination is ${said}, but the template "${template.name}" counts ${template.denomination}; choose a template that counts what you grant`
  throw new Fault('invalid', message, { param: 'denomination' })
}
