import { availableParallelism, cpus, loadavg } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { HOUR, MINUTE, SECOND } from '#base/time.ts'
import { openCluster } from '#cluster/cluster.ts'
import type { AccountingRecord, Scheduler } from '#cluster/port.ts'
import { proveCluster } from '#cluster/proof.ts'
import { fieldsOf, recordReader } from '#cluster/slurm/accounting.ts'
import { openLedger } from '#ledger/ledger.ts'
import { verify } from '#ledger/verify.ts'
import { openPeople } from '#people/people.ts'
import { realWorld } from '#main/world.ts'
import { cpuOf, since, type Cpu } from './cpu.ts'
import type { BenchOptions } from './run.ts'
import { openServer } from './server.ts'

const PEOPLE = 1_000
const RECORDS = 1_000_000
/** As the adapter gives them. */
const PAGE = 1_000
/** Bytes that sacct's output comes in. */
const PIECE = 16_384
const PROMISED_PER_SECOND = 20_000
/** What live memory may be above that of the first half in the second, when it does not grow with what is imported. */
const MOST_GROWTH_MB = 32
/** Enough that each half of them sees a batch at its fullest. */
const SAMPLES = 20
/** With fewer records it is one transaction filling up that would be seen. */
const GROWTH_FROM = 500_000
const NODES = 512

/**
 * A million records as Slurm prints them, of a thousand people, charged to their wallets: parsed, kept, settled. Then the same once
 * more, which must add nothing. At the end every GPU-second of the records stands in the ledger once, and all of it proves itself.
 */
export async function run({ rows, log }: BenchOptions): Promise<Result> {
  const count = rows ?? RECORDS
  log('starting an own PostgreSQL with fsync on')
  const server = await openServer(log)
  try {
    const { db } = server
    const world = realWorld(0)
    const ledger = openLedger({ db, owner: 'bench' })
    await ledger.heartbeat(world.now())
    await ledger.openMonths(world.now())
    const room = openCluster({
      db,
      world,
      ledger,
      rateOf: () => null,
      nextVest: () => Promise.resolve(null),
    })
    const start = world.now() - 200 * 24 * HOUR
    const cluster = await room.adopt(named, {
      name: 'bench',
      root: 'acme',
      mode: 'fast',
      accelerators: [{ type: 'h100', accelerator: 'H100-SXM' }],
      rules: { allowances: { gpu: 'guaranteed' } },
      chargedFrom: start,
    })
    log(`${PEOPLE} people with a login and a wallet`)
    const people = openPeople({ db, world })
    const entity = await people.createEntity({ name: 'Bench', country: 'US', currency: 'USD' })
    for (let index = 0; index < PEOPLE; index += 1) {
      const { id: person } = await people.create({
        email: `u${index}@bench.example`,
        name: `User ${index}`,
        role: 'employee',
        level: 'IC4',
        entity: entity.id,
        country: 'US',
        hiredOn: '2020-01-01',
      })
      await room.setLogin(cluster, { login: `u${index}`, person, from: start - 24 * HOUR })
      await db.tx(async (sql) => {
        const asset = 'GPU_SECOND/H100-SXM/guaranteed'
        const wallet = await ledger.openWallet(sql, { id: world.id(), person, asset })
        const grant = world.id()
        // Some have less than they use: the company pays the rest.
        const quantity = index % 10 === 0 ? 1_000_000n : 10_000_000_000n
        await ledger.granted(sql, start, { grant, wallet, quantity })
        await ledger.vested(sql, start, [
          { grant, tranche: 1, quantity, priority: 50, scope: {}, effectiveAt: start, expiresAt: null },
        ])
      })
    }
    const map = await room.mapOf(db, cluster)
    const once = async () => {
      const memory: number[] = []
      const [before, began] = [cpuOf(server.postmaster), performance.now()]
      const taken = await room.take(map, watched(pagesOf(count, start), count, memory, log), start)
      const wallMs = performance.now() - began
      const cpu = since(before, cpuOf(server.postmaster))
      return { taken, memory, ...figures(count, wallMs, cpu) }
    }
    log(`reading ${count} records`)
    const first = await once()
    const entries = await countOf('ledger.entry')
    log('reading them once more')
    const second = await once()
    const after = await countOf('ledger.entry')
    log('proving')
    const before = process.cpuUsage()
    const expected = await sumOf(pagesOf(count, start))
    const { user, system } = process.cpuUsage(before)
    const [sums] = await db.query<{ used: bigint; ledger: bigint }>(
      `select (select sum(charged + absorbed) from cluster.record)::bigint as used,
         (select sum(case when kind = 'absorb' or target = 'spent' then amount when source = 'spent' then -amount else 0 end)
          from ledger.entry)::bigint as ledger`,
    )
    const { ok, findings } = await verify(db)
    const proof = await proveCluster(db)
    const half = Math.floor(first.memory.length / 2)
    const growth = Math.max(...first.memory.slice(half)) - Math.max(...first.memory.slice(0, half))
    const exact = sums!.used === expected && sums!.ledger === expected
    const kept =
      first.perSecond >= PROMISED_PER_SECOND &&
      (count < GROWTH_FROM || growth <= MOST_GROWTH_MB) &&
      second.taken.repeated === count &&
      after === entries &&
      exact &&
      ok &&
      proof.length === 0
    return {
      conditions: {
        machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
        load: loadavg().map((one) => Number(one.toFixed(1))),
        postgres: server.version,
        people: PEOPLE,
        page: PAGE,
      },
      records: count,
      per_second: first.perSecond,
      node_us: first.nodeMicros,
      // Of that, making up what sacct would print and reading it.
      parsing_us: Number(((user + system) / count).toFixed(1)),
      postgres_us: first.postgresMicros,
      live_mb: first.memory,
      rss_mb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
      again_per_second: second.perSecond,
      again_fresh: second.taken.fresh,
      again_entries: after - entries,
      entries,
      gpu_seconds: String(expected),
      exact,
      verified: ok && proof.length === 0,
      findings: [...findings, ...proof].slice(0, 5),
      kept,
    }

    async function countOf(table: string): Promise<number> {
      const [row] = await db.query<{ count: bigint }>(`select count(*) as count from ${table}`)
      return Number(row!.count)
    }
  } finally {
    await server.stop()
  }
}

type Result = Readonly<Record<string, unknown>> & { readonly kept: boolean }

/** Nothing is asked of it but its name. */
const named = {
  identity: () =>
    Promise.resolve({ cluster: 'bench', incarnation: '1', software: 'slurm 24.11.5', killWait: 30_000 }),
} as unknown as Scheduler

function figures(count: number, wallMs: number, cpu: Cpu | null) {
  const each = (micros: number | undefined): number | null =>
    micros === undefined ? null : Number((micros / count).toFixed(1))
  return {
    perSecond: Math.round((count / wallMs) * 1_000),
    nodeMicros: each(cpu?.node),
    postgresMicros: each(cpu?.postgres),
  }
}

setFlagsFromString('--expose-gc')
/** What is left when all is collected that nobody needs; otherwise it is the collector's laziness that is measured. */
const collect: () => void = runInNewContext('gc')

async function* watched(
  pages: AsyncIterable<readonly AccountingRecord[]>,
  count: number,
  memory: number[],
  log: (line: string) => void,
): AsyncIterable<readonly AccountingRecord[]> {
  let read = 0
  for await (const page of pages) {
    yield page
    read += page.length
    if (read < ((memory.length + 1) * count) / SAMPLES) continue
    collect()
    memory.push(Math.round(process.memoryUsage().heapUsed / 1024 / 1024))
    log(`${read} records, ${memory.at(-1)} MB of live memory`)
  }
}

const FIELDS = fieldsOf('Restarts')
const SEPARATOR = '\u0001|'
const STATES = [
  'COMPLETED',
  'COMPLETED',
  'COMPLETED',
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'PREEMPTED',
  'NODE_FAIL',
] as const

/** What sacct prints of them, oldest end first, the same whenever it is asked. */
async function* pagesOf(count: number, start: number): AsyncIterable<readonly AccountingRecord[]> {
  const reader = recordReader(FIELDS, SEPARATOR)
  for (let from = 0; from < count; from += PAGE) {
    let text = ''
    for (let index = from; index < Math.min(from + PAGE, count); index += 1) text += lineOf(index, start)
    const page: AccountingRecord[] = []
    for (let at = 0; at < text.length; at += PIECE) {
      page.push(...reader.read(text.slice(at, at + PIECE)))
      await turn()
    }
    yield page
  }
}

function lineOf(index: number, start: number): string {
  // A multiplicative walk: spread over people and shapes, and the same each time.
  const spread = (index * 2_654_435_761) % 4_294_967_296
  const elapsed = 5 + (spread % 7_200)
  const gpus = 1 + ((spread >>> 13) % 8)
  const end = Math.floor(start / SECOND) + HOUR / SECOND + index
  const begun = end - elapsed
  const person = `u${spread % PEOPLE}`
  const gres = `billing=${gpus},cpu=8,gres/gpu:h100=${gpus},gres/gpu=${gpus},mem=64G,node=1`
  const array = index % 4 === 0 ? `${index + 1}` : `${index - (index % 4) + 1}_${index % 4}`
  // In the order of the fields.
  return [
    `10270045487769${String(705_472 + index).padStart(7, '0')}`,
    index + 1,
    array,
    STATES[(spread >>> 5) % STATES.length],
    person,
    `emp-${person}`,
    'gpu',
    'gpu',
    begun - 600,
    begun - 590,
    begun,
    end,
    elapsed,
    '00:00:00',
    Math.ceil((elapsed * SECOND) / MINUTE) + 10,
    gres,
    gres,
    `n${spread % NODES}`,
    '0:0',
    '0',
    index % 3 === 0 ? 'purpose=learning' : '',
    `train-${spread % 97}`,
    '\n',
  ].join(SEPARATOR)
}

/** What the ledger must come to, from what was printed alone. */
async function sumOf(pages: AsyncIterable<readonly AccountingRecord[]>): Promise<bigint> {
  let sum = 0n
  for await (const page of pages)
    for (const { elapsedSeconds, allocated } of page) sum += elapsedSeconds * (allocated[0]?.count ?? 0n)
  return sum
}
