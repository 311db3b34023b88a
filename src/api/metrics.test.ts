import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Health } from '#reports/health.ts'
import { createMetrics } from './metrics.ts'
import { watchDatabase } from './vitals.ts'

test('counters, gauges and histograms render in the Prometheus text format', async () => {
  const metrics = createMetrics()
  metrics.counter('perq_calls_total', 'Calls.', ['door']).add({ door: 'openai' }, 2)
  metrics.gauge('perq_holds', 'Holds.').set(3)
  const seconds = metrics.histogram('perq_seconds', 'Time.', [], [0.1, 1])
  for (const value of [0.05, 0.5, 5]) seconds.observe(value)
  assert.equal(
    await metrics.render(),
    `# HELP perq_calls_total Calls.
# TYPE perq_calls_total counter
perq_calls_total{door="openai"} 2
# HELP perq_holds Holds.
# TYPE perq_holds gauge
perq_holds 3
# HELP perq_seconds Time.
# TYPE perq_seconds histogram
perq_seconds_bucket{le="0.1"} 1
perq_seconds_bucket{le="1"} 2
perq_seconds_bucket{le="+Inf"} 3
perq_seconds_sum 5.55
perq_seconds_count 3
`,
  )
})

test('however many label values come, the number of series stays bounded and no count is lost', async () => {
  const metrics = createMetrics()
  const calls = metrics.counter('perq_calls_total', 'Calls.', ['path'])
  for (let i = 0; i < 5_000; i++) calls.add({ path: `/${i}` })
  const rows = (await metrics.render()).split('\n').filter((line) => line.startsWith('perq_calls_total{'))
  assert.ok(rows.length <= 501)
  assert.equal(
    rows.reduce((sum, row) => sum + Number(row.split(' ')[1]), 0),
    5_000,
  )
})

test('a label value cannot break out of its quotes', async () => {
  const metrics = createMetrics()
  metrics.counter('perq_calls_total', 'Calls.', ['model']).add({ model: 'a"\nperq_fake 1\\' })
  assert.match(await metrics.render(), /\{model="a\\"\\nperq_fake 1\\\\"\} 1/)
})

test('what is read from elsewhere is read at every rendering', async () => {
  const metrics = createMetrics()
  const gauge = metrics.gauge('perq_holds', 'Holds.')
  let count = 0
  metrics.collect(async () => gauge.set(++count))
  assert.match(await metrics.render(), /perq_holds 1\n/)
  assert.match(await metrics.render(), /perq_holds 2\n/)
})

test('a database that is away is told, and hides nothing else', async () => {
  const metrics = createMetrics()
  metrics.counter('perq_calls_total', 'Calls.').add({}, 4)
  let away = true
  const health: Health = {
    holds_open: 2,
    held: 3n,
    oldest_hold: 4_000,
    unsealed: 5,
    unsealed_since: null,
    unrolled_since: 9_000,
    connections: 7,
    connections_busy: 1,
    connections_most: 100,
    archive_failures: 6n,
  }
  watchDatabase(
    metrics,
    () => (away ? Promise.reject(new Error('gone')) : Promise.resolve(health)),
    () => 10_000,
  )
  const without = await metrics.render()
  assert.match(without, /perq_database_up 0\n/)
  assert.match(without, /perq_calls_total 4\n/)
  away = false
  const text = await metrics.render()
  for (const line of [
    'perq_database_up 1',
    'perq_holds_open 2',
    'perq_hold_oldest_seconds 6',
    'perq_seal_lag_seconds 0',
    'perq_rollup_lag_seconds 1',
    'perq_database_connections{state="idle"} 6',
    'perq_wal_archive_failures_total 6',
  ])
    assert.ok(text.includes(`${line}\n`), line)
})

test('a series that was looked up once counts as one that is named each time', async () => {
  const metrics = createMetrics()
  const seconds = metrics.histogram('perq_seconds', 'Time.', ['route'], [1, 2])
  const own = seconds.of({ route: 'a' })
  for (const value of [0.5, 1, 1.5, 3]) own(value)
  seconds.observe(2, { route: 'a' })
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('perq_seconds'))
  assert.deepEqual(
    lines.map((line) => Number(line.slice(line.lastIndexOf(' ')))),
    [2, 4, 5, 8, 5],
  )
})
