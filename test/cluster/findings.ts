import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { boundOf } from '#cluster/demand.ts'
import { resolveGpus } from '#cluster/gpus.ts'
import type { SeenJob } from '#cluster/port.ts'
import { USUAL } from '#cluster/rules.ts'
import { readPreemptions } from '../support/slurm/preemptions.ts'
import { verdictOf } from '#cluster/verdict.ts'
import type { RealSlurm } from '../support/slurm/cluster.ts'
import { recordsOf } from '../support/slurm/port.ts'
import { waitFor } from '../support/slurm/wait.ts'
import { LASTING, openScene, REALM } from './scene.ts'

// What Slurm does by itself, each time first, and then what of Perq answers it.

const KILL_WAIT = 2_000
const TYPES = new Map([
  ['h100', 'h100'],
  ['a100', 'a100'],
])

const { slurm, port, text, submit, refusal, state, begun, ended, release, endLasting, close } =
  await openScene({
    enforce: 'associations,limits,qos',
    isPrivate: false,
    isHeld: false,
  })
after(close)

async function restartController(change: Parameters<RealSlurm['configure']>[0] = {}): Promise<void> {
  await slurm.stop('slurmctld')
  slurm.configure(change)
  await slurm.start('slurmctld')
}

describe('Slurm by itself', () => {
  before(async () => {
    await text('root', 'sacctmgr', '-i', 'add', 'qos', 'bare', 'GrpTRESMins=gres/gpu:h100=1')
    const alice = ['user', 'where', 'name=alice', 'account=emp-1']
    await text('root', 'sacctmgr', '-i', 'modify', ...alice, 'set', 'qos+=bare')
  })

  test('limits mode overspends a grant by far; the hold for the same job is more than the grant, so it never starts', async () => {
    const granted = 60n
    const job = await submit('alice', '--qos=bare', '--gpus=h100:8', '--time=1', '--wrap', 'sleep 9')
    const { gpuSeconds } = verdictOf(await ended(job), USUAL, [])
    assert.ok(gpuSeconds > granted, `used ${gpuSeconds} of ${granted} GPU-seconds`)
    assert.ok(boundOf(8n, 60n, KILL_WAIT) > granted)
  })

  test("people see each other's jobs", async () => {
    const job = await submit(
      'alice',
      '--hold',
      '--gpus=h100:1',
      '--time=1',
      '--job-name=secret',
      '--wrap',
      'true',
    )
    assert.match(await text('bob', 'squeue', '-h', '-o', '%i %j %u'), /secret alice/)
    await text('root', 'scancel', job)
  })

  test('a person raises the time limit of a job that waits; the hold is sized from what the controller shows then', async () => {
    const job = await submit('alice', '--hold', '--gpus=h100:1', '--time=1', '--wrap', 'true')
    const before = await state(job, 'held')
    await text('alice', 'scontrol', 'update', `jobid=${job}`, 'timelimit=60')
    const raised = await state(job, 'held')
    assert.equal(before.timeLimit, 60_000)
    assert.equal(raised.timeLimit, 3_600_000)
    await text('root', 'scancel', job)
  })

  test('GPUs without a type slip past the limit of a type, and are counted against it afterwards', async () => {
    await restartController({ enforce: 'associations,limits,qos,safe' })
    const size = ['--qos=perq-1', '--time=5', '--nodelist=n1', '--wrap', LASTING]
    assert.match(await refusal('alice', '--gpus=h100:8', ...size), /QOSGrpGRESMinutes/)
    const job = await submit('alice', '--gpus=8', ...size)
    await begun(job)
    await endLasting('alice')
    const record = await ended(job)
    assert.deepEqual(record.requested, [{ type: null, count: 8n }])
    assert.deepEqual(record.allocated, [{ type: 'h100', count: 8n }])
    assert.equal(resolveGpus(record.requested, TYPES).kind, 'untyped')
  })
})

describe('with the rule in the controller', () => {
  before(async () => {
    await slurm.stop('slurmctld')
    await slurm.stop('slurmdbd')
    slurm.configure({ isPrivate: true, isHeld: true })
    await slurm.start('slurmdbd')
    await slurm.start('slurmctld')
  })

  test('GPUs without a type are refused in every way to ask for them', async () => {
    const asks = [
      ['--gpus=2'],
      ['--gpus-per-node=2'],
      ['--gres=gpu'],
      ['--gres=gpu:2'],
      ['--gpus-per-task=1', '--ntasks=2'],
    ]
    for (const ask of asks)
      assert.match(await refusal('alice', ...ask, '--time=1', '--wrap', 'true'), /perq: name the accelerator/)
  })

  test('a job whose time, nodes or neighbours would leave its size open is refused', async () => {
    const asks: [string[], RegExp][] = [
      [['--gpus=h100:1'], /how long the job may run/],
      [['--gpus=h100:1', '--time=UNLIMITED'], /how long the job may run/],
      [['--gpus=h100:1', '--time=1', '--exclusive'], /takes every GPU of its nodes/],
      [['--gpus-per-node=h100:1', '--time=1', '--nodes=1-2'], /not a range/],
    ]
    for (const [ask, said] of asks) assert.match(await refusal('alice', ...ask, '--wrap', 'true'), said)
  })

  test('every other job waits for Perq: batch, array, parts of different kinds, and without GPUs', async () => {
    const wait = ['--time=1', '--wrap', 'true']
    const jobs = [
      await submit('alice', '--gpus=h100:2', ...wait),
      await submit('alice', '--gpus-per-node=h100:2', '--nodes=2', ...wait),
      await submit('alice', '--gpus=h100:1', '--array=0-9:3%2', ...wait),
      await submit('alice', '--gpus=h100:1', ...wait, ':', '--gpus=a100:1', '--wrap', 'true'),
      await submit('alice', ...wait),
    ]
    const found = await port.jobs()
    const of = (job: string | undefined): SeenJob[] =>
      found.filter((one) => (one.array?.job ?? one.part?.job ?? one.job) === job)
    assert.deepEqual(
      jobs.map((job) => of(job).map((one) => one.state)),
      [['held'], ['held'], ['held'], ['held', 'held'], ['held']],
    )
    assert.deepEqual(of(jobs[1])[0]?.gpus, [{ type: 'h100', count: 4n }])
    assert.equal(of(jobs[2])[0]?.tasks, 4)
    assert.deepEqual(
      of(jobs[3])
        .toSorted((a, b) => (a.part?.index ?? 0) - (b.part?.index ?? 0))
        .map(({ gpus }) => gpus[0]?.type),
      ['h100', 'a100'],
    )
    for (const job of found) await port.cancel(job, 'the test is over')
    assert.deepEqual(await port.jobs(), [])
  })

  test('nobody but Perq lets a job go, and what a job is cannot grow while it waits or runs', async () => {
    const job = await submit('alice', '--gpus=h100:1', '--time=2', '--wrap', LASTING)
    const update = async (...what: string[]): Promise<number> =>
      (await slurm.run('alice', ['scontrol', ...what])).code
    const growth = [
      'timelimit=60',
      'timelimit=UNLIMITED',
      'gres=gpu:h100:8',
      'numnodes=2',
      'numtasks=8',
      'oversubscribe=no',
      'qos=perq-1',
      'priority=100',
    ]
    assert.notEqual(await update('release', job), 0)
    for (const one of growth) assert.notEqual(await update('update', `jobid=${job}`, one), 0, one)
    const waiting = await state(job, 'held')
    assert.equal(waiting.timeLimit, 120_000)
    assert.deepEqual(waiting.gpus, [{ type: 'h100', count: 1n }])
    assert.equal(await update('update', `jobid=${job}`, 'timelimit=1'), 0)
    assert.equal((await state(job, 'held')).timeLimit, 60_000)
    await release(job)
    const running = await state(job, 'running')
    assert.notEqual(await update('update', `jobid=${job}`, 'timelimit=60'), 0)
    assert.equal((await state(job, 'running')).timeLimit, 60_000)
    await port.cancel(running, 'the test is over')
    await ended(job)
  })

  test("nobody sees another person's jobs or their accounting, and Perq sees all", async () => {
    const job = await submit('alice', '--gpus=h100:1', '--time=1', '--job-name=secret', '--wrap', 'true')
    const all = ['-a', '-X', '-n', '-P', '-S', 'now-1hour', '-o', 'User,JobName']
    assert.equal(await text('bob', 'squeue', '-h'), '')
    assert.doesNotMatch(await text('bob', 'sacct', ...all), /alice/)
    assert.doesNotMatch(await text('bob', 'sacctmgr', '-n', '-P', 'show', 'association'), /alice/)
    assert.match(await text('alice', 'squeue', '-h', '-o', '%j'), /secret/)
    await port.cancel(await state(job, 'held'), 'the test is over')
  })

  test('a refusal is where its person reads it, whatever it says', async () => {
    const job = await submit('alice', '--gpus=h100:1', '--time=1', '--wrap', 'true')
    const held = await state(job, 'held')
    await port.refuse(held, 'Perq: 3 "hours" short | of h100\nAsk your people team.')
    assert.match(
      await text('alice', 'scontrol', 'show', 'job', job),
      /AdminComment=Perq: 3 "hours" short \| of h100 Ask your people team\./,
    )
    assert.equal((await state(job, 'held')).state, 'held')
    await port.cancel(held, 'the test is over')
  })

  test('whoever has no allowance can submit nothing, though Slurm would give them that of the whole cluster', async () => {
    const member = { login: 'bob', account: 'emp-2', allowances: [], usual: null }
    await port.change(REALM, { kind: 'put_member', member })
    assert.deepEqual(
      (await port.limits(REALM)).members.find(({ login }) => login === 'bob'),
      member,
    )
    const job = ['--gpus=h100:1', '--time=1', '--wrap', 'true']
    assert.match(await refusal('bob', ...job), /SubmitJob|Invalid qos/i)
    assert.match(await refusal('bob', '--qos=normal', ...job), /Invalid qos/i)
  })

  test('a name and a comment that look like another record make no other record', async () => {
    const forged = `x\n${'9|'.repeat(30)}\n9`
    const job = await submit(
      'alice',
      '--gpus=h100:1',
      '--time=1',
      `--job-name=${forged}`,
      `--comment=${forged}`,
      '--wrap',
      LASTING,
    )
    await release(job)
    await begun(job)
    await endLasting('alice')
    const record = await ended(job)
    assert.equal(record.comment, forged)
    assert.equal(record.name, forged)
    assert.ok((await recordsOf(port)).every((one) => one.record !== '9' || one.login === 'alice'))
  })

  test('what an administrator held and began anew is in our records, though Slurm leaves it out of its usual answer', async () => {
    const job = await submit('alice', '--gpus=h100:2', '--time=1', '--wrap', LASTING)
    await release(job)
    const { startedAt } = await state(job, 'running')
    await waitFor('it has run for a while', async () => Date.now() > (startedAt ?? 0) + 2_000)
    await text('root', 'scontrol', 'hold', job)
    await text('root', 'scontrol', 'requeue', job)
    const record = await ended(job)
    const usual = await text(
      'root',
      'sacct',
      '-a',
      '-X',
      '-D',
      '-n',
      '-P',
      '-S',
      'now-1hour',
      '-o',
      'JobIDRaw',
    )
    assert.ok(!usual.split('\n').includes(job))
    assert.equal(record.state, 'requeued')
    assert.ok(verdictOf(record, USUAL, []).gpuSeconds >= 4n)
    await port.cancel(await state(job, 'held'), 'the test is over')
  })

  test('who had to give way to whom is in the log of the controller', async () => {
    const spot = await submit('alice', '--gpus=a100:8', '--time=1', '--wrap', 'sleep 60')
    await release(spot)
    await state(spot, 'running')
    const sure = await submit('alice', '--qos=perq-1', '--gpus=a100:8', '--time=1', '--wrap', 'sleep 1')
    await release(sure)
    await ended(sure)
    const record = await waitFor('the one that gave way is recorded', async () =>
      (await recordsOf(port)).find((one) => one.job === spot && one.state === 'preempted'),
    )
    assert.equal(verdictOf(record, USUAL, []).share, 0n)
    assert.ok(
      readPreemptions(readFileSync(`${slurm.folder}/log/slurmctld.log`, 'utf8')).some(
        (one) => one.job === spot && one.by === sure && one.outcome === 'requeued',
      ),
    )
    const again = (await port.jobs()).find((one) => one.job === spot)
    assert.ok(again && again.submittedAt > record.submittedAt, 'the run that comes is another job to us')
    await port.cancel(again, 'the test is over')
  })
})
