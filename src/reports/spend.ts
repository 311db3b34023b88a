import { Fault } from '#base/fault.ts'
import { addDays, DAY, iso, startOfDay } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { behind, rollupHead } from '#ledger/rollup.ts'
import type { ModelClass } from '#prices/types.ts'
import { daysBetween, startOfWindow } from './pace.ts'
import { spentWithin } from './spent.ts'

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

/** Spend, as in spent.ts, by UTC day and model class; both ends included. Index: wallet_day's key. Throws Fault `invalid` for a range that is turned or too long. */
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
  const missing = behind(await rollupHead(sql), 4)
  // A correction of a call that is archived has no class any more.
  const rows = await sql.query<{ day: DateText; class: ModelClass; amount: bigint; calls: number }>(
    `select day, coalesce(nullif(class, ''), 'standard') as class, sum(amount) as amount, sum(calls)::int as calls
     from (
       select d.day, d.class, d.charged - d.corrected as amount, d.calls from ledger.wallet_day d
       where d.wallet_id = $1 and d.day >= ($2::timestamptz at time zone 'UTC')::date
         and d.day < ($3::timestamptz at time zone 'UTC')::date
       union all
       select (u.at at time zone 'UTC')::date, u.class, u.charged - u.corrected, u.calls from ledger.used u
       where u.wallet_id = $1 and u.at >= $2 and u.at < $3 and ${missing.text}
     ) s group by 1, 2`,
    [wallet, iso(startOfDay(from)), iso(startOfDay(to) + DAY), ...missing.values],
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
  const month = startOfWindow(now, 30)
  const found = await spentWithin(
    sql,
    [wallet],
    [
      { from: end - 14 * DAY, until: end },
      { from: month, until: end },
      { from: startOfWindow(now, 60), until: month },
    ],
  )
  const [last14 = 0n, last30 = 0n, previous30 = 0n] = found.get(wallet) ?? []
  return { last14, last30, previous30 }
}
