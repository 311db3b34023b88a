import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Parts } from './parts.ts'
import { vestGrant } from './vest.ts'

export type EndAsk = {
  readonly grant: string
  /** The last day on which it vests; today or earlier, because a later end may still change. */
  readonly on: DateText
  readonly reason: string
}

export type Ended = { readonly forfeited: bigint; readonly replayed: boolean }

const MAX_REASON = 500

/** Vests what was due by that day, forfeits the rest. What has vested stays with the person. */
export async function end(parts: Parts, sql: Sql, ask: EndAsk): Promise<Ended> {
  const now = parts.world.now()
  if (!isDate(ask.on) || ask.on > dayOf(now)) {
    throw new Fault('invalid', `on is "${ask.on}"; give a date not after ${dayOf(now)} as YYYY-MM-DD`, {
      param: 'on',
    })
  }
  if (ask.reason.trim() === '' || ask.reason.length > MAX_REASON) {
    throw new Fault('invalid', `reason has ${ask.reason.length} characters; give 1 to ${MAX_REASON}`, {
      param: 'reason',
    })
  }
  // Locked first: nobody may activate it between this look and its end.
  const { status } = await parts.grants.locked(sql, ask.grant)
  if (status === 'active') await vestGrant(parts, sql, { grant: ask.grant, until: ask.on }, now)
  const changed = await parts.grants.end(sql, ask.grant, ask.on, now)
  return { forfeited: await forfeit(parts, sql, ask), replayed: !changed }
}

/** Also for a replay: the ledger then tells what it forfeited the first time. */
async function forfeit(parts: Parts, sql: Sql, ask: EndAsk): Promise<bigint> {
  try {
    const { amount } = await parts.ledger.unvestedLost(sql, parts.world.now(), {
      id: uuidOf('ended', ask.grant),
      grant: ask.grant,
      to: 'forfeited',
      reason: ask.reason,
    })
    return amount
  } catch (error) {
    // A draft that ended was never promised, so the ledger knows nothing of it.
    if (error instanceof Fault && error.code === 'not_found') return 0n
    throw error
  }
}
