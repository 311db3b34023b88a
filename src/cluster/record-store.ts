import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Purpose } from '#ledger/types.ts'
import { plain, quoted } from './columns.ts'
import type { AccountingRecord } from './port.ts'
import type { GpuAsset, Mode } from './types.ts'

/** What the accounting said, and where it lies in the ledger. Statements only. */

/** What a record is to us, beside what the accounting says of it. */
export type Booked = {
  readonly person: string | null
  readonly asset: GpuAsset | null
  readonly purpose: Purpose
  readonly mode: Mode
  readonly class: string
  readonly gpuSeconds: bigint
  readonly charged: bigint
  readonly absorbed: bigint
  readonly lost: bigint
  readonly settledAt: Millis | null
  readonly transfer: string | null
  readonly held: bigint | null
  readonly inOutage: boolean
}

export type Row = {
  readonly record: AccountingRecord
  readonly root: string
  readonly unit: number
  readonly told: string
  readonly revision: number
  readonly requested: string
  readonly allocated: string
  readonly gpus: bigint
  readonly booked: Booked
}

export type KnownRow = {
  record: string
  told: string
  revision: number
  person: string | null
  asset: GpuAsset | null
  allowance: string
  purpose: Purpose
  mode: Mode
  class: string
  gpu_seconds: bigint
  charged: bigint
  absorbed: bigint
  settled_at: Millis | null
  transfer: string | null
  held: bigint | null
}

/** Those of these records that were read before. */
export const known = (sql: Sql, cluster: string, records: readonly string[]): Promise<KnownRow[]> =>
  sql.query(
    `select record, told, revision, person_id as person, asset, allowance, purpose, mode, class, gpu_seconds, charged, absorbed, settled_at,
       transfer, held
     from cluster.record where cluster_id = $1 and record = any ($2)`,
    [cluster, quoted(records)],
  )

/** Of these, what the accounting had told of them: all that is compared. */
export const toldOf = (
  sql: Sql,
  cluster: string,
  records: readonly string[],
): Promise<{ record: string; told: string; open: boolean }[]> =>
  sql.query(
    `select record, told, class = 'unowned' as open from cluster.record where cluster_id = $1 and record = any ($2)`,
    [cluster, quoted(records)],
  )

const column = <T>(rows: readonly Row[], of: (row: Row) => T): T[] => rows.map(of)

/**
 * Writes records as they are told now; those that stand are replaced by it. `anew`: none stands, which is cheaper to write, and fails if one does.
 */
export async function putRecords(
  sql: Sql,
  cluster: string,
  rows: readonly Row[],
  now: Millis,
  { anew }: { anew: boolean },
): Promise<void> {
  if (rows.length === 0) return
  await sql.query(anew ? PUT : PUT + REPLACING, [
    cluster,
    iso(now),
    quoted(column(rows, ({ record }) => record.record)),
    quoted(column(rows, ({ record }) => record.job)),
    plain(column(rows, ({ record }) => record.submittedAt)),
    quoted(column(rows, ({ root }) => root)),
    plain(column(rows, ({ unit }) => unit)),
    quoted(column(rows, ({ record }) => record.array?.task ?? null)),
    quoted(column(rows, ({ record }) => record.state)),
    quoted(column(rows, ({ record }) => record.stateText)),
    quoted(column(rows, ({ record }) => record.name)),
    quoted(column(rows, ({ record }) => record.login)),
    quoted(column(rows, ({ record }) => record.account)),
    quoted(column(rows, ({ record }) => record.allowance)),
    quoted(column(rows, ({ record }) => record.partition)),
    plain(column(rows, ({ record }) => record.restarts)),
    plain(column(rows, ({ record }) => record.eligibleAt)),
    plain(column(rows, ({ record }) => record.startedAt)),
    plain(column(rows, ({ record }) => record.endedAt)),
    plain(column(rows, ({ record }) => record.elapsedSeconds)),
    plain(column(rows, ({ record }) => record.suspendedSeconds)),
    plain(
      column(rows, ({ record }) => (record.timeLimit === null ? null : Math.ceil(record.timeLimit / 1_000))),
    ),
    quoted(column(rows, ({ requested }) => requested)),
    quoted(column(rows, ({ allocated }) => allocated)),
    plain(column(rows, ({ gpus }) => gpus)),
    quoted(column(rows, ({ record }) => record.nodes.join(','))),
    quoted(column(rows, ({ record }) => record.exitCode)),
    quoted(column(rows, ({ record }) => record.comment.slice(0, 1_000))),
    plain(column(rows, ({ revision }) => revision)),
    quoted(column(rows, ({ told }) => told)),
    plain(column(rows, ({ booked }) => booked.person)),
    quoted(column(rows, ({ booked }) => booked.asset)),
    quoted(column(rows, ({ booked }) => booked.purpose)),
    quoted(column(rows, ({ booked }) => booked.mode)),
    quoted(column(rows, ({ booked }) => booked.class)),
    plain(column(rows, ({ booked }) => booked.gpuSeconds)),
    plain(column(rows, ({ booked }) => booked.charged)),
    plain(column(rows, ({ booked }) => booked.absorbed)),
    plain(column(rows, ({ booked }) => booked.lost)),
    plain(column(rows, ({ booked }) => booked.settledAt)),
    plain(column(rows, ({ booked }) => booked.transfer)),
    plain(column(rows, ({ booked }) => booked.held)),
    plain(column(rows, ({ booked }) => booked.inOutage)),
  ])
}

const at = (column: string): string => `to_timestamp(c.${column} / 1000::float8)`

const PUT = `insert into cluster.record (cluster_id, seen_at, changed_at, record, job, submitted_at, root, unit, task, state, state_text, name,
    login, account, allowance, partition, restarts, eligible_at, started_at, ended_at, elapsed_s, suspended_s, time_limit_s, requested,
    allocated, gpus, nodes, exit_code, comment, revision, told, person_id, asset, purpose, mode, class, gpu_seconds, charged, absorbed,
    lost, settled_at, transfer, held, in_outage)
  select $1, $2, $2, c.record, c.job, ${at('submitted')}, c.root, c.unit, c.task, c.state, c.state_text, c.name, c.login, c.account,
    c.allowance, c.partition, c.restarts, ${at('eligible')}, ${at('started')}, ${at('ended')}, c.elapsed, c.suspended, c.time_limit,
    c.requested, c.allocated, c.gpus, string_to_array(c.nodes, ','), c.exit_code, c.comment, c.revision, c.told, c.person, c.asset,
    c.purpose, c.mode, c.class, c.gpu_seconds, c.charged, c.absorbed, c.lost, ${at('settled')}, c.transfer, c.held, c.in_outage
  from (
    select
      unnest($3::text[]) as record, unnest($4::text[]) as job, unnest($5::bigint[]) as submitted, unnest($6::text[]) as root,
      unnest($7::int[]) as unit, unnest($8::text[]) as task, unnest($9::text[]) as state, unnest($10::text[]) as state_text,
      unnest($11::text[]) as name, unnest($12::text[]) as login, unnest($13::text[]) as account, unnest($14::text[]) as allowance,
      unnest($15::text[]) as partition, unnest($16::int[]) as restarts, unnest($17::bigint[]) as eligible,
      unnest($18::bigint[]) as started, unnest($19::bigint[]) as ended, unnest($20::bigint[]) as elapsed,
      unnest($21::bigint[]) as suspended, unnest($22::bigint[]) as time_limit, unnest($23::text[]) as requested,
      unnest($24::text[]) as allocated, unnest($25::bigint[]) as gpus, unnest($26::text[]) as nodes, unnest($27::text[]) as exit_code,
      unnest($28::text[]) as comment, unnest($29::int[]) as revision, unnest($30::text[]) as told, unnest($31::uuid[]) as person,
      unnest($32::text[]) as asset, unnest($33::text[]) as purpose, unnest($34::text[]) as mode, unnest($35::text[]) as class,
      unnest($36::bigint[]) as gpu_seconds, unnest($37::bigint[]) as charged, unnest($38::bigint[]) as absorbed,
      unnest($39::bigint[]) as lost, unnest($40::bigint[]) as settled, unnest($41::uuid[]) as transfer, unnest($42::bigint[]) as held,
      unnest($43::boolean[]) as in_outage
  ) c`

const REPLACING = ` on conflict (cluster_id, record) do update set changed_at = excluded.changed_at, job = excluded.job, submitted_at = excluded.submitted_at,
    root = excluded.root, unit = excluded.unit, task = excluded.task, state = excluded.state, state_text = excluded.state_text,
    name = excluded.name, login = excluded.login, account = excluded.account, allowance = excluded.allowance,
    partition = excluded.partition, restarts = excluded.restarts, eligible_at = excluded.eligible_at, started_at = excluded.started_at,
    ended_at = excluded.ended_at, elapsed_s = excluded.elapsed_s, suspended_s = excluded.suspended_s,
    time_limit_s = excluded.time_limit_s, requested = excluded.requested, allocated = excluded.allocated, gpus = excluded.gpus,
    nodes = excluded.nodes, exit_code = excluded.exit_code, comment = excluded.comment, revision = excluded.revision,
    told = excluded.told, person_id = excluded.person_id, asset = excluded.asset, purpose = excluded.purpose, mode = excluded.mode,
    class = excluded.class, gpu_seconds = excluded.gpu_seconds, charged = excluded.charged, absorbed = excluded.absorbed,
    lost = excluded.lost, settled_at = excluded.settled_at, transfer = excluded.transfer, held = excluded.held,
    in_outage = excluded.in_outage`

/** Keeps what was told of records before it is replaced. */
export const keepRevisions = (
  sql: Sql,
  cluster: string,
  records: readonly string[],
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.revision (cluster_id, record, revision, body, replaced_at)
     select r.cluster_id, r.record, r.revision, to_jsonb(r) - 'cluster_id', $3 from cluster.record r
     where r.cluster_id = $1 and r.record = any ($2) on conflict do nothing`,
    [cluster, quoted(records), iso(now)],
  )

export type Posting = {
  readonly record: string
  readonly n: number
  readonly transfer: string
  readonly kind: 'charge' | 'give_back' | 'unabsorb'
  readonly charged: bigint
  readonly absorbed: bigint
  readonly cause: string | null
  readonly reason: string
}

export const postingsOf = (sql: Sql, cluster: string, record: string): Promise<Posting[]> =>
  sql.query(
    `select record, n, transfer, kind, charged, absorbed, cause, reason from cluster.posting where cluster_id = $1 and record = $2
     order by n`,
    [cluster, record],
  )

/** What was taken back of a charge that several records share, by all of them. */
export async function unabsorbedOf(sql: Sql, cluster: string, transfer: string): Promise<bigint> {
  const [row] = await sql.query<{ amount: bigint }>(
    `select coalesce(-sum(p.absorbed), 0)::bigint as amount from cluster.posting p
     where p.cluster_id = $1 and p.cause = $2 and p.kind = 'unabsorb'
       and p.record in (select record from cluster.record where transfer = $2 union all
         select record from cluster.posting where transfer = $2)`,
    [cluster, transfer],
  )
  return row!.amount
}

export const insertPosting = (sql: Sql, cluster: string, posting: Posting, now: Millis): Promise<object[]> =>
  sql.query(
    `insert into cluster.posting (cluster_id, record, n, transfer, kind, charged, absorbed, cause, reason, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      cluster,
      posting.record,
      posting.n,
      posting.transfer,
      posting.kind,
      posting.charged,
      posting.absorbed,
      posting.cause,
      posting.reason,
      iso(now),
    ],
  )

export type NewReview = {
  readonly id: string
  readonly record: string
  readonly kind: string
  readonly gpuSeconds: bigint
  readonly state: 'open' | 'credited' | 'kept'
  readonly detail: string
}

export async function insertReviews(
  sql: Sql,
  cluster: string,
  reviews: readonly NewReview[],
  now: Millis,
): Promise<void> {
  if (reviews.length === 0) return
  await sql.query(
    `insert into cluster.review (id, cluster_id, record, kind, gpu_seconds, state, detail, at, decided_at)
     select c.id, $1, c.record, c.kind, c.seconds, c.state, c.detail, $2, case when c.state <> 'open' then $2::timestamptz end
     from unnest($3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[]) as c(id, record, kind, seconds, state, detail)
     on conflict (cluster_id, record, kind) do nothing`,
    [
      cluster,
      iso(now),
      plain(reviews.map(({ id }) => id)),
      quoted(reviews.map(({ record }) => record)),
      quoted(reviews.map(({ kind }) => kind)),
      plain(reviews.map(({ gpuSeconds }) => gpuSeconds)),
      quoted(reviews.map(({ state }) => state)),
      quoted(reviews.map(({ detail }) => detail)),
    ],
  )
}

export type ReviewRow = {
  id: string
  cluster_id: string
  record: string
  kind: string
  gpu_seconds: bigint
  state: 'open' | 'credited' | 'kept'
}

export const lockReview = (sql: Sql, id: string): Promise<ReviewRow[]> =>
  sql.query(
    'select id, cluster_id, record, kind, gpu_seconds, state from cluster.review where id = $1 for no key update',
    [id],
  )

export const decideReview = (
  sql: Sql,
  id: string,
  state: 'credited' | 'kept',
  by: string | null,
  now: Millis,
): Promise<object[]> =>
  sql.query('update cluster.review set state = $2, decided_by = $3, decided_at = $4 where id = $1', [
    id,
    state,
    by,
    iso(now),
  ])

/** Parts of a record in the ledger after a correction that the accounting did not tell. */
export const setParts = (
  sql: Sql,
  cluster: string,
  record: string,
  parts: { charged: bigint; absorbed: bigint; class: string },
  now: Millis,
): Promise<object[]> =>
  sql.query(
    'update cluster.record set charged = $3, absorbed = $4, class = $5, changed_at = $6 where cluster_id = $1 and record = $2',
    [cluster, record, parts.charged, parts.absorbed, parts.class, iso(now)],
  )

/** Adds to what was used of allowances. */
export async function addUsed(
  sql: Sql,
  cluster: string,
  uses: readonly { readonly person: string; readonly asset: string; readonly seconds: bigint }[],
): Promise<void> {
  if (uses.length === 0) return
  await sql.query(
    `update cluster.line l set used = l.used + c.seconds from unnest($2::uuid[], $3::text[], $4::bigint[]) as c(person, asset, seconds)
     where l.cluster_id = $1 and l.person_id = c.person and l.asset = c.asset`,
    [
      cluster,
      plain(uses.map(({ person }) => person)),
      quoted(uses.map(({ asset }) => asset)),
      plain(uses.map(({ seconds }) => seconds)),
    ],
  )
}

export const anyOpenHolds = async (sql: Sql, cluster: string): Promise<boolean> => {
  const [row] = await sql.query<{ any: boolean }>(
    `select exists (select from cluster.hold where cluster_id = $1 and state in ('placed', 'bound')) as any`,
    [cluster],
  )
  return row!.any
}

export async function cursor(
  sql: Sql,
  cluster: string,
  name: 'records' | 'nodes',
): Promise<{ upto: Millis; readAt: Millis } | null> {
  const [row] = await sql.query<{ upto: Millis; readAt: Millis }>(
    'select upto, read_at as "readAt" from cluster.cursor where cluster_id = $1 and name = $2',
    [cluster, name],
  )
  return row ?? null
}

export const setCursor = (
  sql: Sql,
  cluster: string,
  name: 'records' | 'nodes',
  upto: Millis,
  now: Millis,
): Promise<object[]> =>
  sql.query(
    `insert into cluster.cursor as c (cluster_id, name, upto, read_at) values ($1, $2, $3, $4)
     on conflict (cluster_id, name) do update set upto = greatest(c.upto, excluded.upto), read_at = greatest(c.read_at, excluded.read_at)`,
    [cluster, name, iso(upto), iso(now)],
  )

/** The start of the oldest run that is not known to have ended; null: there is none. */
export async function oldestUnended(sql: Sql, cluster: string): Promise<Millis | null> {
  const [row] = await sql.query<{ at: Millis | null }>(
    'select min(submitted_at) as at from cluster.record where cluster_id = $1 and ended_at is null',
    [cluster],
  )
  return row?.at ?? null
}
