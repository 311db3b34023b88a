import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dayOf } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { monthlyRefill, startForFirstRefill } from '#grants/shapes.ts'
import { verify } from '#ledger/verify.ts'
import { openRooms, type Rooms } from '#main/rooms.ts'
import { realWorld } from '#main/world.ts'
import { servePerq, type Served } from '../test/support/perq.ts'
import { boundsOf, sendShape, SHAPES, type Answer, type Shape } from './shapes.ts'
import type { BenchOptions } from './run.ts'
import { openServer } from './server.ts'

/**
 * The promise "not a cent more" put to the test: two replicas of the real server on one database, more calls at once than
 * one wallet can pay for, one replica killed in the middle. Nothing may be spent above what vested, no hold may be left
 * behind, and what the wallet can still pay for must be answered.
 */
export type Overspend = {
  readonly granted: bigint
  readonly settled: bigint
  readonly overspent: bigint
  /** Holds left after the sweep. */
  readonly stuck_holds: number
  /** Calls refused after the sweep although the wallet could pay for the least of them. */
  readonly false_refusals: number
  /** Costs above a hold, which the company would pay. */
  readonly absorbed: bigint
  readonly calls: number
  readonly answered: number
  readonly refused: number
  /** How many of them by each reason; that there is nothing left to hold is the one to expect. */
  readonly reasons: Readonly<Record<string, number>>
  /** Without an answer, because their replica was killed. */
  readonly lost: number
  /** Calls of the dead that were charged what was certain. */
  readonly lapsed: number
  readonly retried: number
  readonly left: bigint
  readonly verified: boolean
}

const CALLS = 2_000
/** Of what all calls together may cost. */
const AFFORDABLE_PERCENT = 30n
/** The replica dies when so many of a hundred calls have been answered while it holds for so many others, or late. */
const KILLED_AT_PERCENT = { answered: 2, held: 2 }
const KILLED_WITHIN_MS = 30_000
const LOOK_MS = 20
const PACE_MS = 10
/** Heartbeats stop with the process; its holds lapse twenty seconds later, at a turn of the worker. */
const SWEPT_WITHIN_MS = 90_000
const MOST_RETRIES_AT_ONCE = 32

export async function run({ log }: BenchOptions): Promise<object> {
  const server = await openServer(log)
  try {
    const found = await overspend({ url: server.url, db: server.db, calls: CALLS, log })
    const { granted, settled, overspent, stuck_holds, false_refusals, ...more } = found
    const text = (amount: bigint): string => String(amount)
    return {
      granted: text(granted),
      settled: text(settled),
      overspent: text(overspent),
      stuck_holds,
      false_refusals,
      ...more,
      absorbed: text(more.absorbed),
      left: text(more.left),
      kept: kept(found),
    }
  } finally {
    await server.stop()
  }
}

export const kept = (found: Overspend): boolean =>
  found.verified &&
  found.overspent === 0n &&
  found.absorbed === 0n &&
  found.stuck_holds === 0 &&
  found.false_refusals === 0

/** `db` and `url` are one migrated database that nobody else uses. */
export async function overspend({
  url,
  db,
  calls,
  log,
}: {
  url: string
  db: Db
  calls: number
  log: (line: string) => void
}): Promise<Overspend> {
  const master = randomBytes(32)
  const rooms = await openRooms({ db, world: realWorld(), owner: 'bench' })
  const provider = await startProvider(rooms, master)
  const env = { DATABASE_URL: url, PERQ_SECRET: master.toString('hex') }
  const start = (): Promise<Served> => servePerq({ args: [], env })
  const running: Served[] = []
  try {
    const replicas = new Map<string, Served>()
    for (let n = 0; n < 2; n += 1) {
      const one = await start()
      running.push(one)
      const owners = await db.query<{ id: string }>('select id from ledger.owner')
      replicas.set(owners.find(({ id }) => !replicas.has(id))!.id, one)
    }
    const [first, second] = running as [Served, Served]
    const bounds = SHAPES.map((shape) => boundsOf(rooms.prices, shape))
    const whole = Array.from({ length: calls }, (_, n) => bounds[n % bounds.length]!.max).reduce(
      (a, b) => a + b,
    )
    const granted = (whole * AFFORDABLE_PERCENT) / 100n
    const { wallet, secret } = await employ(rooms, granted)

    log(
      `${calls} calls at once on a wallet that pays for ${AFFORDABLE_PERCENT} in a hundred, over two replicas`,
    )
    const asked = Array.from({ length: calls }, (_, n) => SHAPES[n % SHAPES.length]!)
    const answering = Promise.all(
      asked.map((shape, n) => sendShape(n % 2 === 0 ? first : second, secret, shape)),
    )
    const victim = replicas.get(await inTheMiddle(db, calls)) ?? first
    await victim.kill()
    log('killed one replica while it had calls on their way')
    const survivor = victim === first ? second : first
    const answers = await answering

    log('waiting for the sweep')
    const stuck = await holdsAfterSweep(db)
    log('another replica takes the place of the dead one; what can be afforded is asked again')
    const third = await start()
    running.push(third)
    const failed = asked.filter((_, n) => answers[n]!.kind !== 'answered')
    const again = await askAgain({ db, wallet, secret, failed, rooms, at: [survivor, third] })

    for (const one of [survivor, third]) await one.stop()
    log('proving the ledger')
    await rooms.ledger.seal()
    const { ok, openHolds } = await verify(db)
    const sums = await sumsOf(db, wallet)
    const { vested, settled } = sums
    const count = (kind: Answer['kind']): number => answers.filter((answer) => answer.kind === kind).length
    return {
      granted,
      settled,
      overspent: settled > vested ? settled - vested : 0n,
      stuck_holds: Math.max(stuck, Number(openHolds)),
      false_refusals: again.falseRefusals,
      absorbed: sums.absorbed,
      calls,
      answered: count('answered'),
      refused: count('refused'),
      reasons: reasonsOf(answers),
      lost: count('lost'),
      lapsed: sums.lapsed,
      retried: again.retried,
      left: sums.available,
      verified: ok,
    }
  } finally {
    for (const one of running) if (!one.gone()) await one.kill()
    await provider.close()
    await rooms.close()
  }
}

/** The owner with most calls on their way, when it has enough of them and others have been answered. */
async function inTheMiddle(db: Db, calls: number): Promise<string> {
  const until = performance.now() + KILLED_WITHIN_MS
  for (;;) {
    const [row] = await db.query<{ owner: string; held: number; answered: number }>(
      `select owner, count(*)::int as held, (select count(*)::int from ledger.usage) as answered
       from ledger.hold group by owner order by held desc limit 1`,
    )
    const { owner, held, answered } = row ?? { owner: '', held: 0, answered: 0 }
    const enough = (count: number, percent: number): boolean => count * 100 >= percent * calls
    const met = enough(held, KILLED_AT_PERCENT.held) && enough(answered, KILLED_AT_PERCENT.answered)
    if (met || performance.now() > until) return owner
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function reasonsOf(answers: readonly Answer[]): Record<string, number> {
  const reasons: Record<string, number> = {}
  for (const answer of answers)
    if (answer.kind === 'refused') reasons[answer.reason] = (reasons[answer.reason] ?? 0) + 1
  return reasons
}

/** The built-in provider in this process, and an upstream of each protocol that points there. */
async function startProvider({ db, world }: Rooms, masterKey: Uint8Array) {
  const server = createServer(createDemoProvider({ world, pace: PACE_MS }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
  const { port } = server.address() as AddressInfo
  const upstreams = await openUpstreams({ db, world, masterKey })
  for (const [protocol, path] of [
    ['openai', '/openai/v1'],
    ['anthropic', '/anthropic'],
  ] as const) {
    const baseUrl = `http://127.0.0.1:${port}${path}`
    await upstreams.create({ name: `bench-${protocol}`, protocol, baseUrl, key: 'demo', priority: 10 })
  }
  await upstreams.close()
  return {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A person who was granted so much, all of it vested today, and a key of theirs. */
async function employ(
  { people, commands, spending, ledger, db, world }: Rooms,
  quantity: bigint,
): Promise<{ wallet: string; secret: string }> {
  const today = dayOf(world.now())
  const entity = await people.createEntity({ name: 'Bench', country: 'US', currency: 'USD' })
  const { person } = await commands.hire({
    email: 'bench@perq.example',
    name: 'Bench',
    role: 'employee',
    level: 'IC4',
    entity: entity.id,
    country: 'US',
    hiredOn: today,
  })
  const template = await commands.createTemplate({
    name: 'All at once',
    ...monthlyRefill({ months: 1, keepMonths: 12 }),
  })
  await commands.issueGrant({
    person: person.id,
    template: template.id,
    quantity,
    startDate: startForFirstRefill(today),
    grantDate: today,
  })
  const ask = { name: 'bench', purpose: 'work', models: null, expiresAt: null } as const
  const { secret } = await spending.createKey(person.id, ask)
  const wallet = await ledger.walletOf(db, person.id)
  if (!wallet) throw new Error('a person with a grant has a wallet')
  return { wallet: wallet.id, secret }
}

async function holdsAfterSweep(db: Db): Promise<number> {
  const until = performance.now() + SWEPT_WITHIN_MS
  for (;;) {
    const [row] = await db.query<{ holds: number }>('select count(*)::int as holds from ledger.hold')
    if (row!.holds === 0 || performance.now() > until) return row!.holds
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/**
 * Nothing is held now, so the wallet alone decides: as many calls as it can surely pay for go at once, the last ones one by
 * one, until not even the smallest is affordable. Whoever is refused before that is refused falsely.
 */
async function askAgain({
  db,
  wallet,
  secret,
  failed,
  rooms,
  at,
}: {
  db: Db
  wallet: string
  secret: string
  failed: readonly Shape[]
  rooms: Rooms
  at: readonly Served[]
}): Promise<{ retried: number; falseRefusals: number }> {
  const bounds = new Map(SHAPES.map((shape) => [shape, boundsOf(rooms.prices, shape)]))
  const dearest = [...bounds.values()].reduce((most, { max }) => (max > most ? max : most), 0n)
  const least = [...bounds.values()].reduce((most, { min }) => (min < most ? min : most), dearest)
  let [retried, falseRefusals] = [0, 0]
  while (retried < failed.length) {
    const { available } = await sumsOf(db, wallet)
    if (available < least) break
    const fits = Number(available / dearest)
    const wave = failed.slice(retried, retried + Math.min(Math.max(fits, 1), MOST_RETRIES_AT_ONCE))
    const answers = await Promise.all(
      wave.map((shape, n) => sendShape(at[(retried + n) % at.length]!, secret, shape)),
    )
    retried += wave.length
    falseRefusals += wave.filter(
      (shape, n) => answers[n]!.kind !== 'answered' && available >= bounds.get(shape)!.min,
    ).length
  }
  return { retried, falseRefusals }
}

type Sums = { vested: bigint; available: bigint; settled: bigint; absorbed: bigint; lapsed: number }

async function sumsOf(db: Db, wallet: string): Promise<Sums> {
  const [row] = await db.query<Sums>(
    `select sum(vested)::bigint as vested, sum(available)::bigint as available, sum(spent)::bigint as settled,
       (select coalesce(sum(absorbed), 0)::bigint from ledger.usage where wallet_id = $1) as absorbed,
       (select count(*)::int from ledger.usage where wallet_id = $1 and status = 'lapsed') as lapsed
     from ledger.lot where wallet_id = $1`,
    [wallet],
  )
  return row!
}
