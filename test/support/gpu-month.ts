import { DAY, dayOf, HOUR, MINUTE, startOfDay, type Millis } from '#base/time.ts'
import { openCluster } from '#cluster/cluster.ts'
import type { AccountingRecord, RecordState } from '#cluster/port.ts'
import { insertCapacity, putNodeEvents } from '#cluster/watch-store.ts'
import type { Db } from '#db/sql.ts'
import { immediate } from '#grants/shapes.ts'
import { demoScheduler } from '#main/demo/scheduler.ts'
import { openSupply } from '#supply/supply.ts'
import { openCompany } from './company.ts'
import { testWorld } from './world.ts'

export const GPU = 'GPU_SECOND/H100-SXM/guaranteed'

/** The UTC month before the one of an instant. */
export function monthBefore(now: Millis): {
  readonly month: string
  readonly from: Millis
  readonly until: Millis
} {
  const until = startOfDay(`${dayOf(now).slice(0, 7)}-01`)
  const month = dayOf(until - 1).slice(0, 7)
  return { month, from: startOfDay(`${month}-01`), until }
}

/**
 * A company whose last month has GPU jobs: of one preemption that was allowed and two that were not, a queue that was too long, and
 * a node that was down; and of now one job that runs and one that waits. Made through the rooms that real clusters use.
 */
export async function seedGpuMonth(db: Db, now: Millis) {
  const { month, from, until } = monthBefore(now)
  const world = testWorld({ seed: 5, now: from - 5 * DAY })
  const company = await openCompany(db, world)
  const hire = (name: string, role: 'employee' | 'people' | 'admin') =>
    company.hire({ name, email: `${name.split(' ')[0]!.toLowerCase()}@perq.test`, role })
  const [ada, tomas, ravi] = [
    await hire('Ada Byron', 'employee'),
    await hire('Tomas Aguilar', 'people'),
    await hire('Ravi Menon', 'admin'),
  ]
  const template = await company.commands.createTemplate({
    name: 'Guaranteed hours',
    ...immediate(),
    denomination: 'gpu_hour',
    unit: { accelerator: 'H100-SXM', tier: 'guaranteed' },
    clauses: {
      guarantees: {
        queueWait: { percentile: 95, seconds: 600 },
        preemptionsPerMonth: 1,
        uptime: '0.999',
        nodesAtOnce: 1,
        remedy: { credit: '36000', atMostPerMonth: '90000' },
      },
    },
  })
  const day = dayOf(world.now())
  const { grant } = await company.commands.issueGrant({
    person: ada.id,
    template: template.id,
    quantity: 2_000n * 3_600n,
    startDate: day,
    grantDate: day,
    name: 'Guaranteed hours',
  })
  const room = openCluster({
    db,
    world,
    ledger: company.ledger,
    rateOf: () => null,
    nextVest: () => Promise.resolve(null),
  })
  const job = { login: 'ada', tier: 'guaranteed', gpus: 8n, limit: 6 * HOUR } as const
  const scheduler = demoScheduler({
    now: world.now,
    nodes: ['n1', 'n2'],
    gpus: 8n,
    jobs: [
      { ...job, job: '901', name: 'train', waits: false },
      { ...job, job: '902', name: 'evaluate', waits: true },
    ],
  })
  const adopt = (mode: 'fast' | 'strict') =>
    room.adopt(scheduler, {
      name: 'lab',
      root: 'acme',
      mode,
      accelerators: [{ type: 'h100', accelerator: 'H100-SXM' }],
      rules: { allowances: { guaranteed: 'guaranteed' } },
    })
  const cluster = await adopt('fast')
  await room.setLogin(cluster, { login: 'ada', person: ada.id })
  const node = (name: string) => ({ node: name, accelerator: 'H100-SXM', gpus: 8 })
  await openSupply({ db, world }).seen({ cluster: 'lab', nodes: [node('n1'), node('n2')] })

  world.set(Math.min(until + HOUR, now - 2 * HOUR))
  const fates: readonly (readonly [RecordState, number])[] = [
    ['completed', 30],
    ['preempted', 20],
    ['completed', 900],
    ['preempted', 25],
    ['node_failed', 15],
    ['preempted', 40],
    ['completed', 12],
  ]
  const records = fates.map(([state, wait], at) => runOf(state, wait, from + (at + 1) * DAY, at))
  const page = async function* () {
    yield records
  }
  await room.take(await room.mapOf(db, cluster), page(), cluster.chargedFrom)
  await db.tx(async (sql) => {
    const event = { node: 'n1', state: 'DOWN', planned: false, reason: 'power', gpus: 'h100=8' }
    await putNodeEvents(sql, cluster.id, [{ ...event, from: from + 3 * DAY, to: from + 3 * DAY + 5 * HOUR }])
    for (let at = from; at < from + 2 * DAY; at += 15 * MINUTE)
      await insertCapacity(sql, cluster.id, at, [
        { type: 'h100', total: 16n, up: 16n, used: 8n, preemptible: 0n },
      ])
  })

  world.set(now - 30 * MINUTE)
  await adopt('strict')
  await room.keep(cluster, scheduler)
  const strict = await room.find('lab')
  await room.look(strict, scheduler)
  world.set(now)
  await room.look(strict, scheduler)
  await room.nodes(strict, scheduler)
  await company.exchange.close()
  await company.prices.close()
  return { month, people: { ada, tomas, ravi }, grant: grant.id }
}

function runOf(state: RecordState, wait: number, at: Millis, index: number): AccountingRecord {
  const gpus = [{ type: 'h100', count: 8n }]
  const startedAt = at + wait * 1_000
  return {
    record: String(10_270_045_487_769_700_000n + BigInt(index)),
    job: String(700 + index),
    submittedAt: at - 2_000,
    state,
    stateText: state.toUpperCase(),
    name: `run ${index}`,
    login: 'ada',
    account: 'emp-ada',
    allowance: 'guaranteed',
    partition: 'gpu',
    array: null,
    part: null,
    restarts: null,
    eligibleAt: at,
    startedAt,
    endedAt: startedAt + HOUR,
    elapsedSeconds: 3_600n,
    suspendedSeconds: 0n,
    timeLimit: 4 * HOUR,
    requested: gpus,
    allocated: gpus,
    nodes: ['n1'],
    exitCode: '0:0',
    comment: '',
  }
}
