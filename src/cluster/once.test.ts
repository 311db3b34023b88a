import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { HOUR, MINUTE, SECOND } from '#base/time.ts'
import { verify } from '#ledger/verify.ts'
import {
  H100,
  H100_SPOT,
  exact,
  openClusterStage,
  recordOf,
  take,
  train,
  type ClusterStage,
} from '../../test/support/cluster.ts'
import type { AccountingRecord, RecordState } from './port.ts'
import { proveCluster } from './proof.ts'

const stages: ClusterStage[] = []
async function stage(options: Parameters<typeof openClusterStage>[0] = {}): Promise<ClusterStage> {
  const made = await openClusterStage(options)
  stages.push(made)
  return made
}
after(async () => {
  for (const one of stages) {
    assert.deepEqual((await verify(one.db)).findings, [])
    assert.deepEqual(await proveCluster(one.db), [])
    await one.close()
  }
})

const STATES: readonly RecordState[] = [
  'completed',
  'failed',
  'preempted',
  'node_failed',
  'requeued',
  'running',
  'timeout',
]

test('whatever the accounting tells, in any order, twice, late or corrected: each GPU-second is in the ledger once', async () => {
  const lab = await stage({ mode: 'fast', seed: 7 })
  const start = lab.world.now()
  const people = await Promise.all(
    ['ada', 'bob', 'eve'].map((name, index) =>
      lab.person(name, [
        { asset: H100, quantity: [50_000n, 900n, 20n][index]! },
        { asset: 'GPU_SECOND/A100-SXM-80GB/guaranteed', quantity: 700n },
      ]),
    ),
  )
  await lab.keep()
  let runs = 0
  const telling = fc.record({
    key: fc.integer({ min: 1, max: 12 }),
    login: fc.constantFrom('ada', 'bob', 'eve', 'nobody'),
    state: fc.constantFrom(...STATES),
    elapsed: fc.bigInt({ min: 0n, max: 400n }),
    suspended: fc.bigInt({ min: 0n, max: 50n }),
    gpus: fc.bigInt({ min: 0n, max: 4n }),
    type: fc.constantFrom('h100', 'a100'),
    known: fc.boolean(),
    ago: fc.integer({ min: 0, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(telling, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
      async (pages) => {
        runs += 1
        lab.world.set(start + runs * HOUR)
        const last = new Map<string, AccountingRecord>()
        for (const page of pages) {
          const told = page.map((one) => {
            // A login and its first submission are the record's own; all else may be told otherwise.
            const record = `${runs}-${one.key}`
            const login = last.get(record)?.login ?? one.login
            return recordOf(lab, {
              record,
              job: record,
              login,
              allowance: `perq-${login}-${one.type}-guaranteed`,
              state: one.state,
              stateText: one.state,
              elapsedSeconds: one.elapsed,
              suspendedSeconds: one.suspended,
              requested: [{ type: one.type, count: one.gpus }],
              allocated: [{ type: one.type, count: one.gpus }],
              endedAt: one.known ? lab.world.now() - one.ago * SECOND : null,
            })
          })
          for (const record of told) last.set(record.record, record)
          await take(lab, ...told)
          await take(lab, ...told.toReversed().filter((one) => last.get(one.record) === one))
        }
        // What the ledger must say, computed from the last words alone.
        let mine = 0n
        for (const { login, state, endedAt, elapsedSeconds, suspendedSeconds, allocated } of last.values()) {
          if (login === 'nobody' || state === 'running' || endedAt === null) continue
          const ran = elapsedSeconds - suspendedSeconds
          mine += (ran > 0n ? ran : 0n) * allocated[0]!.count
        }
        const [row] = await lab.db.query<{ used: bigint }>(
          `select coalesce(sum(charged + absorbed), 0)::bigint as used from cluster.record where record like $1 || '-%'`,
          [String(runs)],
        )
        assert.equal(row!.used, mine)
        await exact(lab)
        for (const one of people)
          for (const asset of [H100, 'GPU_SECOND/A100-SXM-80GB/guaranteed'] as const)
            assert.ok((await lab.balances(one, asset)).available >= 0n)
      },
    ),
    { numRuns: 15, seed: 4711 },
  )
  assert.deepEqual((await verify(lab.db)).findings, [])
})

test('with holds too: jobs of any shape, ended in any way, leave nothing held and nothing twice', async () => {
  const lab = await stage({ gpus: { h100: 6n, a100: 0n }, seed: 9 })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 90_000n }])
  const bob = await lab.person('bob', [{ asset: H100_SPOT, quantity: 90_000n }])
  await lab.keep()
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('submit' as const),
      who: fc.constantFrom('ada', 'bob'),
      gpus: fc.bigInt({ min: 1n, max: 5n }),
      minutes: fc.integer({ min: 1, max: 50 }),
      runs: fc.integer({ min: 10, max: 4_000 }),
      tasks: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      kind: fc.constantFrom('wait' as const, 'fail' as const, 'crash' as const, 'turn' as const),
      minutes: fc.integer({ min: 1, max: 20 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      for (const one of steps) {
        if (one.kind === 'submit') {
          if (lab.faults.controller) continue
          const spot = one.who === 'bob'
          lab.submit({
            ...train(one.who, one.gpus, spot ? { allowance: 'perq-spot' } : {}),
            timeLimit: one.minutes * MINUTE,
            runs: one.runs * SECOND,
            tasks: one.tasks,
          })
        } else if (one.kind === 'fail') {
          if (!lab.faults.controller) lab.failNode()
        } else if (one.kind === 'crash') {
          lab.crash()
          await lab.beat()
          lab.world.advance(one.minutes * SECOND)
          lab.recover()
        } else {
          lab.world.advance(one.minutes * MINUTE)
          lab.tick()
        }
        await lab.turn()
      }
      // Everything comes to its end.
      for (let round = 0; round < 24 && lab.live().length > 0; round += 1) {
        lab.world.advance(15 * MINUTE)
        await lab.turn()
        if (round > 12) for (const job of lab.live()) await lab.scheduler.cancel(job, 'the test is over')
      }
      await lab.turn()
      assert.deepEqual(lab.live(), [])
      const open = await lab.db.query("select id from cluster.hold where state in ('placed', 'bound')")
      assert.deepEqual(open, [])
      for (const [who, asset] of [
        [ada, H100],
        [bob, H100_SPOT],
      ] as const) {
        const { available, held } = await lab.balances(who, asset)
        assert.equal(held, 0n)
        assert.ok(available >= 0n)
      }
      const [told] = [...lab.records.values()].reduce<[bigint]>(
        ([sum], { elapsedSeconds, allocated, endedAt }) => [
          sum + (endedAt === null ? 0n : elapsedSeconds * (allocated[0]?.count ?? 0n)),
        ],
        [0n],
      )
      const { used } = await lab.sums()
      assert.equal(used, told)
      await exact(lab)
    }),
    { numRuns: 4, seed: 11 },
  )
})
