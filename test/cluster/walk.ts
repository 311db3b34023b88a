import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { verify } from '#ledger/verify.ts'
import { perq, servePerq, tempFolder, type Served } from '../support/perq.ts'
import { startSlurm, type RealSlurm } from '../support/slurm/cluster.ts'
import { stepsOf } from '../support/slurm/steps.ts'
import { waitFor } from '../support/slurm/wait.ts'

// One company, one cluster, one server with all its duties: what was granted is used up, given way to, lost and taken away, while
// each of the three that must remember is killed once. In the end every GPU-second that Slurm counted is in the ledger, once.

/** Of one GPU for a minute: the limit, 30 s until the controller looks, 2 s to end. */
const HOLD = 92
const PEOPLE = ['alice', 'bob', 'carol', 'dave'] as const

const folder = tempFolder()
let slurm: RealSlurm
let served: Served
let db: Db

const settings = () => ({ PERQ_CLUSTER: 'lab', PERQ_CLUSTER_BIN: slurm.tools })
const serve = async (): Promise<void> => {
  served = await servePerq({ data: folder.path, args: [], env: settings() })
  db = await connect(served.database, { max: 2, mayExit: true })
}

/** Words apart by spaces; what may contain some comes after. */
async function cli(words: string, ...more: string[]): Promise<Record<string, unknown>> {
  const args = [...words.split(' '), ...more]
  const { code, out, err } = await perq([...args, '--json', '--data', folder.path], { env: settings() })
  if (code !== 0) throw new Error(`perq ${args.join(' ')} ended with ${code}: ${err}`)
  return JSON.parse(out) as Record<string, unknown>
}
const mail = (login: string): string => `${login}@perq.example`
const root = (...command: string[]): Promise<string> => slurm.must('root', command)

/** A job of theirs that Slurm takes in; a minute at most. */
async function submit(
  login: string,
  { gpus, allowance, run }: { gpus: string; allowance: string; run: string },
) {
  const said = await slurm.must(login, [
    'sbatch',
    `--gpus=${gpus}`,
    '--time=1',
    `--qos=${allowance}`,
    '--wrap',
    run,
  ])
  return /\d+$/.exec(said)?.[0] ?? assert.fail(said)
}
const guaranteed = (login: string, type: string): string => `perq-${login}-${type}-guaranteed`

/** `STATE|reason|priority|admin comment`, as its person sees it. */
async function look(login: string, job: string): Promise<{ state: string; priority: string; said: string }> {
  const shown = await slurm.must(login, ['scontrol', '-o', 'show', 'job', job])
  const word = (name: string): string => new RegExp(`\\b${name}=(\\S+)`).exec(shown)?.[1] ?? ''
  return {
    state: word('JobState'),
    priority: word('Priority'),
    said: /AdminComment=(.*?) (?:Comment|StdErr)=/.exec(shown)?.[1] ?? '',
  }
}
const reaches = (login: string, job: string, state: string): Promise<unknown> =>
  waitFor(`job ${job} is ${state}`, async () => (await look(login, job)).state === state)
const refused = (login: string, job: string): Promise<string> =>
  waitFor(`job ${job} is refused`, async () => {
    const { state, priority, said } = await look(login, job)
    return state === 'PENDING' && priority === '0' && said.startsWith('Perq') ? said : null
  })

/** What Slurm counted, read without any of the product's code: GPU-seconds by record. */
async function counted(): Promise<ReadonlyMap<string, number>> {
  const states = 'BF,CA,CD,DL,F,NF,OOM,PR,R,RQ,RS,RV,S,TO'
  const format = '--format=DBIndex,ElapsedRaw,AllocTRES,End'
  const text = await root(
    ...`sacct -a -X -D -n -P -S now-1day -E now+1day --state=${states} ${format}`.split(' '),
  )
  const seconds = new Map<string, number>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [record = '', elapsed = '0', tres = '', end = ''] = line.split('|')
    assert.notEqual(end, 'Unknown', `${line} has no end`)
    seconds.set(record, Number(elapsed) * Number(/gres\/gpu=(\d+)/.exec(tres)?.[1] ?? 0))
  }
  return seconds
}

type Booked = { record: string; gpu_seconds: bigint; charged: bigint; absorbed: bigint; class: string }
const booked = (): Promise<Booked[]> =>
  db.query<Booked>(
    'select record, gpu_seconds, charged, absorbed, class from cluster.record where settled_at is not null',
  )

/** What the entries themselves say was spent and borne, whatever the rows beside them say. */
async function entered(): Promise<{ spent: bigint; absorbed: bigint }> {
  const [row] = await db.query<{ spent: bigint; absorbed: bigint }>(
    `select coalesce(sum(case when target = 'spent' then amount when source = 'spent' then -amount else 0 end)
         filter (where source <> 'absorbed' and target <> 'absorbed'), 0)::bigint as spent,
       coalesce(sum(case when source = 'absorbed' then amount when target = 'absorbed' then -amount else 0 end), 0)::bigint as absorbed
     from ledger.entry`,
  )
  return row ?? assert.fail('the sums are there')
}
/** What the controller wrote of a job, for whoever has to find out why a test failed. */
const logOf = (job: string): string =>
  readFileSync(`${slurm.folder}/log/slurmctld.log`, 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`JobId=${job}\\b|version|REQUEST_KILL`).test(line))
    .join('\n')
const openHolds = async (except: ReadonlySet<string> = new Set()): Promise<number> =>
  (
    await db.query<{ root: string }>("select root from cluster.hold where state in ('placed', 'bound')")
  ).filter(({ root: job }) => !except.has(job)).length

before(async () => {
  slurm = await startSlurm({ people: PEOPLE })
  await serve()
  const template = (name: string, accelerator: string, tier: string) =>
    cli(
      `grant template add ${name} --denomination gpu_hour --accelerator ${accelerator} --tier ${tier} --refill-months 1`,
    )
  await template('h100', 'H100-SXM', 'guaranteed')
  await template('a100', 'A100-80GB-SXM', 'guaranteed')
  await template('spot', 'H100-SXM', 'spot')
  const rules = JSON.stringify({ tiers: { spot: { exemptSeconds: 0 } } })
  await cli(`cluster add lab --root acme --rules ${rules} --accelerator h100=H100-SXM a100=A100-80GB-SXM`)
  // In hours: 792 s, an hour, 1,800 s, 900 s.
  const grants = [
    ['alice', 'h100', '0.22'],
    ['bob', 'spot', '1'],
    ['carol', 'h100', '0.5'],
    ['dave', 'a100', '0.25'],
  ] as const
  for (const [login, kind, hours] of grants) {
    await cli(`person add ${mail(login)} --name ${login}`)
    await cli(`grant issue ${mail(login)} --quantity ${hours} --template ${kind} --first today`)
    await cli(`cluster login lab ${login} ${mail(login)}`)
  }
  await cli('cluster sync lab')
})

after(async () => {
  await db?.close()
  await served?.stop()
  await slurm?.remove()
  folder.remove()
})

test('what is granted can be used, and when it is used up the next job is refused in words of ours', async () => {
  const ask = { gpus: 'h100:8', allowance: guaranteed('alice', 'h100'), run: 'sleep 4' }
  let ran = 0
  for (;;) {
    const job = await submit('alice', ask)
    const outcome = await waitFor('it runs or is refused', async () => {
      const { state, priority, said } = await look('alice', job)
      if (state === 'COMPLETED') return 'ran'
      return state === 'PENDING' && priority === '0' && said.startsWith('Perq') ? said : null
    })
    if (outcome !== 'ran') {
      assert.match(outcome, /this one needs .* of H100-SXM \(guaranteed\).*, and you have .* short/)
      await slurm.must('alice', ['scancel', job])
      break
    }
    ran += 1
    assert.ok(ran < 20, 'a grant of 792 GPU-seconds ends')
    // So that what it did not use is free for the next one.
    await waitFor('it is settled', async () => {
      await cli('cluster sync lab')
      return (await openHolds()) === 0
    })
  }
  assert.ok(ran > 0, 'one job fits')
})

test('of two jobs at once that together are more than the balance exactly one runs, also after Perq was killed', async () => {
  const ask = {
    gpus: 'a100:8',
    allowance: guaranteed('dave', 'a100'),
    run: 'until [ -e enough ]; do sleep 0.1; done',
  }
  const both = await Promise.all([submit('dave', ask), submit('dave', ask)])
  await db.close()
  await served.kill()
  await serve()
  const runs = await waitFor('one of them runs', async () => {
    for (const job of both) if ((await look('dave', job)).state === 'RUNNING') return job
    return null
  })
  const other = both.find((job) => job !== runs) ?? assert.fail()
  assert.match(await refused('dave', other), /of A100-80GB-SXM \(guaranteed\)/)
  assert.equal((await look('dave', other)).state, 'PENDING')
  const [held] = await db.query<{ amount: bigint }>(
    "select amount from cluster.hold where state in ('placed', 'bound')",
  )
  assert.equal(held?.amount, BigInt(8 * HOLD))
  await slurm.must('dave', ['scancel', other])
  await slurm.must('dave', ['touch', 'enough'])
  await reaches('dave', runs, 'COMPLETED')
})

test('spot gives way to guaranteed, a node fails, and neither is charged to whom it happened', async () => {
  const spot = { gpus: 'h100:8', allowance: 'perq-spot', run: 'sleep 50' }
  const jobs: string[] = []
  for (let node = 0; node < 3; node += 1) jobs.push(await submit('bob', spot))
  for (const job of jobs) await reaches('bob', job, 'RUNNING')
  const sure = await submit('carol', {
    gpus: 'h100:8',
    allowance: guaranteed('carol', 'h100'),
    run: 'sleep 3',
  })
  await reaches('carol', sure, 'COMPLETED')
  const states = await Promise.all(jobs.map((job) => look('bob', job)))
  assert.equal(states.filter(({ state }) => state === 'PENDING').length, 1, 'one gave way and waits again')
  // The accounting is killed while the others run, and the node of one of them fails.
  const failing = jobs[states.findIndex(({ state }) => state === 'RUNNING')] ?? assert.fail()
  const node = await root('squeue', '-h', '-j', failing, '-o', '%N')
  await slurm.kill('slurmdbd')
  await slurm.kill(node)
  for (const pid of stepsOf(slurm.folder, failing)) process.kill(pid, 'SIGKILL')
  await slurm.start('slurmdbd')
  await waitFor('the controller gives the node up', async () =>
    /down/.test(await root('sinfo', '-h', '-n', node, '-o', '%T')),
  )
  await slurm.start(node)
  for (const job of jobs) await slurm.must('bob', ['scancel', job])
  await waitFor('what happened is in the ledger', async () => {
    await cli('cluster sync lab')
    const classes = new Set((await booked()).map((row) => row.class))
    return classes.has('preempted') && classes.has('node_failed')
  })
  for (const row of await booked())
    if (row.class === 'preempted' || row.class === 'node_failed') {
      assert.equal(row.charged, 0n)
      assert.equal(row.absorbed, row.gpu_seconds)
    }
})

test('who begins a job of theirs anew pays for what it used, and it waits for a hold of its own', async () => {
  const ask = { gpus: 'a100:2', allowance: guaranteed('dave', 'a100'), run: 'sleep 50' }
  const job = await submit('dave', ask)
  await reaches('dave', job, 'RUNNING')
  await waitFor(
    'it has run for two seconds',
    async () => (await slurm.run('dave', ['sleep', '2'])).code === 0,
  )
  await slurm.must('dave', ['scontrol', 'requeue', job])
  const before = new Set((await booked()).map(({ record }) => record))
  const run = await waitFor('its run is settled', async () => {
    await cli('cluster sync lab')
    return (await booked()).find((row) => row.class === 'launch_failed' && !before.has(row.record))
  })
  assert.ok(run.gpu_seconds >= 4n)
  assert.equal(run.charged, run.gpu_seconds)
  const hold = await waitFor('it is held for anew', async () => {
    const rows = await db.query<{ submitted_at: number }>(
      "select submitted_at from cluster.hold where root = $1 and state in ('placed', 'bound')",
      [job],
    )
    return rows.length === 1
  })
  assert.equal(hold, true)
  await slurm.must('dave', ['scancel', job])
})

test('what somebody changes by hand at the scheduler is put back and told', async () => {
  const bank = guaranteed('dave', 'a100')
  const standing = (): Promise<string> =>
    root('sacctmgr', '-n', '-P', 'show', 'qos', 'where', `name=${bank}`, 'format=GrpTRESMins,Flags')
  const before = await standing()
  await root(
    'sacctmgr',
    '-i',
    'modify',
    'qos',
    'where',
    `name=${bank}`,
    'set',
    'GrpTRESMins=gres/gpu:a100=99999',
  )
  await waitFor('it is as it was', async () => (await standing()) === before)
  const told = await waitFor('it was written down', async () => {
    const rows = await db.query<{ name: string }>(
      'select distinct name from cluster.drift where repaired_at is not null and name = $1',
      [bank],
    )
    return rows.length > 0 ? rows : null
  })
  assert.deepEqual(told, [{ name: bank }])
})

test('a leaver begins nothing more, within a minute, and the controller may be killed meanwhile', async () => {
  const ask = { gpus: 'h100:1', allowance: guaranteed('carol', 'h100'), run: 'sleep 2' }
  await slurm.kill('slurmctld')
  const today = new Date().toISOString().slice(0, 10)
  await cli(`person leave ${mail('carol')} --date ${today} --reason INVOLUNTARY_WITH_CAUSE`)
  const left = Date.now()
  await slurm.start('slurmctld')
  await waitFor('nothing can be submitted', async () => {
    const { code, out } = await slurm.run('carol', [
      'sbatch',
      `--gpus=${ask.gpus}`,
      '--time=1',
      `--qos=${ask.allowance}`,
      '--wrap',
      ask.run,
    ])
    if (code !== 0) return true
    // What came in before the account was closed never begins.
    const job = /\d+$/.exec(out.trim())?.[0] ?? assert.fail(out)
    await waitFor(
      'it is taken out of the queue',
      async () => (await look('carol', job)).state === 'CANCELLED',
    )
    return null
  })
  assert.ok(Date.now() - left < 60_000)
  const limits = await root(
    'sacctmgr',
    '-n',
    '-P',
    'show',
    'association',
    'where',
    'account=emp-carol',
    'format=Account,User,GrpSubmitJobs',
  )
  assert.match(limits, /^emp-carol\|\|0$/m)
})

test('in the end every GPU-second that Slurm counted is in the ledger exactly once', async () => {
  let queue = ''
  const back = new Set<string>()
  await waitFor(
    () => `nothing runs or waits, but there is\n${queue}\n${logOf(queue.split(' ')[0] ?? '')}`,
    async () => {
      queue = await root('squeue', '-h', '-a', '-o', '%A %i %u %T %r %V %S %N')
      // A controller that is killed forgets what it had not written down: jobs that were cancelled may be back. Their record has
      // ended before, so what is held for them again is let go by the sweep, minutes later.
      for (const job of queue.split('\n').map((line) => line.split(' ')[0] ?? '')) {
        if (job === '') continue
        back.add(job)
        await root('scancel', job)
      }
      return queue === ''
    },
  )
  await waitFor('everything is settled', async () => {
    await cli('cluster sync lab')
    const [slurms, ours] = [await counted(), await booked()]
    const used = [...slurms].filter(([, seconds]) => seconds > 0)
    return used.length === ours.filter((row) => row.gpu_seconds > 0n).length && (await openHolds(back)) === 0
  })
  const slurms = await counted()
  const ours = new Map((await booked()).map((row) => [row.record, row]))
  for (const [record, seconds] of slurms)
    assert.equal(ours.get(record)?.gpu_seconds ?? 0n, BigInt(seconds), `record ${record}`)
  const sum = (of: (row: Booked) => bigint): bigint =>
    [...ours.values()].reduce((all, row) => all + of(row), 0n)
  const all = [...slurms.values()].reduce((sum, seconds) => sum + BigInt(seconds), 0n)
  const { spent, absorbed } = await entered()
  assert.equal(spent + absorbed, all)
  assert.equal(
    sum(({ charged }) => charged),
    spent,
  )
  // Another reading of everything adds nothing.
  await cli('cluster sync lab')
  assert.deepEqual(await entered(), { spent, absorbed })
  assert.deepEqual((await verify(db)).findings, [])
  const version = await root('scontrol', '--version')
  process.stdout.write(
    `${JSON.stringify({
      scheduler: version,
      records: slurms.size,
      sacct_gpu_seconds: String(all),
      ledger_gpu_seconds: String(spent + absorbed),
      charged: String(spent),
      borne_by_company: String(absorbed),
      killed: ['perq', 'slurmctld', 'slurmdbd', 'slurmd'],
      exactly_once: spent + absorbed === all,
    })}\n`,
  )
})
