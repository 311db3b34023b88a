import { availableParallelism, loadavg } from 'node:os'
import { addDays, dayOf, HOUR, DAY, SECOND, startOfDay, type Millis } from '#base/time.ts'
import { connect } from '#db/connect.ts'
import { migrate } from '#db/migrate.ts'
import type { Db } from '#db/sql.ts'
import { openLedger, type Ledger } from '#ledger/ledger.ts'
import { rollUp } from '#ledger/rollup.ts'
import { openPrices } from '#prices/prices.ts'
import { encode } from '#reports/page.ts'
import { openReports, type Reports } from '#reports/reports.ts'
import { USAGE_BY } from '#reports/usage.ts'
import { measure } from './calls.ts'
import type { BenchOptions } from './run.ts'
import { fill } from './scale/fill.ts'
import { openServer } from './server.ts'

const CALLS = 10_000_000
const PEOPLE = 100_000
const RUNS = 200
const MOST_MS = 200
/** Of the rate on the small database, and of the rate without the duty. */
const LEAST_RATE = 0.9
const IN_FLIGHT = 64
/** Wallets that the holds go to, in both databases. */
const WALLETS = 10_000
/** As the worker has it. */
const ROLL_UP_EVERY = 5 * SECOND
/** Transactions of the fill are large, so fewer of them go into a step. */
const STEP = 10

/**
 * Every report over a year of a large company, by the functions that the pages call; and holds and settles beside those of
 * a database with as many people and no history, on the same server, with and without the roll-up running, all taking turns.
 */
export async function run({ seconds, rounds, rows, log }: BenchOptions) {
  const calls = rows ?? CALLS
  const people = Math.min(PEOPLE, Math.max(WALLETS, Math.round(calls / 100)))
  const started = performance.now()
  log('starting an own PostgreSQL with fsync on')
  const server = await openServer(log)
  const admin = await connect(server.adminUrl('perq'), { max: 1 })
  // Filling writes more in minutes than a server does in weeks.
  await admin.query(`alter system set max_wal_size = '8GB'`)
  await admin.query('alter system set autovacuum = off')
  await admin.query('select pg_reload_conf()')
  await admin.query('create database perq_small owner perq')
  const small = await connect(server.url.replace('/perq?', '/perq_small?'))
  try {
    await migrate(small)
    const now = Date.now()
    await fill(server.url.replace('/perq?', '/perq_small?'), { people, calls: 0, now }, log)
    await fill(server.url, { people, calls, now }, log)
    const filled = performance.now()
    log('rolling up')
    while (!(await rollUp(server.db, STEP)));
    const rolled = performance.now()
    for (const table of ['usage_hour', 'wallet_day', 'company_hour'])
      await server.db.query(`vacuum (analyze) ledger.${table}`)
    await admin.query('alter system reset autovacuum')
    await admin.query('select pg_reload_conf()')
    const sizes = await sizesOf(server.db)
    log(`reports, ${RUNS} runs each`)
    const reports = await readReports(server.db, { people, now, log })
    log('holds')
    const holds = await compareHolds({ small, big: server.db, rounds, seconds, log })
    return {
      conditions: {
        postgres: `${server.version} embedded, fsync on`,
        cores: availableParallelism(),
        loadAtEnd: loadavg()[0],
        node: process.versions.node,
        people,
        calls,
      },
      rolledUpPerSecond: Math.round((calls / (rolled - filled)) * 1_000),
      sizes,
      reports,
      holds,
      seconds: Math.round((performance.now() - started) / 1_000),
      kept:
        reports.every(({ kept }) => kept) &&
        holds.bigToSmall >= LEAST_RATE &&
        holds.rollingToNot >= LEAST_RATE,
    }
  } finally {
    await Promise.all([admin.close(), small.close()])
    await server.stop()
  }
}

async function sizesOf(db: Db): Promise<Record<string, string>> {
  const rows = await db.query<{ name: string; size: string }>(
    `select name, pg_size_pretty(sum(size)) as size from (
       select case when c.relname like 'usage_2%' or c.relname = 'usage_rest' then 'usage' else c.relname end as name,
         pg_total_relation_size(c.oid) as size
       from pg_class c where c.relnamespace = 'ledger'::regnamespace and c.relkind = 'r'
     ) t group by 1 having sum(size) > 1048576 order by sum(size) desc`,
  )
  return Object.fromEntries(rows.map(({ name, size }) => [name, size]))
}

type Asked = { readonly people: number; readonly now: Millis; readonly log: (line: string) => void }

async function readReports(db: Db, { people, now, log }: Asked) {
  const prices = openPrices({ db, world: { now: () => now, id: () => '', random: (n) => new Uint8Array(n) } })
  await prices.load()
  const reports: Reports = openReports({ db, prices })
  // Half of those asked are anybody; half as the calls fall, so mostly those who use much.
  const pick = (n: number): string =>
    String(1 + Math.floor(Math.random() ** (n % 2 === 0 ? 1 : 2.2) * people))
  const ids = await Promise.all(
    Array.from({ length: RUNS }, async (_, n) => {
      const [row] = await db.query<{ id: string; sort: string }>(
        `select id, lower(name) as sort from people.person where id = md5('person ' || $1)::uuid`,
        [pick(n)],
      )
      return row!
    }),
  )
  const today = dayOf(now)
  // Whole buckets, as the door that asks for them has them.
  const [dayEnds, hourEnds] = [startOfDay(today) + DAY, Math.ceil(now / HOUR) * HOUR]
  const asks: Record<string, (n: number) => Promise<unknown>> = {
    wallet: (n) => reports.wallet(ids[n]!.id, now),
    'usage of a person, 30 days': (n) =>
      reports.usage(ids[n]!.id, {
        from: addDays(today, -29),
        to: today,
        by: USAGE_BY[n % 7]!,
        step: 'day',
        filter: {},
      }),
    'usage of a person, 400 days': (n) =>
      reports.usage(ids[n]!.id, {
        from: addDays(today, -399),
        to: today,
        by: USAGE_BY[n % 7]!,
        step: 'day',
        filter: {},
      }),
    'burn of a person, 365 days': (n) => reports.spend(ids[n]!.id, { from: addDays(today, -364), to: today }),
    'usage of the company by day and model, 31 days': () =>
      reports.companyUsage({
        provider: 'openai',
        from: dayEnds - 31 * DAY,
        until: dayEnds,
        step: 'day',
        groups: ['model', 'variant', 'long'],
      }),
    'usage of the company by hour, 7 days': () =>
      reports.companyUsage({
        provider: 'anthropic',
        from: hourEnds - 168 * HOUR,
        until: hourEnds,
        step: 'hour',
        groups: [],
      }),
    'providers, 30 days': () => reports.providers(now),
    'people, a page of 50': (n) =>
      reports.people(now, { limit: 50, cursor: encode([ids[n]!.sort, ids[n]!.id]) }),
    'limits, 100 people': (n) => reports.limits(now, { limit: 100, after: ids[n]!.id, people: null }),
  }
  const told = []
  for (const [report, ask] of Object.entries(asks)) {
    const times: number[] = []
    for (let n = 0; n < RUNS; n += 1) {
      const from = performance.now()
      await ask(n)
      times.push(performance.now() - from)
    }
    times.sort((a, b) => a - b)
    const at = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1]! * 10) / 10
    const row = { report, p50Ms: at(0.5), p95Ms: at(0.95), worstMs: at(1), kept: at(0.95) < MOST_MS }
    log(`${report}: ${row.p50Ms} / ${row.p95Ms} ms`)
    told.push(row)
  }
  return told
}

async function compareHolds({
  small,
  big,
  rounds,
  seconds,
  log,
}: {
  readonly small: Db
  readonly big: Db
  readonly rounds: number
  readonly seconds: number
  readonly log: (line: string) => void
}) {
  const rates = { small: [] as number[], big: [] as number[], rolling: [] as number[] }
  const open = async (db: Db): Promise<{ ledger: Ledger; wallets: readonly string[] }> => {
    const ledger = openLedger({ db, owner: 'bench' })
    await ledger.heartbeat(Date.now())
    const wallets = await db.query<{ id: string }>(
      `select md5('wallet ' || n)::uuid as id from generate_series(1, $1) n`,
      [WALLETS],
    )
    return { ledger, wallets: wallets.map(({ id }) => id) }
  }
  const [few, many] = [await open(small), await open(big)]
  // Whole turns of the duty, so that each adds up as many calls as are made between two.
  const every = ROLL_UP_EVERY / SECOND
  const stretch = every * Math.max(2, Math.ceil(seconds / every))
  const rate = async ({ ledger, wallets }: typeof few, during = stretch): Promise<number> =>
    (await measure(ledger, wallets, IN_FLIGHT, during)).callsPerSecond
  for (const warm of [few, many]) await rate(warm)
  for (let round = 1; round <= rounds; round += 1) {
    rates.small.push(await rate(few))
    rates.big.push(await rate(many))
    rates.rolling.push(
      await whileRolling(big, {
        every: ROLL_UP_EVERY,
        before: () => rate(many, every),
        rate: () => rate(many),
      }),
    )
    log(
      `round ${round} of ${rounds}: ${Object.values(rates)
        .map((all) => Math.round(all.at(-1)!))
        .join(', ')} calls/s`,
    )
  }
  await Promise.all([few.ledger.drain(), many.ledger.drain()])
  return {
    inFlight: IN_FLIGHT,
    rounds,
    smallPerSecond: Math.round(median(rates.small)),
    bigPerSecond: Math.round(median(rates.big)),
    bigWithRollUpPerSecond: Math.round(median(rates.rolling)),
    bigToSmall: ratio(rates.big, rates.small),
    rollingToNot: ratio(rates.rolling, rates.big),
  }
}

/**
 * As a server that has been up for long: what others left is added up before, and the calls of one turn are there when the
 * first turn comes. So in the time that is measured as many calls are added up as are made.
 */
async function whileRolling(
  db: Db,
  ask: {
    readonly every: Millis
    readonly before: () => Promise<unknown>
    readonly rate: () => Promise<number>
  },
): Promise<number> {
  await rollUp(db)
  await ask.before()
  let failed: unknown
  let last: Promise<unknown> = Promise.resolve()
  const turn = (): void => {
    last = last.then(() => rollUp(db)).catch((error: unknown) => (failed ??= error))
  }
  turn()
  const timer = setInterval(turn, ask.every)
  const rate = await ask.rate()
  clearInterval(timer)
  await last
  if (failed !== undefined) throw failed
  return rate
}

/** The median of the ratios of what was measured side by side: whatever else the machine does meets both. */
const ratio = (of: readonly number[], to: readonly number[]): number =>
  Math.round(median(of.map((one, round) => one / to[round]!)) * 1_000) / 1_000

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
