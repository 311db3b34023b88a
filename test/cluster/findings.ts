import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { boundOf } from '#cluster/demand.ts'
import { resolveGpus } from '#cluster/gpus.ts'
import type { AccountingRecord, Realm, Scheduler, SeenJob } from '#cluster/port.ts'
import { USUAL } from '#cluster/rules.ts'
import { readPreemptions } from '#cluster/slurm/preemptions.ts'
import { hasEnded, verdictOf } from '#cluster/verdict.ts'
import { startSlurm, type RealSlurm } from '../support/slurm/cluster.ts'
import { portTo, recordsOf } from '../support/slurm/port.ts'
import { waitFor } from '../support/slurm/wait.ts'

// What Slurm does by itself, each time first, and then what of Perq answers it.

const REALM: Realm = { root: 'acme', prefix: 'perq-', logins: ['alice', 'bob'] }
const KILL_WAIT = 2_000
const TYPES = new Map([
  ['h100', 'h100'],
  ['a100', 'a100'],
])

let slurm: RealSlurm
let port: Scheduler

const manage = (...args: string[]): Promise<string> => slurm.must('root', ['sacctmgr', '-i', ...args])
const text = (login: string, ...command: string[]): Promise<string> => slurm.must(login, command)

/** When each job was accepted, or a little earlier: after some of the kills below an id means another job. */
const acceptedAt = new Map<string, number>()

/** The id of a job that was accepted. */
async function submit(login: string, ...args: string[]): Promise<string> {
  const at = Math.floor(Date.now() / 1000) * 1000
  const said = await text(login, 'sbatch', ...args)
  const job = /\d+$/.exec(said)?.[0] ?? assert.fail(said)
  acceptedAt.set(job, at)
  return job
}

/** What a person is told, of a job that was not accepted. */
async function refusal(login: string, ...args: string[]): Promise<string> {
  const { code, err } = await slurm.run(login, ['sbatch', ...args])
  assert.notEqual(code, 0, `sbatch ${args.join(' ')} was accepted`)
  return err
}

const seen = async (job: string): Promise<SeenJob | undefined> =>
  (await port.jobs()).find((one) => one.job === job)
const state = (job: string, wanted: SeenJob['state']): Promise<SeenJob> =>
  waitFor(`job ${job} is ${wanted}`, async () => {
    const one = await seen(job)
    return one?.state === wanted ? one : null
  })
const isOf = (record: AccountingRecord, job: string): boolean =>
  record.job === job && record.submittedAt >= (acceptedAt.get(job) ?? 0)
const ended = (job: string) =>
  waitFor(`job ${job} has ended`, async () =>
    (await recordsOf(port)).find((record) => isOf(record, job) && hasEnded(record)),
  )

async function release(job: string): Promise<void> {
  await port.release(await state(job, 'held'))
}

async function restartController(change: Parameters<RealSlurm['configure']>[0] = {}): Promise<void> {
  await slurm.stop('slurmctld')
  slurm.configure(change)
  await slurm.start('slurmctld')
}

before(async () => {
  slurm = await startSlurm({
    people: ['alice', 'bob', 'carol'],
    enforce: 'associations,limits,qos',
    isPrivate: false,
    isHeld: false,
  })
  port = portTo(slurm)
  await port.change(REALM, { kind: 'put_account', account: { name: 'emp-1', parent: 'acme', open: true } })
  await port.change(REALM, { kind: 'put_account', account: { name: 'emp-2', parent: 'acme', open: true } })
  const usual = { exempt: 0, gpusAtOnce: {}, longest: null }
  await port.change(REALM, {
    kind: 'put_allowance',
    allowance: { ...usual, name: 'perq-spot', priority: 10, preempts: [], gpuMinutes: {} },
  })
  await port.change(REALM, {
    kind: 'put_allowance',
    allowance: {
      ...usual,
      name: 'perq-1',
      priority: 1_000,
      preempts: ['perq-spot'],
      gpuMinutes: { h100: 1n, a100: 1_000n },
    },
  })
  await manage('add', 'qos', 'bare', 'GrpTRESMins=gres/gpu:h100=1')
  for (const [login, account] of [
    ['alice', 'emp-1'],
    ['bob', 'emp-2'],
  ] as const)
    await port.change(REALM, {
      kind: 'put_member',
      member: { login, account, allowances: ['perq-1', 'perq-spot'], usual: 'perq-spot' },
    })
  await manage('modify', 'user', 'where', 'name=alice', 'account=emp-1', 'set', 'qos+=bare')
})

after(async () => {
  await port?.close()
  await slurm?.remove()
})

describe('Slurm by itself', () => {
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
    const size = ['--qos=perq-1', '--time=5', '--nodelist=n1', '--wrap', 'sleep 1']
    assert.match(await refusal('alice', '--gpus=h100:8', ...size), /QOSGrpGRESMinutes/)
    const job = await submit('alice', '--gpus=8', ...size)
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
    const job = await submit('alice', '--gpus=h100:1', '--time=2', '--wrap', 'sleep 30')
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
      'true',
    )
    await release(job)
    const record = await ended(job)
    assert.equal(record.comment, forged)
    assert.equal(record.name, forged)
    assert.ok((await recordsOf(port)).every((one) => one.record !== '9' || one.login === 'alice'))
  })

  test('what an administrator held and began anew is in our records, though Slurm leaves it out of its usual answer', async () => {
    const job = await submit('alice', '--gpus=h100:2', '--time=1', '--wrap', 'sleep 30')
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

describe('after a kill', () => {
  test('a controller that is away is never an empty queue', async () => {
    await submit('alice', '--gpus=h100:1', '--time=1', '--wrap', 'true')
    await slurm.kill('slurmctld')
    assert.equal((await port.ping()).controller, false)
    await assert.rejects(port.jobs(), { code: 'unavailable' })
    await slurm.start('slurmctld')
    assert.equal((await port.ping()).controller, true)
  })

  test('a submission that a kill lost gives its id to the next job, which is another job to us', async () => {
    // What a kill loses is what was not written yet. So that it is lost every time, the state is put back as it was before.
    const [from, to] = [`${slurm.folder}/state`, `${slurm.folder}/before`]
    await slurm.stop('slurmctld')
    cpSync(from, to, { recursive: true })
    await slurm.start('slurmctld')
    const ask = ['--gpus=h100:1', '--time=1', '--wrap', 'true']
    const first = await submit('alice', ...ask)
    const lost = await state(first, 'held')
    await slurm.kill('slurmctld')
    rmSync(from, { recursive: true })
    cpSync(to, from, { recursive: true })
    await slurm.start('slurmctld')
    assert.equal(await seen(first), undefined)
    await waitFor('another second has begun', async () => Date.now() > lost.submittedAt + 1_000)
    const second = await waitFor('the id is given again', async () => {
      const id = await submit('alice', ...ask)
      return id === first ? id : null
    })
    const other = await state(second, 'held')
    assert.equal(other.job, lost.job)
    assert.notEqual(other.submittedAt, lost.submittedAt)
    await port.release(lost)
    assert.equal(
      (await state(second, 'held')).state,
      'held',
      'what was held for the lost job lets nothing else go',
    )
    for (const job of await port.jobs()) await port.cancel(job, 'the test is over')
  })

  test('a run whose end the controller did not see is recorded too long, and what nobody saw is not charged', async () => {
    const until = 'until [ -e enough ]; do sleep 0.1; done; date +%s > ended'
    const job = await submit('alice', '--gpus=h100:2', '--time=5', '--wrap', until)
    await release(job)
    const { startedAt } = await state(job, 'running')
    // A job that it does not know to run would be begun anew.
    await waitFor('the controller has written down that it runs', async () => {
      const written = statSync(`${slurm.folder}/state/job_state`).mtimeMs
      return written > (startedAt ?? Infinity) + 1_000
    })
    const from = Date.now()
    await slurm.kill('slurmctld')
    await text('alice', 'touch', 'enough')
    const real = await waitFor('the job has ended by itself', async () => {
      const { code, out } = await slurm.run('alice', ['cat', 'ended'])
      return code === 0 && out.trim() !== '' ? Number(out) : null
    })
    // As long again as it ran: what is recorded is when the controller learned of it.
    await waitFor('some more time has passed', async () => Date.now() / 1000 > real + 4)
    await slurm.start('slurmctld')
    const to = Date.now()
    const record = await ended(job)
    const worked = BigInt(real - (startedAt ?? 0) / 1000)
    assert.ok(record.elapsedSeconds > worked + 1n, `${record.elapsedSeconds} s for ${worked} s of work`)
    const verdict = verdictOf(record, USUAL, [{ from, to }])
    assert.equal(verdict.class, 'outage')
    assert.equal(verdict.inOutage, true)
    assert.ok(
      verdict.share <= 2n * (worked + 1n),
      `charged ${verdict.share} for ${2n * worked} GPU-seconds of work`,
    )
  })

  test('a run is settled when its end is known, and not before, whatever its state says meanwhile', async () => {
    const job = await submit('alice', '--gpus=h100:2', '--time=2', '--wrap', 'sleep 2')
    await release(job)
    await state(job, 'running')
    await slurm.kill('slurmdbd')
    await waitFor('it ended while the accounting was away', async () => (await seen(job)) === undefined)
    await assert.rejects(recordsOf(port), { code: 'unavailable' })
    await slurm.start('slurmdbd')
    const readings: string[] = []
    const settled = await waitFor('its end is known', async () => {
      const record = (await recordsOf(port)).find((one) => isOf(one, job))
      if (!record) return null
      readings.push(`${record.stateText} ${record.elapsedSeconds} ${record.endedAt}`)
      return hasEnded(record) ? record : null
    })
    assert.ok(settled.elapsedSeconds >= 2n && settled.elapsedSeconds <= 4n, readings.join('\n'))
    assert.equal(hasEnded({ state: 'completed', endedAt: null }), false)
  })
})
