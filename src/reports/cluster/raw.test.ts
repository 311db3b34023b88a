import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256Hex } from '#base/json.ts'
import { DAY } from '#base/time.ts'
import { openCluster } from '#cluster/cluster.ts'
import { fieldsOf, recordReader } from '#cluster/slurm/accounting.ts'
import { readEvents } from '#cluster/slurm/nodes.ts'
import { putNodeEvents } from '#cluster/watch-store.ts'
import { immediate } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { openSupply } from '#supply/supply.ts'
import { openCompany } from '../../../test/support/company.ts'
import { testDb, type TestDb } from '../../../test/support/database.ts'
import { openTestScheduler } from '../../../test/support/scheduler.ts'
import { testWorld } from '../../../test/support/world.ts'
import { clusterReports, type ClusterReports } from './cluster.ts'
import { hashOf, recordsCsv } from './evidence.ts'

/**
 * A seeded month, as sacct and sacctmgr print it, is read in as every month is. What the report says of it must be what an
 * independent reading of the same text says: other code, other methods (seconds counted one by one, floats, plain sorting).
 */

const FROM = Date.UTC(2026, 8, 1) / 1_000
const UNTIL = Date.UTC(2026, 9, 1) / 1_000
const ASSET = 'GPU_SECOND/H100-SXM/guaranteed'
const AT_ONCE = 16
const ALLOWED = 2
const CREDIT = 36_000n
const CEILING = 120_000n

/** mulberry32, so that each month can be made again. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Lines as `sacct --parsable` prints them: in no order, with runs of others and of other months, requeues, and what never started. */
function sacctText(seed: number): string {
  const roll = dice(seed)
  const lines: string[] = []
  for (let n = 0; n < 220; n += 1) {
    const who = roll(5) === 0 ? 'bob' : 'ada'
    const qos = roll(6) === 0 ? 'spot' : 'guaranteed'
    const gpus = 1 + roll(12)
    const submit = FROM - 3 * 86_400 + roll(36 * 86_400)
    const eligible = submit + roll(20)
    const wait = roll(4) === 0 ? roll(5_000) : roll(400)
    const ran = roll(10) === 0 ? roll(4 * 86_400) : roll(9_000)
    const state = ['COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED', 'TIMEOUT', 'PREEMPTED', 'NODE_FAIL'][
      roll(7)
    ]!
    const never = roll(15) === 0
    const start = eligible + wait
    const end = start + ran
    const job = String(1_000 + Math.floor(n / 2))
    const tres = `billing=${gpus},cpu=${gpus},gres/gpu:h100=${gpus},gres/gpu=${gpus},node=1`
    const fields: Record<string, string> = {
      // Beyond what a number can hold, and neighbours of each other.
      DBIndex: String(10_270_045_487_769_700_000n + BigInt(n)),
      JobIDRaw: job,
      JobID: job,
      State: never ? 'CANCELLED by 1000' : state,
      User: who,
      Account: `emp-${who}`,
      QOS: qos,
      Partition: 'gpu',
      Submit: String(submit),
      Eligible: String(eligible),
      Start: never ? 'Unknown' : String(start),
      End: String(never ? eligible + roll(30_000) : end),
      ElapsedRaw: never ? '0' : String(ran),
      Suspended: '00:00:00',
      TimelimitRaw: '10080',
      ReqTRES: tres,
      AllocTRES: never ? '' : tres,
      NodeList: never ? 'None assigned' : 'n1',
      ExitCode: '0:0',
      Restarts: '0',
      Comment: '',
      JobName: `train, "a|b" ${n}`.replace('|', '/'),
    }
    lines.push(
      `${fieldsOf('Restarts')
        .map((field) => fields[field])
        .join('|')}|`,
    )
  }
  return `${lines.toSorted(() => roll(3) - 1).join('\n')}\n`
}

/** `sacctmgr show event`: node, state, start, end, TRES, reason. */
function eventText(seed: number): string {
  const roll = dice(seed * 7 + 1)
  return Array.from({ length: 14 }, (_, n) => {
    const start = FROM - 86_400 + roll(32 * 86_400)
    const state = ['DOWN', 'DRAIN', 'FAIL', 'MAINT'][roll(4)]!
    const end = start + roll(20_000)
    return `n${1 + (n % 3)}|${state}|${start}|${end}|gres/gpu:h100=8|a cause | with a bar`
  }).join('\n')
}

type Line = Record<string, string>
const NAMES = fieldsOf('Restarts')
const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => Object.fromEntries(line.split('|').map((value, at) => [NAMES[at] ?? 'rest', value])))

/** The report, computed from nothing but the text. */
function byHand(sacct: string, events: string) {
  const own = linesOf(sacct)
    .filter((line) => line['User'] === 'ada' && line['QOS'] === 'guaranteed')
    .map((line) => ({
      id: line['DBIndex']!,
      state: line['State']!,
      gpus: Number(/gpu:h100=(\d+)/.exec(line['ReqTRES']!)![1]),
      submit: Number(line['Submit']),
      eligible: Number(line['Eligible']),
      start: line['Start'] === 'Unknown' ? null : Number(line['Start']),
      end: Number(line['End']),
      elapsed: Number(line['ElapsedRaw']),
    }))
    .filter(({ submit, end }) => submit < UNTIL && end > FROM)
    .toSorted((a, b) => a.eligible - b.eligible || (`perq/${a.id}` < `perq/${b.id}` ? -1 : 1))

  // Who is within the guarantee: all pairs, the earlier ones first.
  const inside: boolean[] = []
  own.forEach((run, at) => {
    let taken = 0
    for (let other = 0; other < at; other += 1) {
      const before = own[other]!
      const gone = before.end <= run.eligible
      const running = before.start !== null && before.start <= run.eligible
      if (!gone && (running || inside[other])) taken += before.gpus
    }
    inside.push(taken + run.gpus <= AT_ONCE)
  })
  const counted = own.filter((run, at) => inside[at] && run.eligible >= FROM && run.eligible < UNTIL)
  const waits = counted
    .map(({ start, eligible, end }) => ({ t: (start ?? end) - eligible, started: start !== null }))
    .toSorted((a, b) => a.t - b.t || Number(b.started) - Number(a.started))

  // The product limit in floats, with the smallest margin that tells a rounding from a job.
  const quantile = (p: number): number | null => {
    let survival = 1
    for (const [at, { t, started }] of waits.entries()) {
      if (started) survival *= 1 - 1 / (waits.length - at)
      if (started && survival <= 1 - p + 1e-12) return t
    }
    return null
  }

  let [delivered, lost] = [0, 0]
  for (const run of own) {
    const useful = !['PREEMPTED', 'NODE_FAIL'].includes(run.state)
    if (run.start === null) continue
    if (useful) delivered += run.gpus * Math.max(0, Math.min(run.end, UNTIL) - Math.max(run.start, FROM))
    if (run.state === 'PREEMPTED' && run.end < UNTIL && run.end >= FROM) lost += run.gpus * run.elapsed
  }
  const preempted = own.filter(({ state, end }) => state === 'PREEMPTED' && end >= FROM && end < UNTIL)

  // Each second of the month of each node, marked.
  let [planned, down] = [0, 0]
  for (const node of ['n1', 'n2']) {
    const marks = new Uint8Array(UNTIL - FROM)
    for (const [name, state, start, end] of events.split('\n').map((line) => line.split('|'))) {
      if (name !== node) continue
      for (let at = Math.max(FROM, Number(start)); at < Math.min(UNTIL, Number(end)); at += 1)
        marks[at - FROM] = Math.max(marks[at - FROM]!, state === 'MAINT' ? 2 : 1)
    }
    for (const mark of marks) {
      if (mark === 2) planned += 8
      if (mark === 1) down += 8
    }
  }
  return {
    count: counted.length,
    beyond: own.filter((run, at) => !inside[at] && run.eligible >= FROM && run.eligible < UNTIL).length,
    p50: quantile(0.5),
    p95: quantile(0.95),
    longest: Math.max(...waits.map(({ t }) => t)),
    delivered,
    lost,
    preempted: preempted
      .toSorted((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1))
      .map(({ id }) => `perq/${id}`),
    planned,
    down,
    due: 2 * 8 * (UNTIL - FROM) - planned,
  }
}

let db: TestDb
let reports: ClusterReports
let month: Awaited<ReturnType<typeof readIn>>
before(async () => {
  db = await testDb({ max: 6 })
  reports = clusterReports(db)
  month = await readIn(41)
})
after(() => db?.drop())

/** Reads a month in as the room reads every month; answers whose it is. */
async function readIn(seed: number): Promise<{ person: string; sacct: string; events: string; now: number }> {
  const sacct = sacctText(seed)
  const events = eventText(seed)
  const world = testWorld({ seed, now: Date.UTC(2026, 7, 1) })
  const company = await openCompany(db, world)
  const [ada, bob] = [await company.hire(), await company.hire()]
  const template = await company.commands.createTemplate({
    name: `Hours ${seed}`,
    ...immediate(),
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    clauses: {
      guarantees: {
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: ALLOWED,
        uptime: '0.995',
        nodesAtOnce: 2,
        remedy: { credit: String(CREDIT), atMostPerMonth: String(CEILING) },
      },
    },
  })
  const start = '2026-08-01'
  const quantity = 100_000n * 3_600n
  await company.commands.issueGrant({
    person: ada.id,
    template: template.id,
    quantity,
    startDate: start,
    grantDate: start,
  })
  const room = openCluster({
    db,
    world,
    ledger: company.ledger,
    rateOf: () => null,
    nextVest: () => Promise.resolve(null),
  })
  const { scheduler } = openTestScheduler({ now: world.now, gpus: { h100: 16n } })
  const cluster = await room.adopt(scheduler, {
    name: 'perq',
    root: 'acme',
    mode: 'fast',
    accelerators: [{ type: 'h100', accelerator: 'H100-SXM' }],
    rules: { allowances: { guaranteed: 'guaranteed', spot: 'spot' } },
  })
  await room.setLogin(cluster, { login: 'ada', person: ada.id })
  await room.setLogin(cluster, { login: 'bob', person: bob.id })
  const supply = openSupply({ db, world })
  const node = (name: string) => ({ node: name, accelerator: 'H100-SXM', gpus: 8 })
  await supply.seen({ cluster: 'perq', nodes: [node('n1'), node('n2')] })
  world.set(UNTIL * 1_000 + 10 * DAY)
  const reader = recordReader(NAMES, '|')
  const map = await room.mapOf(db, cluster)
  const pages = async function* () {
    // Cut anywhere, as a pipe cuts.
    for (let at = 0; at < sacct.length; at += 7_777) yield reader.read(sacct.slice(at, at + 7_777))
  }
  await room.take(map, pages(), cluster.chargedFrom)
  await db.tx((sql) =>
    putNodeEvents(
      sql,
      cluster.id,
      readEvents(events).map((event) => ({ ...event, gpus: 'h100=8' })),
    ),
  )
  await company.exchange.close()
  await company.prices.close()
  return { person: ada.id, sacct, events, now: world.now() }
}

test('the report of a seeded month agrees with an independent computation from raw sacct output', async () => {
  const { person, sacct, events, now } = month
  const hand = byHand(sacct, events)
  const statement = await reports.statement({ person, asset: ASSET }, '2026-09', now)
  assert.ok(statement)
  const seconds = (wait: { kind: string; seconds: number } | null) =>
    wait?.kind === 'is' ? wait.seconds : null
  assert.deepEqual(
    {
      count: statement.wait.count,
      beyond: statement.wait.beyond,
      p50: seconds(statement.wait.p50),
      p95: seconds(statement.wait.p95),
      longest: statement.wait.longest?.seconds,
      delivered: Number(statement.hours.delivered),
      lost: Number(statement.hours.lost),
      preempted: statement.breaches
        .filter(({ kind }) => kind === 'preemption')
        .map(({ runs }) => runs[0]!.id),
      planned: Number(statement.uptime.planned),
      down: Number(statement.uptime.down),
      due: Number(statement.uptime.due),
    },
    { ...hand, preempted: hand.preempted.slice(ALLOWED) },
  )
  assert.ok(
    hand.count > 40 && hand.beyond > 5 && hand.lost > 0 && hand.down > 0 && hand.planned > 0,
    'a month that shows something',
  )
  assert.equal(statement.preemptions.count, hand.preempted.length)
  assert.equal(statement.hours.promised, BigInt(AT_ONCE * (UNTIL - FROM)))
  const broken = new Set(statement.breaches.map(({ kind }) => kind))
  assert.equal(broken.has('queue_wait'), hand.p95 === null || hand.p95 > 600)
  assert.equal(broken.has('uptime'), (hand.due - hand.down) / hand.due < 0.995)
  const due = CREDIT * BigInt(statement.breaches.length)
  assert.equal(statement.remedy.due, due < CEILING ? due : CEILING)
  assert.deepEqual((await verify(db)).findings, [])
})

test('the evidence holds every row that it rests on, and its hashes tell when one was changed', async () => {
  const { person } = month
  const now = UNTIL * 1_000 + 10 * DAY
  const evidence = await reports.evidence({ person, asset: ASSET }, '2026-09', now)
  assert.ok(evidence)
  const again = await reports.evidence({ person, asset: ASSET }, '2026-09', now)
  assert.equal(again?.sha256, evidence.sha256, 'the same facts have the same hash')
  const { sha256, ...body } = evidence
  assert.equal(hashOf(body), sha256)
  assert.equal(sha256Hex(recordsCsv(evidence.records)), evidence.records_csv_sha256)
  assert.ok(
    evidence.records.every(({ record }) => /^1027004548776970\d{4}$/.test(record)),
    'keys as text, to the last digit',
  )
  const [first, ...others] = evidence.records
  const changed = { ...body, records: [{ ...first!, elapsed_seconds: '1' }, ...others] }
  assert.notEqual(hashOf(changed), sha256)
})
