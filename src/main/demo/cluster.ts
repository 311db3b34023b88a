import { readFileSync } from 'node:fs'
import { DAY, HOUR, MINUTE, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { ClusterRoom } from '#cluster/cluster.ts'
import type { AccountingRecord, NodeEvent, Scheduler } from '#cluster/port.ts'
import { fieldsOf, recordReader } from '#cluster/slurm/accounting.ts'
import { readEvents } from '#cluster/slurm/nodes.ts'
import type { Cluster } from '#cluster/types.ts'
import { insertLooks, putNodeEvents } from '#cluster/watch-store.ts'
import { openClusterRoom } from '../clusters.ts'
import type { Rooms } from '../rooms.ts'
import { demoScheduler, type DemoJob } from './scheduler.ts'

/** GPU jobs of the demo company: no scheduler runs here, its records come from a file, and the pages say so. */

const NAME = 'fernhill'
const LOGINS = { 'Li Wen': 'lwen', 'Kenji Watanabe': 'kwatanabe', 'Grace Kim': 'gkim' } as const
const NODES = ['h100-01', 'h100-02', 'h100-03']
const GPUS = 8
/** The day on which the file was made, and how far back it goes: its times move with the demo's. */
const EXPORTED: DateText = '2026-11-21'
const DAYS = 74
/** The cluster was looked at so often; only the last weeks are shown. */
const LOOKED_EVERY = 15 * MINUTE
const LOOKED_DAYS = 62
/** The latest jobs were submitted so long ago. */
export const LIVE_FROM = 100 * MINUTE

const file = (name: string): string =>
  readFileSync(new URL(`../../../data/cluster-demo/${name}`, import.meta.url), 'utf8')

/** What runs and waits when somebody looks at the demo. */
const LIVE: readonly DemoJob[] = [
  {
    job: '2201',
    login: 'lwen',
    name: 'rl-sweep',
    tier: 'guaranteed',
    gpus: 8n,
    limit: 6 * HOUR,
    waits: false,
  },
  {
    job: '2202',
    login: 'lwen',
    name: 'reward-model',
    tier: 'guaranteed',
    gpus: 4n,
    limit: 3 * HOUR,
    waits: true,
  },
  {
    job: '2203',
    login: 'kwatanabe',
    name: 'pretrain-350m',
    tier: 'guaranteed',
    gpus: 8n,
    limit: 12 * HOUR,
    waits: false,
  },
  { job: '2204', login: 'gkim', name: 'embeddings', tier: 'spot', gpus: 4n, limit: 8 * HOUR, waits: false },
]

export type ClusterMember = { readonly id: string; readonly plan: { readonly name: string } }

type Story = {
  readonly room: ClusterRoom
  readonly cluster: Cluster
  readonly scheduler: Scheduler
}

/**
 * Tells the cluster's history day by day, as its accounting told it, on the clock that walks; then what runs now. Nothing is told of
 * days before the history began.
 */
export function openDemoCluster(rooms: Rooms, members: readonly ClusterMember[], today: Millis) {
  const shift = startOfDay(new Date(today).toISOString().slice(0, 10)) - startOfDay(EXPORTED)
  const records = recordsOf(file('sacct.txt'), shift)
  const events = readEvents(file('events.txt')).map((event) => moved(event, shift))
  let story: Story | null = null
  let next = 0

  /** Adopted on the first day of the file, or of the history. */
  async function begin(): Promise<Story> {
    const room = await openClusterRoom(rooms)
    const scheduler = demoScheduler({ now: rooms.world.now, jobs: LIVE, nodes: NODES, gpus: BigInt(GPUS) })
    const cluster = await adopt(room, scheduler, 'fast')
    for (const { id, plan } of members) {
      const login = Object.entries(LOGINS).find(([name]) => name === plan.name)?.[1]
      if (login !== undefined) await room.setLogin(cluster, { login, person: id })
    }
    const nodes = NODES.map((node) => ({ node, accelerator: 'H100-SXM', gpus: GPUS }))
    await rooms.supply.seen({ cluster: NAME, nodes })
    return { room, cluster, scheduler }
  }

  return {
    /** What had ended by now. Called at the beginning of each day. */
    async tell(): Promise<void> {
      const now = rooms.world.now()
      if (now < startOfDay(new Date(today).toISOString().slice(0, 10)) - DAYS * DAY) return
      if (!story) {
        story = await begin()
        // What ended before is nobody's to pay here.
        next = records.findIndex(({ startedAt, submittedAt }) => (startedAt ?? submittedAt) >= now)
        if (next < 0) next = records.length
      }
      const { room, cluster } = story
      const until = records.findIndex(({ endedAt }, index) => index >= next && (endedAt ?? 0) > now)
      const page = records.slice(next, until < 0 ? records.length : until)
      next += page.length
      if (page.length === 0) return
      await room.take(await room.mapOf(rooms.db, cluster), one(page), cluster.chargedFrom)
    },

    /** What was submitted a while ago: held for, and let go. On a clock that stands there. */
    async submit(): Promise<void> {
      story ??= await begin()
      const { room, scheduler } = story
      const cluster = await adopt(room, scheduler, 'strict')
      await room.keep(cluster, scheduler)
      await room.look(cluster, scheduler)
    },

    /** What became of it, and how the cluster was whenever somebody looked. */
    async end(): Promise<void> {
      if (!story) return
      const { room, scheduler } = story
      const cluster = await room.find(NAME)
      await room.look(cluster, scheduler)
      await rooms.db.tx(async (sql) => {
        await putNodeEvents(
          sql,
          cluster.id,
          events
            .filter(({ from }) => from >= cluster.adoptedAt)
            .map((event) => ({ ...event, gpus: `h100=${GPUS}` })),
        )
        const first = Math.max(cluster.adoptedAt, today - LOOKED_DAYS * DAY)
        const looks = Math.floor((today - first) / LOOKED_EVERY) + 1
        await insertLooks(
          sql,
          cluster.id,
          Array.from({ length: looks }, (_, n) => {
            const at = today - n * LOOKED_EVERY
            return { at, ...lookAt(at, records, events, at > today - LIVE_FROM) }
          }),
        )
      })
    },
  }
}

const adopt = (room: ClusterRoom, scheduler: Scheduler, mode: 'fast' | 'strict'): Promise<Cluster> =>
  room.adopt(scheduler, {
    name: NAME,
    root: NAME,
    mode,
    accelerators: [{ type: 'h100', accelerator: 'H100-SXM' }],
    rules: { allowances: { guaranteed: 'guaranteed', spot: 'spot' } },
    by: null,
  })

async function* one<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page
}

function recordsOf(text: string, shift: Millis): readonly AccountingRecord[] {
  const reader = recordReader(fieldsOf(''), '|')
  const at = (time: Millis | null): Millis | null => (time === null ? null : time + shift)
  return reader.read(text).map((record) => ({
    ...record,
    submittedAt: record.submittedAt + shift,
    eligibleAt: at(record.eligibleAt),
    startedAt: at(record.startedAt),
    endedAt: at(record.endedAt),
  }))
}

const moved = (event: NodeEvent, shift: Millis): NodeEvent => ({
  ...event,
  from: event.from + shift,
  to: event.to === null ? null : event.to + shift,
})

/** What a look at the cluster would have found at a time of the file. */
function lookAt(
  at: Millis,
  records: readonly AccountingRecord[],
  events: readonly NodeEvent[],
  live: boolean,
): { type: string; total: bigint; up: bigint; used: bigint; preemptible: bigint } {
  const total = BigInt(NODES.length * GPUS)
  const down = events.filter(({ from, to }) => from <= at && (to === null || at < to)).length
  const up = total - BigInt(Math.min(down, NODES.length) * GPUS)
  const running = records.filter(
    ({ startedAt, endedAt }) => startedAt !== null && startedAt <= at && (endedAt ?? at) > at,
  )
  const now = live ? LIVE.filter(({ waits }) => !waits) : []
  const sum = (spot: boolean): bigint =>
    [
      ...running
        .filter(({ allowance }) => (allowance === 'spot') === spot)
        .flatMap(({ allocated }) => allocated.map(({ count }) => count)),
      ...now.filter(({ tier }) => (tier === 'spot') === spot).map(({ gpus }) => gpus),
    ].reduce((all, count) => all + count, 0n)
  const used = sum(false) + sum(true) < up ? sum(false) + sum(true) : up
  return { type: 'h100', total, up, used, preemptible: sum(true) < used ? sum(true) : used }
}
