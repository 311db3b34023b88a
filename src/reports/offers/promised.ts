import { assetOf, type Asset, type Denomination } from '#base/asset.ts'
import type { Sql } from '#db/sql.ts'
import type { Unit } from '#grants/clauses.ts'
import { gpuDue, type Due, type Supplied } from './coverage.ts'

/** What the racks hold and what is promised of them, as SQL. */

/** Nodes that stand now; they are taken to stay. */
export const supplied = (sql: Sql): Promise<readonly Supplied[]> =>
  sql.query<Supplied>(
    `select accelerator, sum(gpus)::int as gpus, tiers from supply.node where to_at is null
     group by accelerator, tiers order by accelerator, tiers`,
  )

type Row = { readonly asset: Asset; readonly month: string; readonly quantity: bigint }
type Planned = Omit<Row, 'asset'> & { readonly denomination: Denomination; readonly unit: Unit }

const GPUS = `asset ~ '^(GPU|NODE)_SECOND/'`
/** Of grants that are on their way or hold; what is only a draft is promised to nobody. */
const GRANTS = `('pending', 'approved', 'offered', 'accepted', 'active')`

/**
 * Everything that may still ask for GPUs: what is left in wallets, what is planned to vest, and other offers that are on their
 * way. What is there already counts in `month`. Index: lot_wallet, tranche_due, offer_status.
 */
export async function promised(
  sql: Sql,
  { except, month }: { readonly except: string; readonly month: string },
): Promise<readonly Due[]> {
  const left = await sql.query<Row>(
    `select w.asset, $1::text as month, sum(l.available + l.held)::bigint as quantity
     from ledger.wallet w join ledger.lot l on l.wallet_id = w.id and l.open where w.${GPUS} group by w.asset`,
    [month],
  )
  const planned = await sql.query<Planned>(
    `select g.denomination, g.unit, to_char(t.date, 'YYYY-MM') as month, sum(t.quantity)::bigint as quantity
     from grants.tranche t join grants.grant g on g.id = t.grant_id
     where t.vested_at is null and t.forfeited_at is null and t.superseded_at is null
       and g.status in ${GRANTS} and g.denomination in ('gpu_hour', 'node_hour')
     group by 1, 2, 3`,
  )
  const offered = await sql.query<Row>(
    `select asset, month, sum(quantity)::bigint as quantity from (
       select l ->> 'asset' as asset, left(t ->> 'date', 7) as month, (t ->> 'quantity')::bigint as quantity
       from (${LAST}) v, jsonb_array_elements(v.content::jsonb -> 'lines') l, jsonb_array_elements(l -> 'tranches') t
       where v.status in ('pending', 'approved', 'sent') and v.id <> $1
     ) s where ${GPUS} group by 1, 2`,
    [except],
  )
  return [
    ...[...left, ...offered].flatMap((row) => gpuDue(row.asset, row.month, row.quantity)),
    ...planned.flatMap(({ denomination, unit, month: of, quantity }) =>
      gpuDue(assetOf(denomination, unit), of, quantity),
    ),
  ]
}

/** Each offer with what was submitted of it last. */
const LAST = `select distinct on (o.id) o.id, o.status, o.starts_on, v.content, v.compute_cap_usd
  from offers.offer o join offers.version v on v.offer_id = o.id
  where o.status in ('pending', 'approved', 'sent', 'accepted') order by o.id, v.n desc`

/** The caps over four years, in nano-dollars, of the offers that begin in a year and are on their way or accepted. */
export async function promisedIn(
  sql: Sql,
  { year, except }: { readonly year: number; readonly except: string },
): Promise<bigint> {
  const [row] = await sql.query<{ cap: bigint }>(
    `select coalesce(sum(compute_cap_usd), 0)::bigint as cap from (${LAST}) v
     where id <> $1 and starts_on >= make_date($2, 1, 1) and starts_on < make_date($2 + 1, 1, 1)`,
    [except, year],
  )
  return row!.cap
}
