import { DAY, iso, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Health } from '#reports/health.ts'
import { finding, type Finding } from './finding.ts'

/** What is asked of the database itself, beside what `/metrics` tells of it. */
export type Facts = {
  readonly version: string
  readonly major: number
  readonly at: Millis
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  readonly data_checksums: string
  readonly migrations: number
  readonly newest: string
  readonly overdue: number
  /** Processes whose heart beat within the last 20 s. */
  readonly alive: number
  /** Months after this one whose part of the calls is made. */
  readonly months_ahead: number
  readonly archiving: boolean
  readonly archive_failed_at: Millis | null
  readonly archived_at: Millis | null
}

export async function readFacts(sql: Sql, now: Millis): Promise<Facts> {
  const [row] = await sql.query<Facts>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
       clock_timestamp() as at, current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
       current_setting('synchronous_commit') as synchronous_commit, current_setting('data_checksums') as data_checksums,
       m.count as migrations, m.newest,
       (select count(*)::int from ledger.hold where expires_at < $1) as overdue,
       (select count(*)::int from ledger.owner where seen_at > $2) as alive,
       (select count(*)::int from ledger.month where month > $1::timestamptz::date) as months_ahead,
       current_setting('archive_mode') <> 'off' as archiving,
       a.last_failed_time as archive_failed_at, a.last_archived_time as archived_at
     from pg_stat_archiver a,
       (select count(*)::int, max(lpad(number::text, 6, '0') || '_' || name) as newest from public.perq_migration) m`,
    [iso(now), iso(now - 20 * SECOND)],
  )
  return row!
}

export type Seen = {
  readonly facts: Facts
  readonly health: Health
  readonly people: number
  readonly now: Millis
  /** Connections that the database has, and how many this server would need at least; the fault when it is too few. */
  readonly connections: { readonly most: number; readonly used: number; readonly tooFew: string | null }
}

const OLDEST_SERVER = 15
const CLOCKS_MAY_DIFFER = 5 * SECOND
const LAG = 5 * MINUTE

/** Pure: what is well and what is not. */
export function judge({ facts, health, people, now, connections }: Seen): readonly Finding[] {
  const apart = Math.abs(facts.at - now)
  const lag = (since: Millis | null): Millis => (since === null ? 0 : Math.max(0, now - since))
  // Without a server nobody seals; that is no fault of what lies there.
  const late = (since: Millis | null): boolean => facts.alive > 0 && lag(since) > LAG
  const oldest = lag(health.oldest_hold)
  const failing = facts.archive_failed_at !== null && facts.archive_failed_at > (facts.archived_at ?? 0)
  const durable: readonly (readonly [string, string, boolean, string])[] = [
    [
      'fsync',
      facts.fsync,
      facts.fsync === 'on',
      'Set fsync = on: otherwise a power cut loses what was acknowledged.',
    ],
    [
      'full_page_writes',
      facts.full_page_writes,
      facts.full_page_writes === 'on',
      'Set full_page_writes = on: otherwise a power cut can tear pages.',
    ],
    [
      'synchronous_commit',
      facts.synchronous_commit,
      facts.synchronous_commit !== 'off',
      'Set synchronous_commit = on: otherwise a crash loses the newest holds and settlements.',
    ],
    [
      'data_checksums',
      facts.data_checksums,
      facts.data_checksums === 'on',
      'Stop the server and run pg_checksums --enable: otherwise a disk that rots is not noticed.',
    ],
  ]
  return [
    finding(
      'database',
      facts.major >= OLDEST_SERVER,
      `PostgreSQL ${facts.version}, ${people} people`,
      `Use PostgreSQL ${OLDEST_SERVER} or newer.`,
    ),
    ...durable.map(([name, value, ok, remedy]) => finding(name, ok, value, remedy)),
    finding(
      'clock',
      apart <= CLOCKS_MAY_DIFFER,
      `${(apart / SECOND).toFixed(1)} s from the database's`,
      'Set both clocks by time servers; a server does not start above 5 s.',
    ),
    finding('migrations', true, `${facts.migrations} applied, newest ${facts.newest}`, ''),
    finding(
      'connections',
      connections.tooFew === null,
      `${connections.used} of ${connections.most} in use`,
      connections.tooFew ?? '',
    ),
    finding(
      'replicas',
      true,
      facts.alive === 0 ? 'no process serves now' : `${facts.alive} processes serve`,
      '',
    ),
    finding(
      'holds',
      facts.overdue === 0,
      `${health.holds_open} in flight, ${facts.overdue} past their expiry`,
      'Start a server: it ends them at its next turn.',
    ),
    finding(
      'oldest hold',
      oldest <= 2 * DAY,
      health.oldest_hold === null ? 'none' : `${Math.round(oldest / SECOND)} s old`,
      'A batch may be open for a day; look for what stands in perq ledger verify and in the log of the server.',
    ),
    finding(
      'seals',
      !late(health.unsealed_since),
      `${health.unsealed} entries wait to be sealed, the oldest for ${Math.round(lag(health.unsealed_since) / SECOND)} s`,
      'A transaction that was left open on the database server holds it up (pg_stat_activity), or the worker fails: see the log.',
    ),
    finding(
      'roll-ups',
      !late(health.unrolled_since),
      `${Math.round(lag(health.unrolled_since) / SECOND)} s behind`,
      'As for seals.',
    ),
    finding(
      'months',
      facts.alive === 0 || facts.months_ahead > 0,
      `${facts.months_ahead} made ahead`,
      'The worker makes them every minute: see the log for why it fails.',
    ),
    finding(
      'log archive',
      !failing,
      facts.archiving
        ? facts.archived_at === null
          ? 'nothing handed over yet'
          : `last handed over ${iso(facts.archived_at)}`
        : 'off: no point in time between backups can be restored',
      `It fails since ${failing ? iso(facts.archive_failed_at ?? 0) : ''}: look for space and rights in its folder. PostgreSQL keeps its log until then and fills its own disk.`,
    ),
  ]
}
