import { canonicalJson, sha256Hex } from '#base/json.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { MonthText } from './month.ts'
import { audit } from './sla.ts'
import type { Facts, Statement } from './statement.ts'
import type { Lane } from './store.ts'
import { runView, type RunView, type StatementView } from './views.ts'

/** A row as the accounting told it, every column as text: what the statement can be computed from again by other means. */
export type RawRow = Readonly<Record<(typeof COLUMNS)[number], string>>

const COLUMNS = [
  'cluster',
  'record',
  'job',
  'state',
  'login',
  'account',
  'allowance',
  'partition',
  'submitted_at',
  'eligible_at',
  'started_at',
  'ended_at',
  'elapsed_seconds',
  'suspended_seconds',
  'time_limit_seconds',
  'requested',
  'allocated',
  'gpus',
  'nodes',
  'exit_code',
  'comment',
  'class',
  'charged_gpu_seconds',
  'absorbed_gpu_seconds',
  'lost_gpu_seconds',
  'transfer',
  'revision',
] as const

export type Evidence = {
  readonly format: 'perq.sla.1'
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
  readonly statement: StatementView
  /** Whether each run's wait counts: `guaranteed`, or `beyond` what is guaranteed at once. */
  readonly waits: readonly { readonly run: string; readonly counts: 'guaranteed' | 'beyond' }[]
  readonly runs: readonly RunView[]
  readonly records: readonly RawRow[]
  readonly nodes: readonly { node: string; gpus: number; from: string; until: string | null }[]
  readonly outages: readonly {
    node: string
    state: string
    reason: string
    planned: boolean
    from: string
    until: string | null
  }[]
  readonly samples: readonly { cluster: string; at: string; up: number; used: number; preemptible: number }[]
  /** SHA-256 of the rows as CSV, which is the other file of the evidence. */
  readonly records_csv_sha256: string
  /** SHA-256 of the canonical JSON of everything else here. */
  readonly sha256: string
}

/** Everything that one statement rests on; null: nothing was promised there. */
export async function evidence(
  sql: Sql,
  lane: Lane,
  month: MonthText,
  now: Millis,
): Promise<Evidence | null> {
  const found = await audit(sql, lane, month, now)
  const [person] = await sql.query<Evidence['person']>(
    'select id, name, email from people.person where id = $1',
    [lane.person],
  )
  if (!found || !person) return null
  const records = await rawRows(sql, lane, found.facts)
  const body = {
    format: 'perq.sla.1' as const,
    person,
    statement: found.view,
    waits: waitsOf(found.statement),
    runs: found.facts.runs.map(runView),
    records,
    nodes: found.facts.nodes.map(({ node, gpus, from, until }) => ({
      node,
      gpus,
      from: iso(from),
      until: until === null ? null : iso(until),
    })),
    outages: found.facts.outages.map(({ node, state, reason, planned, from, until }) => ({
      node,
      state,
      reason,
      planned,
      from: iso(from),
      until: until === null ? null : iso(until),
    })),
    samples: found.facts.samples.map((sample) => ({ ...sample, at: iso(sample.at) })),
    records_csv_sha256: sha256Hex(recordsCsv(records)),
  }
  return { ...body, sha256: hashOf(body) }
}

/** Over the evidence without the hash itself: whoever has the file can compute it again. */
export const hashOf = (evidence: Omit<Evidence, 'sha256'>): string => sha256Hex(canonicalJson(evidence))

const waitsOf = ({ measured: { waits } }: Statement): Evidence['waits'] => [
  ...waits.counted.map(({ run }) => ({ run: run.id, counts: 'guaranteed' as const })),
  ...waits.beyond.map(({ run }) => ({ run: run.id, counts: 'beyond' as const })),
]

async function rawRows(sql: Sql, { person, asset }: Lane, { month }: Facts): Promise<readonly RawRow[]> {
  const time = (column: string): string =>
    `coalesce(to_char(r.${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')`
  return sql.query<RawRow>(
    `select c.name as cluster, r.record, r.job, r.state_text as state, r.login, r.account, r.allowance, r.partition,
       ${time('submitted_at')} as submitted_at, ${time('eligible_at')} as eligible_at, ${time('started_at')} as started_at,
       ${time('ended_at')} as ended_at, r.elapsed_s::text as elapsed_seconds, r.suspended_s::text as suspended_seconds,
       coalesce(r.time_limit_s::text, '') as time_limit_seconds, r.requested, r.allocated, r.gpus::text as gpus,
       array_to_string(r.nodes, ' ') as nodes, r.exit_code, r.comment, r.class, r.charged::text as charged_gpu_seconds,
       r.absorbed::text as absorbed_gpu_seconds, r.lost::text as lost_gpu_seconds, coalesce(r.transfer::text, '') as transfer,
       r.revision::text as revision
     from cluster.record r join cluster.cluster c on c.id = r.cluster_id
     where r.person_id = $1 and r.asset = $2 and r.submitted_at < $4 and coalesce(r.ended_at, 'infinity') > $3
     order by r.submitted_at, c.name, r.record`,
    [person, asset, iso(month.from), iso(month.until)],
  )
}

/** RFC 4180. Text that a spreadsheet would run as a formula is disarmed. */
export const recordsCsv = (rows: readonly RawRow[]): string =>
  [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('')

function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
