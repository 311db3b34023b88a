import { dayOf, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { eventOf } from '#grants/agreements.ts'
import { assetOf } from '#ledger/assets.ts'
import type { Parts } from './parts.ts'
import { walletOf } from './hire.ts'
import { checkDates, employed, write, type Issued, type IssueAsk } from './issue.ts'
import { planOf } from './plan.ts'
import { quantityFor } from './quantity.ts'

/** Writes a grant that nobody has agreed to yet. */
export async function draft(
  parts: Parts,
  sql: Sql,
  ask: IssueAsk & { readonly id: string },
): Promise<Issued> {
  const drafted = await write(parts, sql, ask, 'draft')
  if (!drafted.replayed) {
    const { world, grants } = parts
    const event = { id: world.id(), grant: ask.id, kind: 'drafted' } as const
    await grants.record(sql, eventOf(event, ask.createdBy ?? null, world.now()))
  }
  return drafted
}

export type DraftChange = {
  readonly grant: string
  readonly by: string | null
  readonly template?: string | undefined
  /** Null: as the template's formula says. Absent: as it was, or as another template says. */
  readonly quantity?: bigint | null | undefined
  readonly startDate?: DateText | undefined
  readonly grantDate?: DateText | undefined
  readonly name?: string | undefined
}

/** Another template, quantity, dates or name of a draft. Refused (`frozen`) for anything that was submitted. */
export async function changeDraft(parts: Parts, sql: Sql, change: DraftChange): Promise<Issued> {
  const { grants, world } = parts
  const now = world.now()
  const grant = await grants.locked(sql, change.grant)
  const person = await employed(parts, sql, grant.person, dayOf(now))
  const template = change.template === undefined ? null : await grants.template(sql, change.template)
  const terms = template ?? grant
  const startDate = change.startDate ?? grant.startDate
  const grantDate = change.grantDate ?? grant.grantDate
  checkDates(startDate, grantDate)
  const said = change.quantity === undefined ? saidOf(grant, template !== null) : change.quantity
  const reckoned = await quantityFor(parts, sql, { terms, said, person, on: grantDate })
  const plan = planOf(terms, { quantity: reckoned.quantity, startDate, grantDate })
  const wallet = await walletOf(parts, sql, person.id, assetOf(terms.denomination, terms.unit))
  await grants.redraft(
    sql,
    grant,
    {
      ...(template && { terms: template, template }),
      quantity: plan.quantity,
      reckoning: reckoned.reckoning,
      name: change.name,
      startDate,
      grantDate,
      wallet,
    },
    plan.installments,
  )
  const event = { id: world.id(), grant: grant.id, kind: 'changed' } as const
  await grants.record(sql, eventOf(event, change.by, now))
  return {
    grant: await grants.grant(sql, grant.id),
    tranches: await grants.planned(sql, grant.id),
    replayed: false,
  }
}

/** The quantity that was said for a grant, as its basis counts it; null where its formula says it, or another template's. */
function saidOf(
  { quantity, basis, formula, reckoning }: Issued['grant'],
  otherTerms: boolean,
): bigint | null {
  if (otherTerms || (formula.kind !== 'given' && reckoning?.['kind'] !== 'given')) return null
  return basis.kind === 'per_installment' ? quantity / BigInt(basis.installments) : quantity
}
