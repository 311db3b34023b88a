import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { dayOf, isDate, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Grant, Reckoning, Template, Tranche } from '#grants/grant.ts'
import { MAX_QUANTITY, termsOf } from '#grants/terms.ts'
import { bookOf } from '#ledger/contracts.ts'
import { vestGrant } from '../vest.ts'
import { planAnew, type NewPlan } from './lived.ts'
import type { LifeParts } from './parts.ts'
import { livedOf, vestedOf } from './replan.ts'

export type AmendAsk = {
  /** The caller's own id makes the command repeatable. */
  readonly id?: string | undefined
  readonly grant: string
  /** The first day of the new terms; what has vested by then stays. */
  readonly from: DateText
  /** Of the whole grant, in its smallest unit; as before when absent. */
  readonly quantity?: bigint | undefined
  /** Terms of another template; as before when absent. */
  readonly template?: string | undefined
  readonly reason: string
  readonly by?: string | null | undefined
  /** How the quantity came about, when a formula gave it. */
  readonly reckoning?: Reckoning | null | undefined
}

export type Amended = {
  readonly grant: Grant
  readonly before: { readonly quantity: bigint; readonly version: number }
  /** Planned before, and what is planned now. */
  readonly superseded: readonly { readonly date: DateText; readonly quantity: bigint }[]
  readonly installments: readonly { readonly date: DateText; readonly quantity: bigint }[]
  /** What the ledger promises more (above 0) or less. */
  readonly change: bigint
  readonly replayed: boolean
}

/** What an amendment would do; nothing is written. */
export const previewAmend = (parts: LifeParts, ask: AmendAsk): Promise<Amended> =>
  parts.db.tx(async (sql) => {
    await sql.query('set transaction isolation level repeatable read, read only')
    const grant = await parts.grants.grant(sql, ask.grant)
    const { plan, ...rest } = await planAmendment(parts, sql, grant, ask)
    return { grant, ...answer(grant, rest, plan), replayed: false }
  })

/** Another quantity or other terms from a day on: a new version, and the old one stays. */
export async function amend(
  parts: LifeParts,
  sql: Sql,
  ask: AmendAsk & { readonly id: string },
): Promise<Amended> {
  const { grants, ledger, people, world } = parts
  const now = world.now()
  const grant = await grants.locked(sql, ask.grant)
  const event = uuidOf('amended', ask.id, ask.grant)
  if ((await grants.events(sql, grant.id)).some(({ id }) => id === event)) {
    const before = { quantity: grant.quantity, version: grant.version }
    return { grant, before, superseded: [], installments: [], change: 0n, replayed: true }
  }
  await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
  const amendment = await planAmendment(parts, sql, grant, ask)
  const { quantity, template, plan } = amendment
  const by = ask.by ?? null
  const person = await people.find(grant.person, sql)
  invariant(person, 'a grant belongs to a person')
  const change = quantity - grant.quantity
  if (change > 0n && ask.reckoning === undefined) await checkAgreed(parts, sql, { grant, quantity, by })
  const order = { id: uuidOf('resized', event), grant: grant.id, reason: ask.reason }
  if (change > 0n) await ledger.raised(sql, now, { ...order, amount: change })
  if (change < 0n) await ledger.reduced(sql, now, { ...order, amount: -change })
  const version = await grants.revise(
    sql,
    {
      grant: grant.id,
      change: {
        quantity,
        ...(ask.reckoning === undefined ? {} : { reckoning: ask.reckoning }),
        ...(template ? { terms: termsOf(template), template } : {}),
      },
      installments: plan.installments,
      effectiveOn: ask.from,
      reason: ask.reason,
      by,
      personName: person.name,
    },
    now,
  )
  await grants.record(sql, {
    id: event,
    grant: grant.id,
    kind: 'amended',
    on: ask.from,
    body: {
      version: version.n,
      quantity_before: String(grant.quantity),
      quantity: String(quantity),
      reason: ask.reason,
    },
    recordedAt: now,
    recordedBy: by,
  })
  await vestGrant(parts, sql, { grant: grant.id, until: dayOf(now) }, now)
  return { grant: await grants.grant(sql, grant.id), ...answer(grant, amendment, plan), replayed: false }
}

type Planned = {
  readonly quantity: bigint
  readonly template: Template | null
  readonly standing: readonly Tranche[]
}

const answer = (grant: Grant, { quantity, standing }: Planned, plan: NewPlan) => ({
  before: { quantity: grant.quantity, version: grant.version },
  superseded: standing.map(({ date, quantity: part }) => ({ date, quantity: part })),
  installments: plan.installments,
  change: quantity - grant.quantity,
})

async function planAmendment(
  parts: LifeParts,
  sql: Sql,
  grant: Grant,
  ask: AmendAsk,
): Promise<Planned & { readonly plan: NewPlan }> {
  checkAsk(grant, ask)
  const template = ask.template === undefined ? null : await parts.grants.template(sql, ask.template)
  if (template) checkSameUnit(grant, template)
  const quantity = ask.quantity ?? grant.quantity
  const today = dayOf(parts.world.now())
  const tranches = await parts.grants.tranches(sql, [grant.id])
  const isDue = ({ date }: Tranche): boolean => date <= today
  const standing = await parts.grants.planned(sql, grant.id)
  const upcoming = standing.filter(({ vestedAt, forfeitedAt }) => vestedAt === null && forfeitedAt === null)
  // A preview counts what is due as vested, because the command vests it first.
  const due = upcoming.filter(isDue).reduce((sum, { quantity: part }) => sum + part, 0n)
  const vested = vestedOf(tranches) + due
  const book = await bookOf(sql, grant.id)
  const least = grant.quantity - ((book?.unvested ?? 0n) - due)
  checkQuantity(quantity, least)
  const lived = await livedOf(parts, sql, grant)
  const amendment = {
    from: ask.from,
    quantity,
    ...(template ? { template: template.statements } : {}),
  }
  const most = (book?.unvested ?? 0n) - due + quantity - grant.quantity
  const plan = planAnew(lived, { today, vested, most, amendment })
  return { quantity, template, standing: upcoming.filter((one) => !isDue(one)), plan }
}

/** More pay needs whom a new grant of it would need: somebody else, and two above the policy's threshold. */
async function checkAgreed(
  { grants }: LifeParts,
  sql: Sql,
  { grant, quantity, by }: { readonly grant: Grant; readonly quantity: bigint; readonly by: string | null },
): Promise<void> {
  if (by === grant.person) {
    throw new Fault('forbidden', 'nobody raises their own grant; ask a colleague to do it', {
      param: 'grant_id',
    })
  }
  const { policy } = await grants.policy(sql)
  const most = policy.twoAbove[grant.denomination]
  if (most === undefined || quantity <= most) return
  const message = `quantity is ${quantity} in all; above ${most} two persons must approve: draft another grant and submit it`
  throw new Fault('approval_required', message, { param: 'quantity' })
}

function checkAsk(grant: Grant, ask: AmendAsk): void {
  if (grant.status !== 'active') {
    const message = `the grant is ${grant.status}; only what is in force is amended`
    throw new Fault('conflict', message, { param: 'grant_id' })
  }
  if (!isDate(ask.from) || ask.from < grant.grantDate) {
    throw new Fault('invalid', `from is "${ask.from}"; give a date from ${grant.grantDate} on`, {
      param: 'from',
    })
  }
  if (ask.quantity === undefined && ask.template === undefined) {
    throw new Fault('invalid', 'quantity is missing; say what changes: a quantity, a template, or both', {
      param: 'quantity',
    })
  }
}

function checkQuantity(quantity: bigint, least: bigint): void {
  if (quantity >= least && quantity > 0n && quantity <= MAX_QUANTITY) return
  const message = `quantity is ${quantity}; give at least the ${least} that has vested or is gone already`
  throw new Fault('invalid', message, { param: 'quantity' })
}

function checkSameUnit(grant: Grant, template: Template): void {
  const same =
    grant.denomination === template.denomination &&
    JSON.stringify(grant.unit) === JSON.stringify(template.unit)
  if (same) return
  const message = `the template "${template.name}" counts ${template.denomination}, the grant ${grant.denomination}; a grant keeps what it counts`
  throw new Fault('invalid', message, { param: 'template_id' })
}

/** Vests what was due by now; every command that changes a grant's days does that first. */
export const vestBefore = (parts: LifeParts, sql: Sql, grant: string, now: Millis): Promise<number> =>
  vestGrant(parts, sql, { grant, until: dayOf(now) }, now)
