import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson } from '#base/json.ts'
import { addDays, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { PLAIN, type Terms } from '#grants/terms.ts'
import type { SandboxPolicy } from '#spending/policy.ts'
import { employed, issue, type Issued } from './issue.ts'
import type { Parts } from './parts.ts'

export type SandboxAsk = { readonly person: string; readonly policy: SandboxPolicy | null }

/** Drawn before a person's own grants: it ends with the month, and their pay should not go while it is there. */
const PRIORITY = 10
const NAME = 'Sandbox'

/** It vests on its own day and ends with the month. */
const termsOf = ({ classes, purposes }: SandboxPolicy): Terms => ({
  ...PLAIN,
  denomination: 'usd',
  statements: [{ order: 1, percentage: '1', schedule: { occurrences: 1, period: 1, period_type: 'DAYS' } }],
  allocation: 'CUMULATIVE_ROUND_DOWN',
  basis: { kind: 'total' },
  expiry: { kind: 'end_of_month_after_vest', months: 0 },
  scope: { classes, purposes },
  priority: PRIORITY,
})

const monthOf = (now: Millis): string => dayOf(now).slice(0, 7)

/** One for each person and month (UTC): asked again, it is the same. */
export const sandboxId = (person: string, now: Millis): string => uuidOf('sandbox', person, monthOf(now))

/** The last day on which this month's can be spent. */
export function sandboxEnds(now: Millis): DateText {
  const [year, month] = monthOf(now).split('-').map(Number)
  return addDays(dayOf(Date.UTC(year!, month!, 1)), -1)
}

/**
 * Opens a person's own sandbox of the month: a grant that nobody approves, spendable at once, within what the policy
 * allows. Opened already, that one is the answer, even when the policy has changed since.
 */
export async function openSandbox(parts: Parts, sql: Sql, { person, policy }: SandboxAsk): Promise<Issued> {
  const now = parts.world.now()
  const id = sandboxId(person, now)
  const standing = await parts.grants.find(sql, id)
  if (standing) return { grant: standing, tranches: await parts.grants.tranches(sql, [id]), replayed: true }
  if (!policy)
    throw new Fault('conflict', 'The policy gives no sandbox; an administrator can add one.', {
      param: 'sandbox',
    })
  const today = dayOf(now)
  const { hiredOn } = await employed(parts, sql, person, today)
  if (hiredOn > today)
    throw new Fault('conflict', `work begins on ${hiredOn}; a sandbox is opened from that day on`, {
      param: 'sandbox',
    })
  const terms = termsOf(policy)
  const template = await parts.grants.createTemplate(
    sql,
    { ...terms, id: uuidOf('sandbox template', canonicalJson(terms)), name: NAME, createdBy: null },
    now,
  )
  const { quantity } = policy
  const startDate = addDays(today, -1)
  const ask = { id, person, template: template.id, quantity, startDate, grantDate: today }
  return issue(parts, sql, { ...ask, name: `${NAME} ${monthOf(now)}`, createdBy: person })
}

/** When the next one can be opened. */
export const nextSandboxAt = (now: Millis): Millis => startOfDay(addDays(sandboxEnds(now), 1))
