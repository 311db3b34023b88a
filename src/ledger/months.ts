import { dayOf, iso, MINUTE, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Db } from '#db/sql.ts'

/** Usage lies in parts by month of the call's id (sql/000025). Here they are made, ahead of the calls. */

/** This month and so many after it are open. */
const AHEAD = 2
/** Where more than so many bytes lie outside every month, the next one is opened in steps that no call waits for. */
const LARGE = 64 * 1_048_576
/** Ids that are made while a part is opened are below this much from now. */
const SOON = 5 * MINUTE

/** The first day of a month: of that of a day, or so many later. */
export function monthOf(day: DateText, later = 0): DateText {
  const [year, month] = day.split('-').map(Number)
  return dayOf(Date.UTC(year!, month! - 1 + later, 1))
}

/** Opens what is missing of this month and the two after it. Returns how many parts. */
export async function openMonths(db: Db, now: Millis, large = LARGE): Promise<number> {
  await indexRest(db)
  const months = Array.from({ length: AHEAD + 1 }, (_, n) => monthOf(dayOf(now), n))
  const missing = await db.query<{ month: DateText }>(
    `select m.month from unnest($1::date[]) as m(month)
     where not exists (select from ledger.month o where o.month = m.month) order by m.month`,
    [months],
  )
  let opened = 0
  for (const { month } of missing) if (await openMonth(db, month, now, large)) opened += 1
  return opened
}

/**
 * Opens one month and moves into it what lies outside every month; of the running month, where that is much, only what is
 * still to come. False when there was nothing to do.
 */
export async function openMonth(db: Db, month: DateText, now: Millis, large = LARGE): Promise<boolean> {
  const [rest] = await db.query<{ bytes: bigint; inside: boolean }>(
    `select pg_relation_size('ledger.usage_rest') as bytes, exists (
       select from ledger.usage_rest u where u.id >= s.low and u.id < s.high
     ) as inside
     from ledger.month_span($1, null) s where s.low is not null`,
    [month],
  )
  if (!rest) return false
  const many = rest.bytes > large
  const runs = startOfDay(month) <= now && now < startOfDay(monthOf(month, 1))
  const since = many && runs && rest.inside ? iso(now + SOON) : null
  if (many) {
    const [promise] = await db.query<{ name: string }>('select ledger.exclude_month($1, $2) as name', [
      month,
      since,
    ])
    // What lies inside is moved first, and the promise proved then.
    if (since === null && !rest.inside)
      await db.query(`alter table ledger.usage_rest validate constraint ${promise!.name}`)
  }
  const [row] = await db.query<{ opened: boolean }>('select ledger.open_month($1, $2) as opened', [
    month,
    since,
  ])
  return row!.opened
}

/** A table that was large before it had months gets its index without anybody waiting; one that was left half made is made again. */
async function indexRest(db: Db): Promise<void> {
  const [index] = await db.query<{ valid: boolean }>(
    `select i.indisvalid as valid from pg_index i where i.indexrelid = to_regclass('ledger.usage_rest_brin')`,
  )
  if (index?.valid) return
  if (index) await db.query('drop index concurrently ledger.usage_rest_brin')
  await db.query(
    'create index concurrently if not exists usage_rest_brin on ledger.usage_rest using brin (tx, at) with (pages_per_range = 32, autosummarize = on)',
  )
}
