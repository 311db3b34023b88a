import { assetOf, parseAsset, type Asset, type AssetUnit, type Denomination, type Tier } from '#base/asset.ts'
import { iso, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Guarantees } from '#grants/clauses.ts'
import { promised } from '#supply/store.ts'
import type { Outage, Period, Pledge, PromisedNode, Run, Sample } from './facts.ts'

/** A person's GPU-hours of one accelerator and tier. */
export type Lane = { readonly person: string; readonly asset: Asset }

/** Contracts, runs and tasks of one array that one statement reads; a person has far fewer. */
const MOST_RUNS = 200_000
const MOST_TASKS = 1_000

type PledgeRow = {
  person: string
  grant: string
  name: string
  denomination: Denomination
  unit: AssetUnit
  from: DateText
  until: DateText | null
  hash: string
  guarantees: Guarantees
}

/** A pledge, whose it is and in which lane. */
export type Pledged = Lane & { readonly pledge: Pledge }

/**
 * Every guarantee of GPU-hours and nodes that held at some time of a month, version by version: an amendment holds from its day
 * on. `person` null: everybody's. Hours of nodes are GPU-hours of their GPUs. Index: grant_person, version's key.
 */
export async function pledges(
  sql: Sql,
  {
    person,
    from,
    until,
  }: { readonly person: string | null; readonly from: DateText; readonly until: DateText },
): Promise<readonly Pledged[]> {
  const rows = await sql.query<PledgeRow>(
    `with version as (
       select g.id, g.person_id, g.name, g.denomination, g.ended_on, v.terms, v.content_hash as hash,
         greatest(v.effective_on, v.grant_date) as from_on,
         lead(v.effective_on) over (partition by v.grant_id order by v.n) as next_on
       from grants.grant g join grants.version v on v.grant_id = g.id
       where g.status in ('active', 'ended') and g.denomination in ('gpu_hour', 'node_hour')
         and ($1::uuid is null or g.person_id = $1)
     )
     select person_id as person, id as grant, name, denomination, terms -> 'unit' as unit, from_on as "from",
       least(next_on, ended_on) as until, hash, terms -> 'clauses' -> 'guarantees' as guarantees
     from version
     where terms -> 'clauses' -> 'guarantees' is not null and from_on < $3
       and coalesce(least(next_on, ended_on), 'infinity') > greatest(from_on, $2)
     order by person_id, id, from_on`,
    [person, from, until],
  )
  const sizes = await nodeSizes(sql)
  return rows.map((row): Pledged => {
    const { accelerator = '', tier = 'guaranteed', gpusPerNode } = row.unit
    const gpus = gpusPerNode ?? sizes.get(accelerator) ?? GPUS_OF_A_NODE
    const { grant, name, guarantees } = row
    return {
      person: row.person,
      asset: assetOf('gpu_hour', { accelerator, tier }),
      pledge: {
        grant,
        name,
        contentHash: row.hash,
        from: row.from,
        until: row.until,
        guarantees,
        gpusPerNode: gpus,
        gpusPerUnit: row.denomination === 'node_hour' ? gpus : 1,
      },
    }
  })
}

/** Of a cluster that has never been seen. */
const GPUS_OF_A_NODE = 8

/** GPUs of the largest node of each accelerator: what "a node" of a contract of GPU-hours is. */
async function nodeSizes(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ accelerator: string; gpus: number }>(
    'select accelerator, max(gpus)::int as gpus from supply.node group by accelerator',
  )
  return new Map(rows.map(({ accelerator, gpus }) => [accelerator, gpus]))
}

type RunRow = {
  cluster: string
  id: string
  job: string
  state: string
  class: string
  gpus: bigint
  submitted_at: Millis
  eligible_at: Millis | null
  started_at: Millis | null
  ended_at: Millis | null
  seconds: bigint
  charged: bigint
  tasks: number
}

/** What never got its GPUs has nothing allocated: what it asked for, under an allowance that names a tier, says which lane it waited in. */
const ASKED_FOR = `
  select 'GPU_SECOND/' || a.accelerator || '/' || t.tier as asset, split_part(r.requested, '=', 2)::bigint as gpus
  from cluster.accelerator a join cluster.cluster k on k.id = a.cluster_id cross join lateral (
    select coalesce(
      (select split_part(l.asset, '/', 3) from cluster.line l
       where l.cluster_id = r.cluster_id and l.person_id = r.person_id and l.allowance = r.allowance
         and l.asset like 'GPU\\_SECOND/' || a.accelerator || '/%' limit 1),
      k.rules -> 'allowances' ->> r.allowance) as tier
  ) t
  where a.cluster_id = r.cluster_id and r.requested ~ '^[^=,]+=[0-9]{1,9}$' and a.type = split_part(r.requested, '=', 1)
    and t.tier is not null`

/** Runs of which all that ran was of use, whoever paid. */
const WHOLE = new Set(['usual', 'history', 'unowned'])

/**
 * Everything of a lane that waited or ran in a period, from the accounting and, of what the accounting does not know yet, from the
 * queue. Index: record_person, job_person.
 */
export async function runs(sql: Sql, { person, asset }: Lane, period: Period): Promise<readonly Run[]> {
  const rows = await sql.query<RunRow>(
    `with live as materialized (
       select * from cluster.job where person_id = $1 and asset = $2 and state <> 'gone' and submitted_at < $4
     ), own as (
       select r.*, coalesce(r.asset, asked.asset) as lane, case when r.asset is null then asked.gpus else r.gpus end as size
       from cluster.record r left join lateral (${ASKED_FOR}) asked on r.asset is null
       where r.person_id = $1 and r.submitted_at < $4 and coalesce(r.ended_at, 'infinity') > $3
     )
     select c.name as cluster, r.record as id, r.job, r.state, r.class, r.size as gpus, r.submitted_at, r.eligible_at, r.started_at,
       r.ended_at, r.elapsed_s - least(r.suspended_s, r.elapsed_s) as seconds, r.charged, 1 as tasks
     from own r join cluster.cluster c on c.id = r.cluster_id
     where r.lane = $2
       and (r.ended_at is not null or not exists (
         select 1 from live j
         where j.cluster_id = r.cluster_id and j.job = r.job and j.submitted_at = r.submitted_at))
    union all
     select c.name, 'queue ' || j.job || ' ' || extract(epoch from j.submitted_at)::bigint, j.job,
       case when j.started_at is null then 'pending' else 'running' end, 'usual', j.gpus, j.submitted_at,
       case when j.state = 'held' then null else j.eligible_at end, j.started_at, null, 0, 0, j.tasks
     from live j join cluster.cluster c on c.id = j.cluster_id
     order by submitted_at, cluster, id limit $5`,
    [person, asset, iso(period.from), iso(period.until), MOST_RUNS],
  )
  return rows.flatMap((row) => {
    const one = runOf(row)
    if (row.tasks === 1) return [one]
    return Array.from({ length: Math.min(row.tasks, MOST_TASKS) }, (_, n) => ({
      ...one,
      id: `${one.id} ${n}`,
    }))
  })
}

function runOf(row: RunRow): Run {
  const ran = row.ended_at === null ? 0n : row.gpus * row.seconds
  return {
    id: `${row.cluster}/${row.id}`,
    cluster: row.cluster,
    job: row.job,
    state: row.state,
    gpus: Number(row.gpus),
    submittedAt: row.submitted_at,
    eligibleAt: row.eligible_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    ran,
    useful: WHOLE.has(row.class) ? ran : row.charged < ran ? row.charged : ran,
    charged: row.charged,
  }
}

/** What stood behind the promises of an accelerator and tier, and when it could not be used. */
export async function capacity(
  sql: Sql,
  asset: Asset,
  period: Period,
): Promise<{
  readonly nodes: readonly PromisedNode[]
  readonly outages: readonly Outage[]
  readonly samples: readonly Sample[]
}> {
  const { accelerator, tier } = laneOf(asset)
  const nodes = await promised(sql, { accelerator, tier, from: period.from, until: period.until })
  const outages = await sql.query<Omit<Outage, 'gpus'> & { cluster: string }>(
    `select c.name as cluster, e.node, e.state, e.reason, e.planned, e.from_at as "from", e.to_at as until
     from cluster.node_event e join cluster.cluster c on c.id = e.cluster_id
     where e.from_at < $2 and coalesce(e.to_at, 'infinity') > $1 and (c.name, e.node) in (select * from unnest($3::text[], $4::text[]))
     order by e.from_at, c.name, e.node`,
    [iso(period.from), iso(period.until), nodes.map(({ cluster }) => cluster), nodes.map(({ node }) => node)],
  )
  const samples = await sql.query<{
    cluster: string
    at: Millis
    up: bigint
    used: bigint
    preemptible: bigint
  }>(
    `select k.cluster_id::text as cluster, k.at, sum(k.up)::bigint as up, sum(k.used)::bigint as used, sum(k.preemptible)::bigint as preemptible
     from cluster.capacity k join cluster.accelerator a on a.cluster_id = k.cluster_id and a.type = k.type
     where a.accelerator = $1 and k.at >= $2::timestamptz - interval '15 minutes' and k.at < $3
     group by k.cluster_id, k.at order by k.at, k.cluster_id`,
    [accelerator, iso(period.from), iso(period.until)],
  )
  const full = (node: { cluster: string; node: string }): string => `${node.cluster}/${node.node}`
  const gpusOf = new Map(nodes.map((node) => [full(node), node.gpus]))
  return {
    nodes: nodes.map((node) => ({ node: full(node), gpus: node.gpus, from: node.from, until: node.until })),
    outages: outages.map(({ state, reason, planned, from, until, ...at }) => {
      const node = full(at)
      return { node, gpus: gpusOf.get(node) ?? 0, state, reason, planned, from, until }
    }),
    samples: samples.map(({ cluster, at, up, used, preemptible }) => ({
      cluster,
      at,
      up: Number(up),
      used: Number(used),
      preemptible: Number(preemptible),
    })),
  }
}

export function laneOf(asset: Asset): { readonly accelerator: string; readonly tier: Tier } {
  const { accelerator = '', tier = 'guaranteed' } = parseAsset(asset)?.unit ?? {}
  return { accelerator, tier }
}
