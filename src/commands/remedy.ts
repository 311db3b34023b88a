import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson } from '#base/json.ts'
import { addDays, dayOf } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { remedyId, remedyTerms, type RemedyOf } from '#grants/remedy.ts'
import { issue, type Issued } from './issue.ts'
import type { Parts } from './parts.ts'

export type RemedyAsk = RemedyOf & {
  /** In the smallest unit of the contract. */
  readonly quantity: bigint
  /** In words for its person, such as "two preemptions more than promised". */
  readonly name: string
  readonly by: string | null
}

/**
 * Makes good one promise that was not kept: hours of the same kind, in a grant of their own that names the breach, spendable at
 * once. The contract says how much, so nobody approves it; the same breach is made good once.
 */
export async function remedy(parts: Parts, sql: Sql, ask: RemedyAsk): Promise<Issued> {
  const { grants, world } = parts
  const id = remedyId(ask)
  const standing = await grants.find(sql, id)
  if (standing) return { grant: standing, tranches: await grants.tranches(sql, [id]), replayed: true }
  const contract = await grants.grant(sql, ask.grant)
  if (ask.by !== null && ask.by === contract.person)
    throw new Fault('forbidden', 'nobody credits themself; ask a colleague to do it', { param: 'person_id' })
  const terms = remedyTerms(contract)
  const now = world.now()
  const template = await grants.createTemplate(
    sql,
    { ...terms, id: uuidOf('remedy template', canonicalJson(terms)), name: 'Credit', createdBy: null },
    now,
  )
  const today = dayOf(now)
  return issue(parts, sql, {
    id,
    person: contract.person,
    template: template.id,
    quantity: ask.quantity,
    startDate: addDays(today, -1),
    grantDate: today,
    name: ask.name,
    createdBy: ask.by,
  })
}
