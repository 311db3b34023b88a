import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rational } from '#base/rational.ts'
import { DAY, HOUR, SECOND, type Millis } from '#base/time.ts'
import type { Guarantees } from '#grants/clauses.ts'
import { delivered } from './delivered.ts'
import type { Outage, Pledge, Run, Sample } from './facts.ts'
import { offered, SAMPLE_HOLDS } from './offered.ts'
import { uptime } from './outages.ts'
import { statementOf, type Facts } from './statement.ts'
import { quantile, shareOf, type Wait } from './wait.ts'
import { queueWaits } from './waits.ts'

const FROM = Date.UTC(2026, 8, 1)
const UNTIL = Date.UTC(2026, 9, 1)
const MONTH = { from: FROM, until: UNTIL, asOf: UNTIL + 3 * DAY }
const ASSET = 'GPU_SECOND/H100-SXM/guaranteed'

const run = (id: string, more: Partial<Run> = {}): Run => ({
  id,
  cluster: 'perq',
  job: id,
  state: 'completed',
  gpus: 8,
  submittedAt: FROM,
  eligibleAt: FROM,
  startedAt: FROM,
  endedAt: FROM + HOUR,
  ran: 8n * 3_600n,
  useful: 8n * 3_600n,
  charged: 8n * 3_600n,
  ...more,
})
const pledge = (guarantees: Guarantees, more: Partial<Pledge> = {}): Pledge => ({
  grant: 'g1',
  name: 'Research GPU hours',
  contentHash: '',
  from: '2026-01-01',
  until: null,
  gpusPerNode: 8,
  gpusPerUnit: 1,
  guarantees,
  ...more,
})
const facts = (guarantees: Guarantees, more: Partial<Facts> = {}): Facts => ({
  asset: ASSET,
  promises: [pledge(guarantees)],
  runs: [],
  samples: [],
  nodes: [],
  outages: [],
  month: MONTH,
  ...more,
})
const over = (...waits: number[]): Wait[] => waits.map((wait) => ({ wait, over: true }))
const wait = fc.record({ wait: fc.nat({ max: 30 }), over: fc.boolean() })
const percentile = fc.integer({ min: 1, max: 99 })

test('a percentile of waits that are over is the nearest rank, exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 60 }), percentile, (waits, p) => {
      const rank = Math.ceil((p * waits.length) / 100)
      const expected = waits.toSorted((a, b) => a - b)[rank - 1]!
      assert.deepEqual(quantile(over(...waits), shareOf(p)), { kind: 'is', wait: expected })
    }),
  )
})

test('a wait that is not over makes no percentile smaller, and what it is at least is seen', () => {
  fc.assert(
    fc.property(fc.array(wait, { minLength: 1, maxLength: 40 }), percentile, (waits, p) => {
      const found = quantile(waits, shareOf(p))!
      // Had every job started when it was last seen, it would have waited no longer.
      const least = quantile(over(...waits.map((one) => one.wait)), shareOf(p))!
      assert.ok(found.wait >= least.wait, `${found.wait} < ${least.wait}`)
      if (found.kind === 'is') assert.ok(waits.some((one) => one.over && one.wait === found.wait))
      else assert.equal(found.wait, Math.max(...waits.map((one) => one.wait)))
    }),
  )
  assert.equal(quantile([], rational(1n, 2n)), null)
  const never = quantile([{ wait: 7_200, over: false }], rational(19n, 20n))
  assert.deepEqual(never, { kind: 'at_least', wait: 7_200 })
})

test('the product limit is that of the textbook', () => {
  // Freireich's 6-MP arm (Kaplan and Meier's standing example): S(23) = 0.448, so the median is 23.
  const sixMp: Wait[] = [
    ...over(6, 6, 6, 7, 10, 13, 16, 22, 23),
    ...[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map((at) => ({ wait: at, over: false })),
  ]
  assert.deepEqual(quantile(sixMp, rational(1n, 2n)), { kind: 'is', wait: 23 })
  assert.deepEqual(quantile(sixMp, rational(1n, 4n)), { kind: 'is', wait: 13 })
  assert.deepEqual(quantile(sixMp, rational(3n, 4n)), { kind: 'at_least', wait: 35 })
})

test('only runs within what is guaranteed at once are measured', () => {
  const at = (hours: number): Millis => FROM + hours * HOUR
  const runs = [
    run('a', { eligibleAt: at(0), startedAt: at(0), endedAt: at(5) }),
    run('b', { eligibleAt: at(1), startedAt: at(1), endedAt: at(9) }),
    // The third eight GPUs of sixteen, until the first run is over.
    run('c', { eligibleAt: at(2), startedAt: at(5), endedAt: at(6) }),
    // Beyond them too, though little: and what waits beyond the guarantee takes no place in it.
    run('d', { gpus: 1, eligibleAt: at(3), startedAt: at(4), endedAt: at(4.5) }),
    run('e', { eligibleAt: at(6), startedAt: null, endedAt: null, state: 'pending' }),
    run('f', { gpus: 1, eligibleAt: at(7), startedAt: at(8), endedAt: at(9) }),
  ]
  const waits = queueWaits(runs, MONTH, 16)
  assert.deepEqual(
    waits.map(({ run: { id }, guaranteed }) => [id, guaranteed]),
    [
      ['a', true],
      ['b', true],
      ['c', false],
      ['d', false],
      ['e', true],
      ['f', false],
    ],
  )
  assert.deepEqual(waits[4], {
    run: runs[4],
    eligibleAt: at(6),
    guaranteed: true,
    wait: MONTH.asOf - at(6),
    over: false,
  })
  assert.ok(queueWaits(runs, MONTH, null).every(({ guaranteed }) => guaranteed))
})

test('the parts of a run in the months that it touches sum to what was of use', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -40 * 86_400, max: 40 * 86_400 }),
      fc.nat({ max: 80 * 86_400 }),
      fc.integer({ min: 1, max: 64 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (start, length, gpus, part) => {
        const startedAt = FROM + start * SECOND
        const ran = BigInt(gpus * length)
        const useful = BigInt(Math.floor(Number(ran) * part))
        const endedAt = startedAt + length * SECOND
        const one = run('a', { gpus, startedAt, endedAt, ran, useful, charged: useful })
        const months = [7, 8, 9, 10, 11, 12].map((month) => ({
          from: Date.UTC(2026, month - 1, 1),
          until: Date.UTC(2026, month, 1),
          asOf: Date.UTC(2027, 6, 1),
        }))
        const sums = months.map((month) => delivered([one], month))
        assert.equal(
          sums.reduce((sum, each) => sum + each.delivered, 0n),
          useful,
        )
        assert.equal(
          sums.reduce((sum, each) => sum + each.failed, 0n),
          ran - useful,
        )
      },
    ),
  )
})

test('outages that overlap count once, and maintenance that was told before is no downtime', () => {
  const span = fc.record({
    node: fc.constantFrom('n1', 'n2'),
    from: fc.nat({ max: 50 }),
    length: fc.nat({ max: 20 }),
    planned: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
      const outages = spans.map(({ node, from, length, planned }): Outage => ({
        node,
        gpus: 8,
        state: 'DOWN',
        reason: '',
        planned,
        from: FROM + (from - 5) * SECOND,
        until: FROM + (from + length - 5) * SECOND,
      }))
      const nodes = [
        { node: 'n1', gpus: 8, from: FROM - DAY, until: null },
        { node: 'n2', gpus: 4, from: FROM + 10 * SECOND, until: FROM + 40 * SECOND },
      ]
      const period = { from: FROM, until: FROM + 60 * SECOND, asOf: UNTIL }
      // Second by second, as a person would count.
      const expected = { promised: 0n, planned: 0n, down: 0n }
      for (let second = 0; second < 60; second += 1) {
        const at = FROM + second * SECOND
        for (const { node, gpus, from, until } of nodes) {
          if (at < from || (until !== null && at >= until)) continue
          const here = outages.filter((one) => one.node === node && one.from <= at && at < one.until!)
          expected.promised += BigInt(gpus * SECOND)
          if (here.some(({ planned }) => planned)) expected.planned += BigInt(gpus * SECOND)
          else if (here.length > 0) expected.down += BigInt(gpus * SECOND)
        }
      }
      assert.deepEqual(uptime(nodes, outages, period), expected)
    }),
  )
})

test('what was offered is told from what was used, and what was not looked at is in neither', () => {
  const look = (minutes: number, up: number, used: number, preemptible = 0): Sample => ({
    cluster: 'perq',
    at: FROM + minutes * 60 * SECOND,
    up,
    used,
    preemptible,
  })
  const mine = run('a', { startedAt: FROM + 20 * 60 * SECOND, endedAt: FROM + 40 * 60 * SECOND })
  const samples = [look(0, 32, 0), look(10, 32, 32, 20), look(20, 32, 32), look(30, 8, 8), look(60, 32, 8)]
  const period = { ...MONTH, until: FROM + 61 * 60 * SECOND }
  const found = offered(samples, [mine], { tier: 'guaranteed', atOnce: 16, period })
  // 16 free; 20 that give way; its own 8; its own 8 for as long as a look holds; 16 in the last minute.
  const gpuMinutes = 16 * 10 + 16 * 10 + 8 * 10 + 8 * 15 + 16
  assert.equal(SAMPLE_HOLDS, 15 * 60 * SECOND)
  assert.equal(found.offered, BigInt(gpuMinutes * 60 * SECOND))
  assert.equal(found.sampled, BigInt(16 * (10 + 10 + 10 + 15 + 1) * 60 * SECOND))
  assert.deepEqual(found.least, { gpus: 8, at: FROM + 20 * 60 * SECOND })
  assert.deepEqual(
    found.short.map(({ gpus }) => gpus),
    [8, 8],
  )
})

test('clusters are taken together, each as it was last seen', () => {
  const look = (cluster: string, minutes: number, up: number): Sample => {
    const at = FROM + minutes * 60 * SECOND
    return { cluster, at, up, used: 0, preemptible: 0 }
  }
  const samples = [look('a', 0, 8), look('b', 0, 8), look('a', 10, 0), look('b', 20, 8), look('a', 30, 16)]
  const period = { ...MONTH, until: FROM + 40 * 60 * SECOND }
  const found = offered(samples, [], { tier: 'guaranteed', atOnce: 16, period })
  // Both; b alone until a look at it comes again, when a was last seen ten minutes before; a and b again.
  assert.equal(found.offered, BigInt((16 * 10 + 8 * 10 + 8 * 10 + 16 * 10) * 60 * SECOND))
})

test('each broken promise is one breach with its runs, and its remedy stops at the ceiling of the month', () => {
  const guarantees: Guarantees = {
    queueWait: { percentile: 95, seconds: 600 },
    preemptionsPerMonth: 1,
    uptime: '0.99',
    nodesAtOnce: 2,
    remedy: { credit: '36000', atMostPerMonth: '90000' },
  }
  const preempted = (id: string, hour: number): Run =>
    run(id, {
      state: 'preempted',
      eligibleAt: FROM + hour * HOUR,
      startedAt: FROM + hour * HOUR,
      endedAt: FROM + (hour + 1) * HOUR,
      useful: 0n,
      charged: 0n,
    })
  const late = run('late', {
    eligibleAt: FROM + 20 * HOUR,
    startedAt: FROM + 21 * HOUR,
    endedAt: FROM + 22 * HOUR,
  })
  const nodes = [{ node: 'n1', gpus: 8, from: FROM - DAY, until: null }]
  const outage = { node: 'n1', gpus: 8, state: 'DOWN', reason: 'power', planned: false }
  const all = statementOf(
    facts(guarantees, {
      runs: [preempted('p1', 1), preempted('p2', 3), preempted('p3', 5), late],
      nodes,
      outages: [{ ...outage, from: FROM + DAY, until: FROM + 2 * DAY }],
      samples: [{ cluster: 'perq', at: FROM + 20 * HOUR, up: 8, used: 8, preemptible: 0 }],
    }),
  )!
  assert.deepEqual(
    all.breaches.map(({ key, runs, remedy, final }) => [key, runs.map(({ id }) => id), remedy, final]),
    [
      ['preemption p2', ['p2'], 36_000n, true],
      ['preemption p3', ['p3'], 36_000n, true],
      ['nodes_at_once', ['late'], 18_000n, true],
      ['queue_wait', ['late'], 0n, true],
      ['uptime', [], 0n, true],
    ],
  )
  assert.equal(all.measured.delivered.lost, 3n * 8n * 3_600n)
  assert.equal(all.measured.promised, 16n * 30n * 86_400n)

  const planned = statementOf(
    facts({ uptime: '0.99' }, { nodes, outages: [{ ...outage, planned: true, from: FROM, until: null }] }),
  )!
  assert.deepEqual(planned.breaches, [])
})

test('a job that still waits breaks a promise as soon as it is certain, and not before', () => {
  const guarantees: Guarantees = { queueWait: { percentile: 50, seconds: 600 } }
  const waiting = run('w', { startedAt: null, endedAt: null, state: 'pending', eligibleAt: FROM })
  const after = (seconds: number) =>
    statementOf(facts(guarantees, { runs: [waiting], month: { ...MONTH, asOf: FROM + seconds * SECOND } }))!
  assert.deepEqual(after(600).breaches, [])
  const [breach] = after(601).breaches
  assert.equal(breach?.kind, 'queue_wait')
  assert.equal(breach?.final, false)
  assert.deepEqual(after(601).measured.waits.promised, { kind: 'at_least', wait: 601 * SECOND })
})

test('of two contracts the strictest promise counts, their nodes add up, and nothing is measured before it was promised', () => {
  const first = pledge({ preemptionsPerMonth: 3, nodesAtOnce: 1 }, { from: '2026-09-11' })
  const second = pledge(
    { preemptionsPerMonth: 0, nodesAtOnce: 2 },
    { grant: 'g2', name: 'More', from: '2026-09-21', until: '2026-09-26' },
  )
  const { terms, measured } = statementOf(facts({}, { promises: [second, first] }))!
  assert.equal(terms.preemptions?.grant, 'g2')
  assert.deepEqual(
    terms.atOnce.map(({ value }) => value.gpus),
    [8, 16],
  )
  assert.equal(measured.period.from, Date.UTC(2026, 8, 11))
  assert.equal(measured.period.until, UNTIL)
  assert.equal(measured.promised, BigInt((8 * 20 + 16 * 5) * 86_400))
  assert.equal(statementOf(facts({}, { promises: [pledge({}, { from: '2026-10-01' })] })), null)
})
