import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import type { Db } from '#db/sql.ts'
import { nextOf, readMigrations, type Migration } from '#db/migrate.ts'
import type { Reports } from '#reports/reports.ts'
import type { Millis } from '#base/time.ts'
import type { Metrics } from './metrics.ts'
import { watchRequests } from './requests.ts'
import { watchDatabase } from './vitals.ts'

export type Probed = { readonly status: 200 | 503; readonly type: string; readonly body: string }
export type Probes = Readonly<Record<'/healthz' | '/readyz' | '/metrics', () => Promise<Probed>>>

const JSON_TYPE = 'application/json'
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** What machines ask: does it live, should it get new work, how is it. Nothing else of this room has to be read for that. */
export async function openProbes({
  db,
  metrics,
  health,
  now,
  trouble,
}: {
  db: Db
  metrics: Metrics
  health: Reports['health']
  now: () => Millis
  /** Why this process should get no new work now, or null. */
  trouble: (() => string | null) | undefined
}): Promise<Probes> {
  watchDatabase(metrics, health, now)
  watchRequests(metrics)
  // Now, because the files may be those of a newer program later on.
  const migrations = await readMigrations()
  const say = (status: 200 | 503, body: object): Probed => ({ status, type: JSON_TYPE, body: toJson(body) })
  return {
    '/healthz': () => Promise.resolve(say(200, { status: 'ok' })),
    '/readyz': async () => {
      const reason = trouble?.() ?? (await notReady(db, migrations))
      return reason === null ? say(200, { status: 'ok' }) : say(503, { status: 'not ready', reason })
    },
    '/metrics': async () => ({ status: 200, type: METRICS_TYPE, body: await metrics.render() }),
  }
}

/**
 * Null when the database answers and has the migrations of this code. It may have more: while a newer Perq takes the place
 * of this one, replica by replica, the older ones go on serving.
 */
async function notReady(db: Db, migrations: readonly Migration[]): Promise<string | null> {
  try {
    const applied = await db.query<{ number: number; name: string; hash: string }>(
      'select number, name, hash from public.perq_migration order by number',
    )
    const missing = nextOf(applied.slice(0, migrations.length), migrations)
    return missing === null ? null : `migration ${missing.name} is not applied`
  } catch (error) {
    return error instanceof Fault ? error.message : 'the database does not answer'
  }
}
