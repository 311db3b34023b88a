import { AsyncLocalStorage } from 'node:async_hooks'
import { uuid7, uuidOf } from '#base/id.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { openCommands } from '#commands/commands.ts'
import { openLife } from '#commands/life/life.ts'
import { CONNECTION_LOST, type Db, type Sql } from '#db/sql.ts'
import { openGrants } from '#grants/grants.ts'
import { openLedger } from '#ledger/ledger.ts'
import { openPeople } from '#people/people.ts'
import type { Prices } from '#prices/prices.ts'
import { openSpending } from '#spending/spending.ts'
import type { Mishap } from './script.ts'

/** A statement that a dead process had sent: it arrives all the same. */
export type Straggler = { readonly text: string; readonly values: readonly unknown[] | undefined }

/** What a company's server and its processes share: the notifications, and the bugs that were planted. */
export type Wires = {
  readonly db: Db
  /** Changes a statement on its way, to plant a bug. */
  readonly rewrite: (text: string) => string
  readonly listeners: Map<string, Set<(payload: string) => void>>
}

const lost = (): Error => Object.assign(new Error('the connection is lost'), { [CONNECTION_LOST]: true })
const DEAD = Symbol('dead')
const never = <T>(): Promise<T> => new Promise(() => {})
/** When keys were used is written behind the calls, by a timer of real time: no story tells of it. */
const BEHIND = /last_used_at = greatest/
const NOTIFY = /pg_notify\('(\w+)', \$1\)/

/**
 * The database as one process sees it. Statements are counted, a commit too; at the one that is armed the process dies,
 * loses its connection or stands still. What a dead process would have sent is never sent. One transaction at a time, so
 * that the order of statements is the same in each run.
 */
export function openFaulty({ db, rewrite, listeners }: Wires) {
  let count = 0
  let armed: Mishap | { readonly at: number; readonly how: 'stand' } | null = null
  let dead = false
  let straggler: Straggler | null = null
  const death = Promise.withResolvers<void>()
  let stands = Promise.withResolvers<void>()
  let goOn = Promise.withResolvers<void>()
  let turn: Promise<unknown> = Promise.resolve()
  const mine = new Map<string, Set<(payload: string) => void>>()
  const inTransaction = new AsyncLocalStorage<true>()

  /** Which way the next statement goes. */
  const next = (): (Mishap['how'] | 'stand') | null => {
    count += 1
    if (armed === null || count !== armed.at) return null
    const { how } = armed
    armed = null
    return how
  }
  const die = (): void => {
    dead = true
    for (const [channel, set] of mine) for (const one of set) listeners.get(channel)?.delete(one)
    death.resolve()
  }
  const standStill = async (): Promise<void> => {
    stands.resolve()
    await goOn.promise
  }
  const deliver = (told: readonly (readonly [string, string])[]): void => {
    for (const [channel, payload] of told) for (const one of listeners.get(channel) ?? []) one(payload)
  }
  const heard = (text: string, values?: readonly unknown[]): (readonly [string, string])[] => {
    const channel = NOTIFY.exec(text)?.[1]
    return channel === undefined ? [] : [[channel, String(values?.[0])]]
  }

  async function query<R extends object>(asked: string, values?: readonly unknown[]): Promise<R[]> {
    if (dead) return never()
    const text = rewrite(asked)
    if (BEHIND.test(text)) return []
    // It would see another moment, and wait for a second connection with the locks of the first in its hands.
    if (inTransaction.getStore()) throw new Error(`asked past its own transaction: ${text}`)
    const how = next()
    if (how === 'stand') await standStill()
    if (how === 'unsent' || how === 'late') {
      if (how === 'late') straggler = { text, values }
      die()
      return never()
    }
    if (how === 'cut_before') throw lost()
    const rows = await db.query<R>(text, values)
    deliver(heard(text, values))
    if (how === 'unanswered') {
      die()
      return never()
    }
    if (how === 'cut_after') throw lost()
    return rows
  }

  async function transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    if (dead) return never()
    let after: Mishap['how'] | null = null
    const told: (readonly [string, string])[] = []
    const within = async <R extends object>(asked: string, values?: readonly unknown[]): Promise<R[]> => {
      const text = rewrite(asked)
      const how = next()
      if (how === 'stand') await standStill()
      if (how === 'unsent' || how === 'late') throw DEAD
      if (how === 'cut_before') throw lost()
      const rows = await sqlNow!.query<R>(text, values)
      told.push(...heard(text, values))
      if (how === 'unanswered') throw DEAD
      if (how === 'cut_after') throw lost()
      return rows
    }
    let sqlNow: Sql | null = null
    try {
      const result = await db.tx(async (sql) => {
        sqlNow = sql
        const made = await inTransaction.run(true, () => work({ query: within }))
        const how = next()
        if (how === 'stand') await standStill()
        if (how === 'unsent' || how === 'late') throw DEAD
        if (how === 'cut_before') throw lost()
        after = how === 'stand' ? null : how
        return made
      })
      deliver(told)
      if (after === 'cut_after') throw lost()
      if (after === null) return result
    } catch (error) {
      if (error !== DEAD) throw error
    }
    die()
    return never()
  }

  const tx = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    const before = turn
    const mineNow = Promise.withResolvers<void>()
    turn = mineNow.promise
    await before
    try {
      return await transaction(work)
    } finally {
      mineNow.resolve()
    }
  }

  const faulty: Db = {
    query,
    steady: { query },
    tx,
    listen: (channel, onMessage) => {
      for (const all of [listeners, mine]) all.set(channel, (all.get(channel) ?? new Set()).add(onMessage))
      return Promise.resolve(() => {
        listeners.get(channel)?.delete(onMessage)
        return Promise.resolve()
      })
    },
    turn: () => ({ mine: () => true, stop: () => {} }),
    close: () => Promise.resolve(),
  }
  return {
    db: faulty,
    arm(mishap: Mishap | { readonly at: number; readonly how: 'stand' } | null): void {
      ;[count, armed] = [0, mishap]
      stands = Promise.withResolvers()
      goOn = Promise.withResolvers()
    },
    died: (): Promise<void> => death.promise,
    isDead: (): boolean => dead,
    /** Whether what was armed has happened. */
    struck: (): boolean => armed === null,
    standing: (): Promise<void> => stands.promise,
    goOn: (): void => goOn.resolve(),
    kill: die,
    takeStraggler(): Straggler | null {
      const left = straggler
      straggler = null
      return left
    },
  }
}

/** Numbers from a seed. */
export function randomFrom(seed: number): (bytes: number) => Uint8Array {
  let state = seed >>> 0
  const step = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  return (bytes) => Uint8Array.from({ length: bytes }, () => step() & 0xff)
}

export type Clock = { base: Millis; readonly skews: number[] }
export const HOLD_FOR = 20 * 60_000

/** A process of the company: its own rooms, its own memory, its own clock that never goes back; a new owner each time. */
export async function startReplica(
  wires: Wires,
  ask: { seed: number; n: number; life: number; clock: Clock; prices: Pick<Prices, 'resolve'> },
) {
  const { seed, n, life: incarnation, clock, prices } = ask
  const owner = uuidOf('simulated process', String(seed), String(n), String(incarnation))
  const random = randomFrom(seed * 31 + n * 1_009 + incarnation * 7_919)
  let last = 0
  const now = (): Millis => (last = Math.max(last, clock.base + clock.skews[n]!))
  const world: World = { now, random, id: () => uuid7(now(), random(10)) }
  const faulty = openFaulty(wires)
  const { db } = faulty
  const ledger = openLedger({ db, owner })
  const people = openPeople({ db, world })
  const grants = openGrants()
  const spending = openSpending({ db, ledger, prices, world, guarded: false, holdFor: HOLD_FOR })
  const commands = openCommands({ db, world, ledger, people, grants })
  const life = openLife({ db, world, ledger, people, grants, spending })
  await ledger.begin()
  await ledger.heartbeat(now())
  return { n, owner, world, faulty, ledger, people, grants, spending, commands, life, beatAt: now() }
}
export type Replica = Awaited<ReturnType<typeof startReplica>>
