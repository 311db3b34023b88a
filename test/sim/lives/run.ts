import { DAY, HOUR } from '#base/time.ts'
import { verify } from '#ledger/verify.ts'
import { testDb, type TestDb } from '../../support/database.ts'
import { openLives, type Lives } from '../../support/life.ts'
import { testWorld } from '../../support/world.ts'
import { broken, look, remembered, type Seen } from './check.ts'
import { act, compare, dueLeavings, LifeFailure, settleAll, type OneLife } from './live.ts'
import { diceOf, MONTHS, scriptOf, type Act } from './script.ts'
import { BEGIN, indexAt, TERMS } from './terms.ts'

export type RunAsk = {
  readonly lives: number
  readonly seed: number
  readonly log?: (line: string) => void
  /** Lives told by these scripts instead of those of the seed. */
  readonly scripts?: ReadonlyMap<number, readonly Act[]>
  /** Six years when absent. */
  readonly months?: number | undefined
  /** Another promise to hold after each month: what is wrong with a life, or null. */
  readonly also?: ((life: OneLife) => string | null) | undefined
  /** What is looked at when all has been lived, before the database is gone. */
  readonly after?: ((rooms: Lives) => Promise<void>) | undefined
}

export type RunResult = {
  readonly lives: number
  readonly seed: number
  readonly acts: number
  /** By kind: done, and refused as a company would refuse them. */
  readonly kinds: Readonly<Record<string, string>>
  readonly leavings: number
  readonly grants: number
  readonly tranches: number
  readonly entries: number
  readonly looks: number
  readonly findings: number
}

/** Lives at once: as many connections, and no more than a company's server has. */
const AT_ONCE = 12
/** Wallets that are looked at each month, to be asked about again in the end. */
const LOOKS = 40

/**
 * Lives of six years side by side in one company, on a real database: every month things happen to people in random
 * order, and after every month the grant equation holds for every grant and no lot is below zero. Throws a LifeFailure
 * that names the life.
 */
export async function runLives(ask: RunAsk): Promise<RunResult> {
  const db = await testDb({ max: AT_ONCE + 4 })
  try {
    // What is lost by a crash of the server does not matter here, and waiting for disks is most of the time.
    await db.query(`alter database ${await databaseName(db)} set synchronous_commit = off`)
    return await runOn(db, ask)
  } finally {
    await db.drop()
  }
}

const databaseName = async (db: TestDb): Promise<string> =>
  (await db.query<{ name: string }>('select current_database() as name'))[0]!.name

async function runOn(db: TestDb, ask: RunAsk): Promise<RunResult> {
  const { lives: count, seed, log = () => {}, scripts, months = MONTHS, also = () => null } = ask
  const world = testWorld({ seed, now: BEGIN })
  const rates = {
    rate: (_from: string, _to: string, at: number) => ({ rate: indexAt(at, BEGIN), basis: 'as stated' }),
  }
  const rooms = await openLives(db, world, { rates })
  try {
    const templates: string[] = []
    for (const terms of TERMS) templates.push((await rooms.template(terms)).id)
    const indexes = scripts ? [...scripts.keys()] : Array.from({ length: count }, (_, index) => index)
    const lives = indexes.map((index): OneLife => ({
      index,
      script: scripts?.get(index) ?? scriptOf(seed, index, templates.length),
      story: [],
      person: null,
      openLeave: null,
      running: [],
    }))
    const result = await live(rooms, { lives, templates, seed, log, months, also })
    await ask.after?.(rooms)
    return result
  } finally {
    await rooms.close()
  }
}

async function live(
  rooms: Lives,
  {
    lives,
    templates,
    seed,
    log,
    months,
    also,
  }: {
    lives: readonly OneLife[]
    templates: readonly string[]
    seed: number
    log: (line: string) => void
    months: number
    also: (life: OneLife) => string | null
  },
): Promise<RunResult> {
  const below = diceOf(seed, -1)
  const seen: Seen[] = []
  let acts = 0
  try {
    for (let month = 0; month < months; month += 1) {
      const first = Date.UTC(2027, month, 1)
      const since = rooms.world.now()
      await step(rooms, lives, first + HOUR)
      await each(lives, (life) => settleAll(rooms, life))
      rooms.world.set(first + (1 + below(26)) * DAY + HOUR)
      await each(lives, async (life) => {
        for (const one of life.script) {
          if (one.month !== month) continue
          await act(rooms, templates, life, one)
          acts += 1
        }
      })
      await step(rooms, lives, rooms.world.now() + HOUR)
      if (month % 12 === 6) await rooms.life.repriceDue()
      await checkNow(rooms, lives, since)
      for (const life of lives) {
        const wrong = also(life)
        if (wrong !== null) throw new LifeFailure(life.index, wrong)
      }
      seen.push(...(await lookAround(rooms, lives, below)))
      // A young database has no statistics, and reads whole tables instead of its indexes.
      if (month % 3 === 2) await rooms.db.query('analyze')
      if (month % 6 === 5) log(`${month + 1} of ${months} months, ${acts} acts`)
    }
    return await conclude(rooms, { lives, seed, acts, seen })
  } catch (error) {
    if (!(error instanceof LifeFailure)) throw error
    const story = lives.find(({ index }) => index === error.life)?.story ?? []
    throw new LifeFailure(error.life, [error.message, ...story].join('\n'), error)
  }
}

/** What the worker does at a moment, and what it writes for those who leave. */
async function step(rooms: Lives, lives: readonly OneLife[], at: number): Promise<void> {
  rooms.world.set(at)
  const due = await dueLeavings(rooms, lives)
  const now = rooms.world.now()
  await rooms.ledger.heartbeat(now)
  await rooms.life.work(now)
  for (const { life, preview, since } of due) await compare(rooms, life, preview, since)
  await rooms.commands.vestDue(now, 1_000_000)
  await rooms.ledger.lapse(now)
  await rooms.life.expireDue(now)
}

async function each(lives: readonly OneLife[], work: (life: OneLife) => Promise<void>): Promise<void> {
  const queue = lives.values()
  const worker = async (): Promise<void> => {
    for (const life of queue) await work(life)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function checkNow(rooms: Lives, lives: readonly OneLife[], since: number | null): Promise<void> {
  const [first] = await broken(rooms, since)
  if (first) throw new LifeFailure(lifeOf(lives, first.person), first.what)
}

const lifeOf = (lives: readonly OneLife[], person: string): number =>
  lives.find((life) => life.person?.id === person)?.index ?? -1

async function lookAround(
  rooms: Lives,
  lives: readonly OneLife[],
  below: (most: number) => number,
): Promise<readonly Seen[]> {
  const wallets: string[] = []
  for (let n = 0; n < Math.min(LOOKS, lives.length); n += 1) {
    const { person } = lives[below(lives.length)]!
    const wallet = person && (await rooms.ledger.walletOf(rooms.db, person.id))
    if (wallet) wallets.push(wallet.id)
  }
  return look(rooms, wallets)
}

async function conclude(
  rooms: Lives,
  {
    lives,
    seed,
    acts,
    seen,
  }: { lives: readonly OneLife[]; seed: number; acts: number; seen: readonly Seen[] },
): Promise<RunResult> {
  const { db, ledger } = rooms
  await checkNow(rooms, lives, null)
  const [wrong] = await remembered(rooms, seen)
  if (wrong) {
    const [row] = await db.query<{ person: string }>(
      'select person_id as person from ledger.wallet where id = $1',
      [wrong.wallet],
    )
    throw new LifeFailure(lifeOf(lives, row!.person), wrong.what)
  }
  await ledger.seal()
  const { ok, findings } = await verify(db)
  if (!ok) throw new LifeFailure(-1, `the ledger does not prove itself: ${JSON.stringify(findings)}`)
  const [row] = await db.query<{ grants: number; tranches: number; entries: number; leavings: number }>(
    `select (select count(*)::int from grants.grant) as grants, (select count(*)::int from grants.tranche) as tranches,
       (select count(*)::int from ledger.entry) as entries,
       (select count(*)::int from people.leaving where state = 'done') as leavings`,
  )
  const kinds = kindsOf(lives)
  return { lives: lives.length, seed, acts, kinds, ...row!, looks: seen.length, findings: findings.length }
}

function kindsOf(lives: readonly OneLife[]): Record<string, string> {
  const counts = new Map<string, { all: number; refused: number }>()
  for (const line of lives.flatMap(({ story }) => story)) {
    const kind = /"kind":"(\w+)"/.exec(line)?.[1] ?? '?'
    const { all, refused } = counts.get(kind) ?? { all: 0, refused: 0 }
    counts.set(kind, { all: all + 1, refused: refused + (line.includes('→ refused') ? 1 : 0) })
  }
  return Object.fromEntries(
    [...counts].map(([kind, { all, refused }]) => [kind, `${all - refused} of ${all}`]),
  )
}

export type ShrinkAsk = Pick<RunAsk, 'seed' | 'months' | 'also'> & {
  readonly life: number
  /** That of the seed when absent. */
  readonly script?: readonly Act[]
  readonly log?: (line: string) => void
}

/**
 * The shortest story that still fails: the life alone, then without each of its acts in turn. Null when it does not fail
 * alone.
 */
export async function shrink(ask: ShrinkAsk): Promise<string | null> {
  const { seed, life, log = () => {} } = ask
  let script = ask.script ?? scriptOf(seed, life, TERMS.length)
  let story = await failureOf(ask, script)
  if (story === null) return null
  for (let index = script.length - 1; index >= 0; index -= 1) {
    const shorter = script.filter((_, at) => at !== index)
    const next = await failureOf(ask, shorter)
    if (next === null) continue
    ;[script, story] = [shorter, next]
    log(`${script.length} acts left`)
  }
  return story
}

async function failureOf(
  { life, seed, months, also }: ShrinkAsk,
  script: readonly Act[],
): Promise<string | null> {
  try {
    await runLives({ seed, months, also, lives: 1, scripts: new Map([[life, script]]) })
    return null
  } catch (error) {
    return error instanceof LifeFailure ? error.message : String(error)
  }
}
