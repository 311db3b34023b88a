import { dayOf, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { checkSpendable } from '#grants/expiry.ts'
import type { Reckoning, Template } from '#grants/grant.ts'
import { approvalsNeeded } from '#grants/policy.ts'
import { checkName } from '#grants/terms.ts'
import { checkDates, checkDenomination, employed, type IssueAsk } from './issue.ts'
import type { Parts } from './parts.ts'
import { planOf } from './plan.ts'
import { quantityFor } from './quantity.ts'

/** A grant that nobody has written yet. */
export type GrantPreview = {
  readonly template: Template
  readonly name: string
  /** As the template's basis counts it. */
  readonly counted: bigint
  readonly reckoning: Reckoning | null
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly approvalsNeeded: 1 | 2
}

/** The same checks and the same arithmetic as `draftGrant`, which it is refused like; nothing is written. */
export async function previewGrant(parts: Parts, sql: Sql, ask: IssueAsk): Promise<GrantPreview> {
  const { grants, world } = parts
  const today = dayOf(world.now())
  const { startDate, grantDate = today } = ask
  checkDates(startDate, grantDate)
  const template = await grants.template(sql, ask.template)
  checkDenomination(template, ask.denomination)
  const person = await employed(parts, sql, ask.person, today)
  const said = ask.quantity ?? null
  const reckoned = await quantityFor(parts, sql, { terms: template, said, person, on: grantDate })
  const plan = planOf(template, { quantity: reckoned.quantity, startDate, grantDate })
  checkSpendable(
    template.expiry,
    plan.installments.map(({ date }) => date),
  )
  const { policy } = await grants.policy(sql)
  return {
    template,
    name: checkName(ask.name ?? template.name),
    counted: reckoned.quantity,
    reckoning: reckoned.reckoning,
    startDate,
    grantDate,
    approvalsNeeded: approvalsNeeded(policy, {
      denomination: template.denomination,
      quantity: plan.quantity,
    }),
  }
}
