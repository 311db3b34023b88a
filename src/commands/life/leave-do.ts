import { invariant, never } from '#base/invariant.ts'
import { addDays, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { append, supersede } from '#grants/changes.ts'
import { spendable } from '#grants/expiry.ts'
import type { GrantLeaving, Planned } from '#grants/leaving.ts'
import type { LifeParts } from './parts.ts'
import type { GrantState } from './state.ts'

type Doing = {
  readonly state: GrantState
  readonly on: DateText
  readonly reason: string
  readonly now: Millis
}

/** Executes the plan of one grant, step by step, each through the ledger's own template. */
export async function doLeaving(
  parts: LifeParts,
  sql: Sql,
  plan: Pick<GrantLeaving, 'steps'>,
  doing: Doing,
): Promise<void> {
  for (const step of plan.steps) await doStep(parts, sql, step, doing)
}

async function doStep(parts: LifeParts, sql: Sql, step: Planned, doing: Doing): Promise<void> {
  const { ledger } = parts
  const { now, reason, state } = doing
  const { id } = state.grant
  const why = `${reason}: ${step.why}`.slice(0, 500)
  switch (step.kind) {
    case 'vest':
      return vest(parts, sql, { n: step.n, date: step.date, quantity: step.quantity }, doing)
    case 'accelerate':
      await supersede(sql, id, now)
      await append(sql, id, [{ date: doing.on, quantity: step.quantity }])
      return vest(parts, sql, { n: step.n, date: doing.on, quantity: step.quantity }, doing)
    case 'forfeit': {
      const part = step.when === 'by_then' ? { amount: step.quantity } : {}
      const loss = { id: step.order, grant: id, to: 'forfeited', reason: why, ...part } as const
      return exactly(step, await ledger.unvestedLost(sql, now, loss))
    }
    case 'expire': {
      const order = { id: step.order, lot: step.lot, amount: step.quantity, reason: why }
      return exactly(step, await ledger.endedEarly(sql, now, order))
    }
    case 'revoke': {
      const order = { id: step.order, lot: step.lot, amount: step.quantity, reason: why }
      return exactly(step, await ledger.revoked(sql, now, order))
    }
    case 'carry': {
      const { scope, priority, expiresAt: ends, effectiveAt } = step
      const to = { scope, priority, expiresAt: ends, ...(effectiveAt === undefined ? {} : { effectiveAt }) }
      const order = { id: step.order, lot: step.lot, amount: step.quantity, to, reason: why }
      return exactly(step, await ledger.carried(sql, now, order))
    }
    default:
      return never(step)
  }
}

async function vest(
  { ledger, grants }: LifeParts,
  sql: Sql,
  tranche: { readonly n: number; readonly date: DateText; readonly quantity: bigint },
  { state, now }: Doing,
): Promise<void> {
  const { id, expiry, scope, priority } = state.grant
  const { n, date, quantity } = tranche
  await ledger.vested(sql, now, [
    {
      grant: id,
      tranche: n,
      quantity,
      priority,
      scope,
      ...spendable(expiry, date),
    },
  ])
  await grants.markVested(sql, [{ grant: id, n }], now)
}

/** Everything was read under lock: a ledger that does something else than was planned is a bug, and nothing is done. */
function exactly(step: Planned, { amount }: { readonly amount: bigint }): void {
  invariant(amount === step.quantity, `the ledger moves what was planned (${step.kind})`)
}

/** A grant after its person left: over, unless it goes on vesting. */
export async function endGrant(
  { grants }: LifeParts,
  sql: Sql,
  plan: Pick<GrantLeaving, 'grant' | 'goesOn'>,
  { state, on, now }: Doing,
): Promise<void> {
  if (state.root.status !== 'active' || state.root.id !== plan.grant) return
  if (plan.goesOn > 0n) return
  await grants.end(sql, plan.grant, addDays(on, -1), now)
}
