import { SECOND, type Millis } from '#base/time.ts'
import type { Health } from '#reports/health.ts'
import type { Metrics } from './metrics.ts'

/** What the database tells at every look: the same from every process that is asked. */
export function watchDatabase(metrics: Metrics, health: () => Promise<Health>, now: () => Millis): void {
  const up = metrics.gauge('perq_database_up', '1 when the database answered this look, 0 when it did not.')
  const holds = metrics.gauge('perq_holds_open', 'Holds in flight.')
  const oldest = metrics.gauge('perq_hold_oldest_seconds', 'Age of the oldest hold.')
  const unsealed = metrics.gauge('perq_entries_unsealed', 'Entries that the hash chain has not reached.')
  const sealLag = metrics.gauge('perq_seal_lag_seconds', 'Age of the oldest entry that is not sealed.')
  const rollupLag = metrics.gauge('perq_rollup_lag_seconds', 'Age of the oldest call that is in no roll-up.')
  const connections = metrics.gauge('perq_database_connections', 'Connections to the database server.', [
    'state',
  ])
  const most = metrics.gauge('perq_database_connections_max', 'Connections that the database server allows.')
  const failures = metrics.counter(
    'perq_wal_archive_failures_total',
    'Segments of the log that could not be archived at a try.',
  )
  metrics.collect(async () => {
    const seen = await soon(health())
    up.set(seen ? 1 : 0)
    if (!seen) return
    const age = (since: Millis | null): number => (since === null ? 0 : Math.max(0, (now() - since) / SECOND))
    holds.set(seen.holds_open)
    oldest.set(age(seen.oldest_hold))
    unsealed.set(seen.unsealed)
    sealLag.set(age(seen.unsealed_since))
    rollupLag.set(age(seen.unrolled_since))
    connections.set(seen.connections_busy, { state: 'busy' })
    connections.set(seen.connections - seen.connections_busy, { state: 'idle' })
    most.set(seen.connections_most)
    failures.to(Number(seen.archive_failures))
  })
}

/** A scraper waits for ten seconds, and what the process knows of itself should come in any case. */
const ANSWERS_WITHIN = 2 * SECOND

/** Null when it fails or takes too long. */
async function soon<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ANSWERS_WITHIN, null)
  })
  try {
    return await Promise.race([work.catch(() => null), late])
  } finally {
    clearTimeout(timer)
  }
}
