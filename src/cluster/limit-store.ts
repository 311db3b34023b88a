import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { quoted } from './columns.ts'
import type { Item } from './diff.ts'

/** What was written to a scheduler and read back. Statements only. */

export type AppliedRow = { kind: Item['kind']; name: string; body: unknown; version: bigint }

export const applied = (sql: Sql, cluster: string): Promise<AppliedRow[]> =>
  sql.query('select kind, name, body, version from cluster.applied where cluster_id = $1', [cluster])

/** What stands now as it should; what is gone is forgotten. */
export async function setApplied(
  sql: Sql,
  cluster: string,
  items: readonly { readonly kind: string; readonly name: string; readonly body: string }[],
  gone: readonly { readonly kind: string; readonly name: string }[],
  version: bigint,
  now: Millis,
): Promise<void> {
  if (items.length > 0)
    await sql.query(
      `insert into cluster.applied as a (cluster_id, kind, name, body, version, at) select $1, c.kind, c.name, c.body::jsonb, $2, $3
       from unnest($4::text[], $5::text[], $6::text[]) as c(kind, name, body)
       on conflict (cluster_id, kind, name) do update set body = excluded.body, version = excluded.version, at = excluded.at
       where a.body <> excluded.body`,
      [
        cluster,
        version,
        iso(now),
        quoted(items.map(({ kind }) => kind)),
        quoted(items.map(({ name }) => name)),
        quoted(items.map(({ body }) => body)),
      ],
    )
  if (gone.length > 0)
    await sql.query(
      `delete from cluster.applied a using unnest($2::text[], $3::text[]) as c(kind, name)
       where a.cluster_id = $1 and a.kind = c.kind and a.name = c.name`,
      [cluster, quoted(gone.map(({ kind }) => kind)), quoted(gone.map(({ name }) => name))],
    )
}

/** Somebody changed it by hand; the same thing is told once until it is repaired. */
export const insertDrift = (
  sql: Sql,
  cluster: string,
  drift: {
    readonly id: string
    readonly kind: string
    readonly name: string
    readonly wanted: string | null
    readonly found: string | null
  },
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.drift as d (id, cluster_id, kind, name, wanted, found, found_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (cluster_id, kind, name) where repaired_at is null do update set wanted = excluded.wanted, found = excluded.found
     where (d.wanted, d.found) is distinct from (excluded.wanted, excluded.found) returning id`,
    [drift.id, cluster, drift.kind, drift.name, drift.wanted, drift.found, iso(now)],
  )

/** Of what drifted, all but what still differs was put right. */
export const repairDrifts = (
  sql: Sql,
  cluster: string,
  still: readonly { readonly kind: string; readonly name: string }[],
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `update cluster.drift d set repaired_at = $2 where d.cluster_id = $1 and d.repaired_at is null
       and not exists (select from unnest($3::text[], $4::text[]) as c(kind, name) where c.kind = d.kind and c.name = d.name)
     returning id`,
    [cluster, iso(now), quoted(still.map(({ kind }) => kind)), quoted(still.map(({ name }) => name))],
  )

export async function lastVersion(sql: Sql, cluster: string): Promise<bigint> {
  const [row] = await sql.query<{ version: bigint }>(
    'select coalesce(max(version), 0)::bigint as version from cluster.turn where cluster_id = $1',
    [cluster],
  )
  return row!.version
}

export const insertTurn = (
  sql: Sql,
  cluster: string,
  turn: {
    readonly version: bigint
    readonly wanted: number
    readonly written: number
    readonly failed: number
    readonly trouble: string | null
  },
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.turn (cluster_id, version, at, wanted, written, failed, trouble) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict do nothing`,
    [cluster, turn.version, iso(now), turn.wanted, turn.written, turn.failed, turn.trouble],
  )

/** GPUs at once that the contracts of a person promise, by accelerator and tier: of all grants that are active, the sum. */
export const promisedAtOnce = (
  sql: Sql,
): Promise<{ person: string; accelerator: string; tier: string; gpus: bigint }[]> =>
  sql.query(
    `select g.person_id as person, g.unit ->> 'accelerator' as accelerator, g.unit ->> 'tier' as tier,
       sum((g.clauses -> 'guarantees' ->> 'nodesAtOnce')::bigint * (g.unit ->> 'gpusPerNode')::bigint)::bigint as gpus
     from grants.grant g
     where g.status = 'active' and g.denomination = 'node_hour' and g.clauses -> 'guarantees' ? 'nodesAtOnce' and g.unit ? 'gpusPerNode'
     group by 1, 2, 3`,
  )
