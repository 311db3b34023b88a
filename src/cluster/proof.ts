import type { Db } from '#db/sql.ts'

/** One thing that does not hold, with the row it was found at; as `ledger verify` tells its own. */
export type ClusterFinding = { readonly check: string; readonly row: string; readonly detail: string }

/** Findings told per check. */
const MOST = 20

/** What must hold between what the accounting said and what the ledger says, each as a query that answers the rows at which it does not. */
const CHECKS: readonly { readonly check: string; readonly text: string }[] = [
  {
    check: 'each charge of the ledger for jobs is what its runs say',
    text: `select 'usage ' || coalesce(u.id, r.transfer) as row,
        format('charged %s and absorbed %s; its runs say %s and %s', u.charged, u.absorbed, r.charged, r.absorbed) as detail
      from (select id, charged, absorbed from ledger.usage where door = 'cluster') u
        full join (
          select transfer, sum(charged) as charged, sum(absorbed) as absorbed
          from (
            select r.transfer, r.charged - coalesce(p.charged, 0) as charged, r.absorbed - coalesce(p.absorbed, 0) as absorbed
            from cluster.record r left join (
              select cluster_id, record, sum(charged) as charged, sum(absorbed) as absorbed from cluster.posting group by 1, 2
            ) p on p.cluster_id = r.cluster_id and p.record = r.record
            where r.transfer is not null
              and not exists (select from cluster.posting own where own.transfer = r.transfer)
            union all
            select transfer, charged, absorbed from cluster.posting where kind = 'charge'
          ) parts group by transfer
        ) r on r.transfer = u.id
      where (u.charged, u.absorbed) is distinct from (r.charged, r.absorbed)
        and not (u.id is null and exists (select from ledger.archive a where r.transfer >= a.low and r.transfer < a.high))
        and not (r.transfer is null and u.charged = 0 and u.absorbed = 0)`,
  },
  {
    check: 'each correction of a run is what its entries say',
    text: `select 'transfer ' || p.transfer as row, format('took back %s; its entries say %s', -(p.charged + p.absorbed), coalesce(e.amount, 0)) as detail
      from cluster.posting p left join (
        select transfer, sum(amount) as amount, min(cause::text) as cause from ledger.entry where kind = 'adjust' group by transfer
      ) e on e.transfer = p.transfer
      where p.kind <> 'charge' and (-(p.charged + p.absorbed), p.cause::text) is distinct from (coalesce(e.amount, 0), e.cause)`,
  },
  {
    check: 'each run is charged for what it used',
    text: `select 'record ' || record as row,
        format('used %s GPU-seconds, of which %s are charged and %s absorbed', gpu_seconds, charged, absorbed) as detail
      from cluster.record
      where settled_at is not null and (gpu_seconds <> charged + absorbed
        or ended_at is not null and gpu_seconds <> gpus * greatest(elapsed_s - suspended_s, 0))`,
  },
  {
    check: 'each hold of a job that is open stands in the ledger, and each of the ledger belongs to a job',
    text: `select 'hold ' || coalesce(c.id, l.id) as row,
        format('is %s for a job and %s in the ledger', coalesce(c.amount::text, 'nothing'), coalesce(l.amount::text, 'nothing')) as detail
      from (select id, amount, wallet_id, expires_at from cluster.hold where state in ('placed', 'bound')) c
        full join (select id, amount, wallet_id from ledger.hold where owner = 'cluster') l on l.id = c.id
      where (c.amount, c.wallet_id) is distinct from (l.amount, l.wallet_id)
        -- One that nobody kept alive is found by the next sweep.
        and not (l.id is null and exists (select from ledger.entry e where e.transfer = c.id and e.kind = 'lapse'))`,
  },
]

/** Proves that what clusters used stands in the ledger once; from one snapshot, so that a running server does not disturb it. */
export const proveCluster = (
  db: Db,
  onCheck: (check: string) => void = () => {},
): Promise<ClusterFinding[]> =>
  db.tx(async (sql) => {
    await sql.query('set transaction isolation level repeatable read')
    await sql.query("set local work_mem = '64MB'")
    await sql.query('set local jit = off')
    const findings: ClusterFinding[] = []
    for (const { check, text } of CHECKS) {
      onCheck(check)
      const rows = await sql.query<{ row: string; detail: string }>(`${text} limit ${MOST}`)
      findings.push(...rows.map((row) => ({ check, ...row })))
    }
    return findings
  })
