import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SECOND, type Millis } from '#base/time.ts'
import type { Metrics } from '#api/metrics.ts'
import type { LaneCounts } from '#ledger/lane.ts'
import { version } from './config.ts'

const NANO = 1e9

/** What this process knows of itself, and how the ledger's group commits go. Returns the way to stop. */
export function watchProcess(
  metrics: Metrics,
  ledger: { waiting(): number; counts(): LaneCounts & { readonly decided: number } },
): () => void {
  const build = metrics.gauge('perq_build_info', 'Always 1; the labels tell which program runs.', [
    'version',
    'node',
  ])
  build.set(1, { version: version(), node: process.version })
  const started = metrics.gauge('process_start_time_seconds', 'When this process started, in Unix time.')
  started.set(Math.round(performance.timeOrigin) / SECOND)
  const cpu = metrics.counter('process_cpu_seconds_total', 'Processor time that this process used.')
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory of this process.')
  const heap = metrics.gauge('nodejs_heap_size_used_bytes', "Memory of this process's JavaScript objects.")
  const delay = metrics.gauge(
    'nodejs_eventloop_lag_seconds',
    'Delay of the event loop since the last look.',
    ['quantile'],
  )
  const queue = metrics.gauge('perq_ledger_queue', 'Operations that wait for the next group commit.')
  const batches = metrics.counter('perq_ledger_batches_total', 'Group commits.')
  const operations = metrics.counter(
    'perq_ledger_operations_total',
    'Holds, settlements and releases in them.',
  )
  const decided = metrics.counter(
    'perq_ledger_decided_total',
    'Those of them that this process decided by what it knew of their wallets.',
  )
  const took = metrics.counter('perq_ledger_commit_seconds_total', 'Time that group commits took.')
  const loop = monitorEventLoopDelay({ resolution: 20 })
  loop.enable()
  metrics.collect(() => {
    const { user, system } = process.cpuUsage()
    cpu.to((user + system) / 1e6)
    const memory = process.memoryUsage()
    resident.set(memory.rss)
    heap.set(memory.heapUsed)
    for (const quantile of [50, 99])
      delay.set(loop.percentile(quantile) / NANO, { quantile: String(quantile / 100) })
    loop.reset()
    const counts = ledger.counts()
    queue.set(ledger.waiting())
    batches.to(counts.batches)
    operations.to(counts.operations)
    decided.to(counts.decided)
    took.to(counts.took / SECOND)
    return Promise.resolve()
  })
  return () => loop.disable()
}

/** How the duties of the worker go in this process. */
export function watchDuties(metrics: Metrics) {
  const last = metrics.gauge(
    'perq_duty_last_success_seconds',
    'When this process last did a duty, in Unix time.',
    ['duty'],
  )
  const failures = metrics.counter(
    'perq_duty_failures_total',
    'Times that a duty failed; it is tried again.',
    ['duty'],
  )
  return {
    did: (duty: string, at: Millis): void => last.set(at / SECOND, { duty }),
    failed: (duty: string): void => failures.add({ duty }),
  }
}
