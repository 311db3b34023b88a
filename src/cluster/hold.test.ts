import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HOUR, MINUTE, SECOND } from '#base/time.ts'
import { verify } from '#ledger/verify.ts'
import { H100, openClusterStage, train, type ClusterStage } from '../../test/support/cluster.ts'
import { proveCluster } from './proof.ts'

/** Of one GPU for an hour: its limit, 30 s until the controller looks, 5 s to end. */
const HOLD = 3_635n

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

test('a job is let go only when its hold stands, and settles to the second', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.keep()
  const job = lab.submit(train('ada', 2n))
  assert.equal(lab.find(job)?.held, true)
  await lab.look()
  assert.equal(lab.find(job)?.held, false)
  assert.deepEqual(await lab.balances(ada), { available: 36_000n - 2n * HOLD, held: 2n * HOLD, spent: 0n })
  lab.world.advance(31 * MINUTE)
  await lab.turn()
  assert.deepEqual(await lab.balances(ada), { available: 36_000n - 3_600n, held: 0n, spent: 3_600n })
  const [row] = await lab.db.query<{ state: string; record: string }>(
    'select state, record from cluster.hold',
  )
  assert.deepEqual(row, { state: 'settled', record: '10270045487769705472' })
  // Read again, nothing changes.
  assert.equal((await lab.settle()).fresh, 0)
  assert.deepEqual(await lab.balances(ada), { available: 36_000n - 3_600n, held: 0n, spent: 3_600n })
})

test('of two jobs at once that together exceed the balance exactly one runs, and the other is told why', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 7n * 3_600n }])
  await lab.keep()
  const first = lab.submit(train('ada', 4n))
  const second = lab.submit(train('ada', 4n))
  await Promise.all([lab.look(), lab.look(), lab.look()])
  await lab.look()
  assert.deepEqual([first, second].map((job) => lab.find(job)?.held).toSorted(), [false, true])
  assert.equal((await lab.balances(ada)).held, 4n * HOLD)
  const told = [first, second].map(lab.told).join('')
  assert.match(
    told,
    /needs 4\.04 GPU-hours of H100-SXM \(guaranteed\), and you have 2\.96 for it \(4\.04 more held by your other jobs\), 1\.08 short; 100 vests on 2026-02-01\. Ask your people team\./,
  )
  // It is let go by itself once there is enough again.
  lab.world.advance(31 * MINUTE)
  await lab.turn()
  lab.world.advance(11 * SECOND)
  await lab.turn()
  assert.equal(lab.find(second)?.held ?? lab.find(first)?.held, false)
})

test('nothing is let go while the ledger cannot say yes, and what was decided survives a scheduler that goes away', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n))
  lab.faults.releases = 0
  await assert.rejects(lab.look(), /went away/)
  assert.equal((await lab.balances(ada)).held, HOLD)
  assert.equal(lab.find(job)?.held, true)
  lab.faults.releases = Infinity
  await lab.look()
  assert.equal(lab.find(job)?.held, false)
  assert.equal((await lab.balances(ada)).held, HOLD)
})

test("a GPU without a name, no limit, another person's bank and an unknown tier are never let go", async () => {
  const lab = await stage()
  await lab.person('ada', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.person('bob', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.keep()
  const jobs = [
    lab.submit({ ...train('ada', 1n), gpus: [{ type: null, count: 2n }] }),
    lab.submit({ ...train('ada', 1n), timeLimit: null }),
    lab.submit({ ...train('ada', 1n), allowance: 'perq-bob-h100-guaranteed' }),
    lab.submit({ ...train('ada', 1n), allowance: 'normal' }),
    lab.submit({ ...train('ada', 1n), gpus: [{ type: 'b300', count: 1n }] }),
    lab.submit({ ...train('ada', 1n), login: 'mallory' }),
    lab.submit(train('ada', 1n, { comment: 'purpose=fun' })),
  ]
  await lab.look()
  assert.deepEqual(
    jobs.map((job) => lab.find(job)?.held),
    jobs.map(() => true),
  )
  const words = [
    /2 GPUs without saying which; name one of a100, h100/,
    /no time limit/,
    /somebody else's; submit it under perq-ada-h100-guaranteed/,
    /"normal", which is no grant/,
    /"b300", which nobody has granted/,
    /"mallory" belongs to nobody/,
    /purpose that is none of/,
  ]
  for (const [index, job] of jobs.entries()) assert.match(lab.told(job), words[index]!)
  assert.equal((await lab.db.query('select 1 from ledger.hold')).length, 0)
})

test('a time limit that is raised is held for, or taken back', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 3n * 3_600n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n, { runs: 10 * HOUR }))
  await lab.look()
  lab.raise(job, 2 * HOUR)
  await lab.look()
  assert.equal((await lab.balances(ada)).held, 3_600n + HOLD)
  lab.raise(job, 5 * HOUR)
  await lab.look()
  assert.equal(lab.find(job)?.limit, 2 * HOUR)
  assert.equal((await lab.balances(ada)).held, 3_600n + HOLD)
})

test('an array holds for each of its tasks, and each settles one', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 20n * 3_600n }])
  await lab.keep()
  lab.submit(train('ada', 2n, { tasks: 5, runs: 10 * MINUTE }))
  await lab.look()
  assert.equal((await lab.balances(ada)).held, 5n * 2n * HOLD)
  for (let round = 0; round < 3; round += 1) {
    lab.world.advance(11 * MINUTE)
    await lab.turn()
  }
  assert.deepEqual(await lab.balances(ada), {
    available: 72_000n - 5n * 1_200n,
    held: 0n,
    spent: 5n * 1_200n,
  })
  assert.equal((await lab.db.query("select 1 from cluster.hold where state = 'settled'")).length, 5)
})

test('an array that does not fit as a whole does not run in part', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 4n * 3_600n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n, { tasks: 5 }))
  await lab.look()
  assert.equal(lab.find(job)?.held, true)
  assert.deepEqual(await lab.balances(ada), { available: 14_400n, held: 0n, spent: 0n })
})

test('the parts of a job are held for together', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [
    { asset: H100, quantity: 2n * 3_600n },
    { asset: 'GPU_SECOND/A100-SXM-80GB/guaranteed', quantity: 100n },
  ])
  await lab.keep()
  const leader = lab.submit({ ...train('ada', 1n), part: { job: '1', index: 0 } })
  lab.submit({
    ...train('ada', 1n),
    allowance: 'perq-ada-a100-guaranteed',
    gpus: [{ type: 'a100', count: 1n }],
    part: { job: '1', index: 1 },
  })
  await lab.look()
  assert.equal(lab.find(leader)?.held, true)
  assert.equal((await lab.balances(ada)).held, 0n)
  await lab.grant(ada, [{ asset: 'GPU_SECOND/A100-SXM-80GB/guaranteed', quantity: 3_600n }])
  lab.world.advance(11 * SECOND)
  await lab.look()
  assert.equal(lab.find(leader)?.held, false)
  assert.equal((await lab.balances(ada)).held, HOLD)
  assert.equal((await lab.balances(ada, 'GPU_SECOND/A100-SXM-80GB/guaranteed')).held, HOLD)
})

test('a submission that the controller lost frees its hold, and the next job with its id has its own', async () => {
  const lab = await stage({ lostAfter: 2 * MINUTE })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 2n * 3_600n }])
  await lab.keep()
  const lost = lab.submit(train('ada', 1n))
  await lab.look()
  lab.crash([lost])
  lab.world.advance(5 * SECOND)
  await assert.rejects(lab.look(), /cannot be reached/)
  await lab.sweep()
  lab.recover()
  await lab.turn()
  const next = lab.submit(train('ada', 1n, { runs: 2 * HOUR }))
  assert.equal(next.job, lost.job)
  await lab.turn()
  // There is not enough for both: it waits until the lost one is known for lost.
  assert.equal(lab.find(next)?.held, true)
  for (let minute = 0; minute < 4; minute += 1) {
    await lab.sweep()
    lab.world.advance(MINUTE)
    await lab.turn()
  }
  assert.equal(lab.find(next)?.held, false)
  assert.deepEqual(await lab.balances(ada), { available: 7_200n - HOLD, held: HOLD, spent: 0n })
  const [review] = await lab.db.query<{ kind: string }>('select kind from cluster.review')
  assert.equal(review?.kind, 'missing')
})

test('a run that the accounting counts on and the controller forgot keeps its hold, and is told', async () => {
  const lab = await stage({ lostAfter: 2 * MINUTE })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 2n * 3_600n }])
  await lab.keep()
  const job = lab.submit(train('ada', 1n))
  await lab.turn()
  lab.forget(job)
  for (let minute = 0; minute < 4; minute += 1) {
    await lab.turn()
    await lab.sweep()
    lab.world.advance(MINUTE)
  }
  assert.equal((await lab.balances(ada)).held, HOLD)
  assert.deepEqual(await lab.db.query('select kind, state from cluster.review'), [
    { kind: 'missing', state: 'open' },
  ])
})

test('a hold lives as long as its job waits, and ends when nobody keeps it', async () => {
  const lab = await stage({ gpus: { h100: 0n } })
  const ada = await lab.person('ada', [{ asset: H100, quantity: 2n * 3_600n }])
  await lab.keep()
  lab.submit(train('ada', 1n))
  await lab.turn()
  for (let week = 0; week < 6; week += 1) {
    lab.world.advance(7 * 24 * HOUR)
    await lab.turn()
    await lab.sweep()
    await lab.ledger.lapse(lab.world.now())
  }
  assert.equal((await lab.balances(ada)).held, HOLD)
  lab.world.advance(15 * 24 * HOUR)
  await lab.ledger.lapse(lab.world.now())
  assert.equal((await lab.balances(ada)).held, 0n)
  await lab.sweep()
  const [row] = await lab.db.query<{ state: string }>('select state from cluster.hold')
  assert.equal(row?.state, 'expired')
})

test('nothing of a leaver is begun, and what runs ends where the contract says so', async () => {
  const lab = await stage()
  const ada = await lab.person('ada', [{ asset: H100, quantity: 10n * 3_600n }])
  await lab.keep()
  const runs = lab.submit(train('ada', 4n, { runs: 5 * HOUR, hours: 1 }))
  await lab.look()
  const waits = lab.submit(train('ada', 1n))
  await lab.db.query('update people.person set left_on = $2 where id = $1', [ada, '2026-01-15'])
  await lab.look()
  assert.equal(lab.find(waits), undefined)
  assert.notEqual(lab.find(runs), undefined)
  await lab.db.query(
    `insert into people.leaving (id, person_id, left_on, reason, note, state, plan, recorded_at, done_at)
     values ($1, $2, '2026-01-15', 'INVOLUNTARY_WITH_CAUSE', '', 'done', '{"held": "cancel"}', '2026-01-15', '2026-01-15')`,
    [lab.world.id(), ada],
  )
  lab.world.advance(10 * MINUTE)
  await lab.turn()
  assert.equal(lab.find(runs), undefined)
  await lab.turn()
  assert.deepEqual(await lab.balances(ada), { available: 36_000n - 2_400n, held: 0n, spent: 2_400n })
})
