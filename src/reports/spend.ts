import { Fault } from '#base/fault.ts'
import { addDays, DAY, iso, startOfDay } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { ModelClass } from '#prices/types.ts'
import { daysBetween, startOfWindow } from './pace.ts'

export const SPEND_DAYS_MAX = 400
const CLASSES = ['small', 'standard', 'frontier', 'embedding'] as const

export type SpendView = {
  readonly unit: 'nano-dollar'
  /** Every day of the range, days without calls included. */
  readonly days: readonly {
    readonly day: DateText
    readonly total: bigint
    readonly calls: number
    readonly by: Readonly<Record<ModelClass, bigint>>
  }[]
}

/**
 * What left a wallet as `spent`: the charged part of each call at the time it settled, less corrections at the time
 * they were made. `at`, `class` and `amount` of each. Corrections are few and are found through their notes.
 * Index: usage_wallet (wallet_id, at).
 */
const SPENT = `
  select u.at, u.class, u.charged as amount, 1 as calls from ledger.usage u
  where u.wallet_id = $1 and u.at >= $2 and u.at < $3
  union all
  select e.at, coalesce(u.class, 'standard'), -e.amount, 0
  from ledger.note n join ledger.entry e on e.transfer = n.transfer and e.kind = 'adjust' and e.source = 'spent'
    join ledger.lot l on l.id = e.lot_id and l.wallet_id = $1
    left join ledger.usage u on u.id = e.cause
  where e.at >= $2 and e.at < $3`

/** Spend by UTC day and model class; both ends included. Throws Fault `invalid` for a range that is turned or too long. */
export async function spend(
  sql: Sql,
  wallet: string | null,
  { from, to }: { from: DateText; to: DateText },
): Promise<SpendView> {
  const count = daysBetween(from, to) + 1
  if (count < 1 || count > SPEND_DAYS_MAX)
    throw new Fault('invalid', `from ${from} to ${to} is not a range of 1 to ${SPEND_DAYS_MAX} days.`, {
      param: 'to',
    })
  const rows = await sql.query<{ day: DateText; class: ModelClass; amount: bigint; calls: number }>(
    `select (at at time zone 'UTC')::date as day, class, sum(amount) as amount, sum(calls)::int as calls
     from (${SPENT}) s group by 1, 2`,
    [wallet, iso(startOfDay(from)), iso(startOfDay(to) + DAY)],
  )
  const days = Array.from({ length: count }, (_, offset) => {
    const day = addDays(from, offset)
    const of = rows.filter((row) => row.day === day)
    const by = Object.fromEntries(
      CLASSES.map((name) => [name, of.find((row) => row.class === name)?.amount ?? 0n]),
    )
    return {
      day,
      total: of.reduce((sum, row) => sum + row.amount, 0n),
      calls: of.reduce((sum, row) => sum + row.calls, 0),
      by: { small: 0n, standard: 0n, frontier: 0n, embedding: 0n, ...by },
    }
  })
  return { unit: 'nano-dollar', days }
}

/** Spend until `now`: of today and the 29 UTC days before, of the 30 before those, and of the last 14 times 24 hours. */
export async function recentSpend(
  sql: Sql,
  wallet: string,
  now: Millis,
): Promise<{ last14: bigint; last30: bigint; previous30: bigint }> {
  // An entry made in this very millisecond has been spent.
  const end = now + 1
  const [row] = await sql.query<{ last14: bigint; last30: bigint; previous30: bigint }>(
    `select coalesce(sum(amount) filter (where at >= $4), 0) as last14,
       coalesce(sum(amount) filter (where at >= $5), 0) as last30,
       coalesce(sum(amount) filter (where at < $5), 0) as previous30
     from (${SPENT}) s`,
    [wallet, iso(startOfWindow(now, 60)), iso(end), iso(end - 14 * DAY), iso(startOfWindow(now, 30))],
  )
  return row ?? { last14: 0n, last30: 0n, previous30: 0n }
}
