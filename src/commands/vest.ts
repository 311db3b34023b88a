import { Fault, messageOf } from '#base/fault.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import { isConnectionLost, type Sql } from '#db/sql.ts'
import { spendable } from '#grants/expiry.ts'
import type { DueTranche } from '#grants/grant.ts'
import type { VestRequest } from '#ledger/types.ts'
import type { Parts } from './parts.ts'

/** Tranches of one transaction: enough to be fast, few enough to hold wallets only shortly. */
const BATCH = 500
/** Batches at once: while one waits for the disk another is prepared. Rows in one's hands are passed over by the others. */
const LANES = 3

/** A tranche is spendable from the start of its day, even when it is vested later because the worker was down. */
const lotOf = (tranche: DueTranche): VestRequest => ({
  grant: tranche.grant,
  tranche: tranche.n,
  quantity: tranche.quantity,
  priority: tranche.priority,
  scope: tranche.scope,
  ...spendable(tranche.expiry, tranche.date),
})

async function vestAll(parts: Parts, sql: Sql, due: readonly DueTranche[], now: Millis): Promise<void> {
  await parts.ledger.vested(sql, now, due.map(lotOf))
  await parts.grants.markVested(sql, due, now)
}

/** Vests what one grant has due, in the caller's transaction. Returns how many tranches. */
export async function vestGrant(
  parts: Parts,
  sql: Sql,
  ask: { readonly grant: string; readonly until: DateText },
  now: Millis,
): Promise<number> {
  const due = await parts.grants.dueOf(sql, ask.grant, ask.until)
  await vestAll(parts, sql, due, now)
  return due.length
}

/**
 * Vests everything that is due, at most `limit` tranches, and returns how many. Any number of workers may run at once
 * and may stop anywhere: each batch is one transaction, and the ledger makes each tranche a lot only once. A grant that
 * the ledger refuses does not keep the others from vesting; the Fault thrown at the end tells of it.
 */
export async function vestDue(parts: Parts, now: Millis, limit: number): Promise<number> {
  /** Why, by grant: two lanes may meet the same one. */
  const refused = new Map<string, string>()
  let [asked, vested] = [0, 0]
  const lane = async (): Promise<void> => {
    while (asked < limit) {
      const size = Math.min(BATCH, limit - asked)
      asked += size
      const batch = await vestBatch(parts, now, { size, except: [...refused.keys()] })
      vested += batch.vested
      for (const { grant, reason } of batch.refused) refused.set(grant, reason)
      if (batch.seen < size) return
      // What was refused leaves room for others.
      asked -= size - batch.vested
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
  const [first] = [...refused]
  if (!first) return vested
  throw new Fault(
    'conflict',
    `${refused.size} grants could not vest, ${vested} tranches of others did; ${first[0]}: ${first[1]}`,
    { param: 'grant_id' },
  )
}

type Refusal = { readonly grant: string; readonly reason: string }
type Batch = { readonly seen: number; readonly vested: number; readonly refused: readonly Refusal[] }

async function vestBatch(
  parts: Parts,
  now: Millis,
  ask: { readonly size: number; readonly except: readonly string[] },
): Promise<Batch> {
  let due: readonly DueTranche[] = []
  try {
    await parts.db.tx(async (sql) => {
      due = await parts.grants.due(sql, now, ask.size, ask.except)
      await vestAll(parts, sql, due, now)
    })
    return { seen: due.length, vested: due.length, refused: [] }
  } catch (error) {
    if (isConnectionLost(error)) throw error
    return { seen: due.length, ...(await vestOneByOne(parts, now, new Set(due.map(({ grant }) => grant)))) }
  }
}

/** Finds out which grants of a refused batch were to blame, and vests the others. */
async function vestOneByOne(
  parts: Parts,
  now: Millis,
  ids: ReadonlySet<string>,
): Promise<Omit<Batch, 'seen'>> {
  const refused: Refusal[] = []
  let vested = 0
  for (const grant of ids) {
    try {
      vested += await parts.db.tx((sql) => vestGrant(parts, sql, { grant, until: dayOf(now) }, now))
    } catch (error) {
      // Whatever it was, it concerns this grant only; a database that is gone concerns all.
      if (isConnectionLost(error)) throw error
      refused.push({ grant, reason: messageOf(error) })
    }
  }
  return { vested, refused }
}
