import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '#base/time.ts'
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

test('a record is settled only when its end is known, and read again then', async () => {
  const lab = await stage({ mode: 'fast' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 10_000n }])
  await lab.keep()
  lab.world.advance(HOUR)
  await take(lab, recordOf(lab, { endedAt: null, elapsedSeconds: 9n }))
  assert.equal((await lab.balances(ada)).spent, 0n)
  await take(lab, recordOf(lab, { elapsedSeconds: 3n }))
  assert.equal((await lab.balances(ada)).spent, 6n)
  await take(lab, recordOf(lab, { elapsedSeconds: 6n }))
  assert.equal((await lab.balances(ada)).spent, 12n)
  await take(lab, recordOf(lab, { elapsedSeconds: 5n, suspendedSeconds: 2n }))
  assert.equal((await lab.balances(ada)).spent, 6n)
  await exact(lab)
  const revisions = await lab.db.query('select revision from cluster.revision order by 1')
  assert.equal(revisions.length, 3)
})

test('what was told before changes nothing, in whatever order and however often it comes', async () => {
  const lab = await stage({ mode: 'fast' })
  await lab.person('ada', [{ asset: H100, quantity: 10_000n }])
  await lab.keep()
  lab.world.advance(HOUR)
  const one = recordOf(lab)
  const two = recordOf(lab, { record: '10270045487769705473', job: '2' })
  const three = recordOf(lab, { record: '10270045487769705472', job: '3' })
  assert.equal((await take(lab, one, two, two, three)).fresh, 3)
  const entries = await lab.db.query('select count(*) from ledger.entry')
  assert.deepEqual(await take(lab, three, one, two), {
    read: 3,
    fresh: 0,
    repeated: 3,
    changed: 0,
    settled: 0,
    gpuSeconds: 0n,
  })
  assert.deepEqual(await lab.db.query('select count(*) from ledger.entry'), entries)
  await exact(lab)
})

test("a run that was preempted or whose node failed is the company's, and what it threw away is kept", async () => {
  const lab = await stage({ gpus: { h100: 8n } })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  const bob = await lab.person('bob', [{ asset: H100_SPOT, quantity: 36_000n }])
  await lab.keep()
  const spot = lab.submit(train('bob', 8n, { allowance: 'perq-spot', runs: 40 * MINUTE }))
  await lab.turn()
  lab.world.advance(10 * MINUTE)
  lab.submit(train('ada', 8n, { runs: 20 * MINUTE }))
  await lab.turn()
  await lab.turn()
  // It gave way: its run is the company's, its hold goes on for the next one.
  assert.deepEqual(await lab.balances(bob, H100_SPOT), {
    available: 36_000n - 8n * 3_635n,
    held: 8n * 3_635n,
    spent: 0n,
  })
  const [row] = await lab.db.query<object>(
    "select class, charged, absorbed, lost from cluster.record where state = 'preempted'",
  )
  assert.deepEqual(row, { class: 'preempted', charged: 0n, absorbed: 4_800n, lost: 4_800n })
  assert.equal(
    lab.live().some(({ job }) => job === spot.job),
    true,
  )
  for (let round = 0; round < 6; round += 1) {
    lab.world.advance(15 * MINUTE)
    await lab.turn()
  }
  assert.deepEqual(await lab.balances(bob, H100_SPOT), {
    available: 36_000n - 19_200n,
    held: 0n,
    spent: 19_200n,
  })
  assert.equal((await lab.balances(ada)).spent, 9_600n)
  await exact(lab)
})

test("by another rule of the contract a preempted run is its person's", async () => {
  const lab = await stage({
    mode: 'notional',
    rules: { payers: { preempted: 'person', node_failed: 'review' } },
  })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  lab.world.advance(HOUR)
  await take(lab, recordOf(lab, { state: 'preempted' }), recordOf(lab, { record: '2', state: 'node_failed' }))
  assert.equal((await lab.balances(ada)).spent, 400n)
  const [review] = await lab.db.query<{ id: string; state: string }>('select id, state from cluster.review')
  assert.equal(review?.state, 'open')
  const decision = { review: review!.id, credited: true, by: null, reason: 'The node was ours.' }
  assert.equal(await lab.room.credits.decide(decision), 200n)
  assert.equal(await lab.room.credits.decide(decision), 0n)
  await assert.rejects(lab.room.credits.decide({ ...decision, credited: false }), /decided before/)
  assert.equal((await lab.balances(ada)).spent, 200n)
  await exact(lab)
})

test("what ran while the controller was away is flagged and not its person's", async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  lab.submit(train('ada', 1n, { runs: 8 * SECOND }))
  await lab.turn()
  lab.world.advance(5 * SECOND)
  await lab.beat()
  lab.crash()
  for (let second = 0; second < 27; second += 9) {
    lab.world.advance(9 * SECOND)
    await lab.beat()
  }
  lab.recover()
  await lab.turn()
  await lab.turn()
  const [row] = await lab.db.query<object>(
    'select class, elapsed_s, charged, absorbed, in_outage from cluster.record',
  )
  // 32 s were recorded for 8 s of work: the 5 s that were seen are charged.
  assert.deepEqual(row, { class: 'outage', elapsed_s: 32n, charged: 5n, absorbed: 27n, in_outage: true })
  assert.equal((await lab.balances(ada)).spent, 5n)
  const [review] = await lab.db.query<object>('select kind, gpu_seconds, state from cluster.review')
  assert.deepEqual(review, { kind: 'outage', gpu_seconds: 27n, state: 'credited' })
  await exact(lab)
})

test('a launch that failed is looked at; a job that its person began anew had run, and is theirs', async () => {
  const lab = await stage({ mode: 'fast' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  lab.world.advance(HOUR)
  await take(
    lab,
    recordOf(lab, { state: 'requeued', elapsedSeconds: 12n }),
    recordOf(lab, { record: '2', state: 'requeued', elapsedSeconds: 100n }),
  )
  assert.equal((await lab.balances(ada)).spent, 224n)
  const reviews = await lab.db.query('select record, kind, state from cluster.review')
  assert.deepEqual(reviews, [{ record: '1', kind: 'launch_failed', state: 'open' }])
  await exact(lab)
})

test("a job that was given no GPU, or others than it asked for, is the company's and told", async () => {
  const lab = await stage({ mode: 'fast' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  lab.world.advance(HOUR)
  await take(
    lab,
    recordOf(lab, { allocated: [] }),
    recordOf(lab, { record: '2', allocated: [{ type: 'h100', count: 1n }] }),
  )
  assert.equal((await lab.balances(ada)).spent, 0n)
  const reviews = await lab.db.query<{ detail: string }>('select detail from cluster.review order by record')
  assert.deepEqual(
    reviews.map(({ detail }) => detail),
    ['It asked for h100=2 and was given none.', 'It asked for h100=2 and was given h100=1.'],
  )
  await exact(lab)
})

test("what was used beyond the hold is the company's, and told", async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 3_700n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n))
  await lab.turn()
  lab.world.advance(HOUR)
  const map = await lab.room.mapOf(lab.db, lab.cluster())
  await lab.room.take(
    map,
    (async function* () {
      yield [
        recordOf(lab, {
          job: job.job,
          submittedAt: job.submittedAt,
          elapsedSeconds: 3_700n,
          requested: [{ type: 'h100', count: 1n }],
          allocated: [{ type: 'h100', count: 1n }],
        }),
      ]
    })(),
    0,
  )
  assert.deepEqual(await lab.balances(ada), { available: 65n, held: 0n, spent: 3_635n })
  const [row] = await lab.db.query<object>("select charged, absorbed from cluster.record where record = '1'")
  assert.deepEqual(row, { charged: 3_635n, absorbed: 65n })
  const [review] = await lab.db.query<object>('select kind, gpu_seconds from cluster.review')
  assert.deepEqual(review, { kind: 'over_hold', gpu_seconds: 65n })
  await exact(lab)
})

test('a job that was taken out of the queue gives back its hold', async () => {
  const lab = await stage({ gpus: { h100: 0n } })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n))
  await lab.turn()
  assert.equal((await lab.balances(ada)).held, 3_635n)
  await lab.scheduler.cancel(job, 'by its person')
  lab.world.advance(SECOND)
  await lab.turn()
  assert.deepEqual(await lab.balances(ada), { available: 36_000n, held: 0n, spent: 0n })
})

test('after any time away it goes on from where it stopped', async () => {
  const lab = await stage({ mode: 'notional' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 360_000n }])
  await lab.keep()
  for (let day = 0; day < 5; day += 1) {
    lab.submit(train('ada', 1n, { free: true, runs: HOUR }))
    lab.world.advance(30 * MINUTE)
    lab.tick()
    lab.world.advance(DAY)
    lab.tick()
    if (day === 0) await lab.settle()
    if (day === 2) {
      lab.faults.accounting = true
      await assert.rejects(lab.settle(), /cannot be reached/)
      lab.faults.accounting = false
    }
  }
  await lab.settle()
  assert.equal((await lab.balances(ada)).spent, 5n * 3_600n)
  await exact(lab)
})

test('an accounting that began anew is not mixed with the old one', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  lab.submit(train('ada', 1n))
  await lab.turn()
  lab.renew()
  await assert.rejects(lab.room.check(lab.cluster(), lab.scheduler), /began anew/)
  const before = lab.cluster().id
  await lab.adoptAgain()
  assert.notEqual(lab.cluster().id, before)
  await lab.sweep()
  assert.equal((await lab.balances(ada)).held, 0n)
})

test('usage of nobody, and from before the adoption, is written down and charged to nobody', async () => {
  const lab = await stage({ mode: 'fast' })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 36_000n }])
  await lab.keep()
  const adopted = lab.world.now()
  lab.world.advance(HOUR)
  await take(
    lab,
    recordOf(lab, { record: 'before', endedAt: adopted - HOUR }),
    recordOf(lab, { record: 'strange', login: 'zoe' }),
  )
  assert.deepEqual(await lab.sums(), { used: 0n, charged: 0n, absorbed: 0n })
  const classes = await lab.db.query('select record, class from cluster.record order by record')
  assert.deepEqual(classes, [
    { record: 'before', class: 'history' },
    { record: 'strange', class: 'unowned' },
  ])
  // Whose it is, is said later.
  await lab.room.setLogin(lab.cluster(), { login: 'zoe', person: ada, from: adopted - DAY })
  await take(lab, recordOf(lab, { record: 'strange', login: 'zoe' }))
  assert.equal((await lab.balances(ada)).spent, 200n)
  await exact(lab)
})
