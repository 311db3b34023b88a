import type { Tier } from '#base/asset.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Node, Seen } from './node.ts'

const NODE = `id, cluster, node, accelerator, gpus, tiers, from_at as "from", to_at as until`

/** Whoever changes a cluster's nodes waits for whoever does so now. */
export const lock = (sql: Sql, cluster: string): Promise<unknown> =>
  sql.query(`select pg_advisory_xact_lock(hashtextextended('supply.node ' || $1, 0))`, [cluster])

export const standing = (sql: Sql, cluster: string): Promise<Node[]> =>
  sql.query<Node>(
    `select ${NODE} from supply.node where cluster = $1 and to_at is null order by node, accelerator`,
    [cluster],
  )

/** What stood behind a promise at some time in [from, until). Index: node_of_accelerator. */
export const promised = (
  sql: Sql,
  ask: { readonly accelerator: string; readonly tier: Tier; readonly from: Millis; readonly until: Millis },
): Promise<Node[]> =>
  sql.query<Node>(
    `select ${NODE} from supply.node
     where accelerator = $1 and $2 = any (tiers) and from_at < $4 and (to_at is null or to_at > $3)
     order by cluster, node, from_at`,
    [ask.accelerator, ask.tier, iso(ask.from), iso(ask.until)],
  )

export const all = (sql: Sql): Promise<Node[]> =>
  sql.query<Node>(
    `select ${NODE} from supply.node where to_at is null order by cluster, node, accelerator limit 10000`,
  )

/** What began in the same moment never stood. */
export async function end(sql: Sql, ids: readonly string[], at: Millis): Promise<void> {
  await sql.query(
    `update supply.node set to_at = greatest($2::timestamptz, from_at + interval '1 millisecond') where id = any ($1)`,
    [ids, iso(at)],
  )
}

export async function begin(
  sql: Sql,
  nodes: readonly (Seen & { readonly id: string; readonly tiers: readonly Tier[] })[],
  { cluster, at }: { readonly cluster: string; readonly at: Millis },
): Promise<void> {
  await sql.query(
    `insert into supply.node (id, cluster, node, accelerator, gpus, tiers, from_at)
     select id, $1, node, accelerator, gpus, string_to_array(tiers, ','), $2
     from unnest($3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[]) as n(id, node, accelerator, gpus, tiers)`,
    [
      cluster,
      iso(at),
      nodes.map(({ id }) => id),
      nodes.map(({ node }) => node),
      nodes.map(({ accelerator }) => accelerator),
      nodes.map(({ gpus }) => gpus),
      nodes.map(({ tiers }) => tiers.join(',')),
    ],
  )
}
