import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
import { openLane } from './lane.ts'
import { DURABLE_OWNERS, watchOwners } from './owners.ts'
import * as caps from './caps.ts'
import * as lots from './lots.ts'
import { openMonths } from './months.ts'
import * as moves from './moves.ts'
import * as reads from './reads.ts'
import { rollUp } from './rollup.ts'
import { holdResult, opId, releaseResult, settleResult, type SpendAnswer, type SpendOp } from './spend.ts'
import { openSpender } from './spender.ts'
import * as store from './store.ts'
import * as templates from './templates.ts'
import type { HoldRequest, HoldResult, ReleaseResult, SettleRequest, SettleResult } from './types.ts'

/** Operations in one group commit. */
const BATCH = 512
/** Group commits in flight at once, each over a connection of its own. */
const AT_ONCE = 2
/** Rows one sweep takes; the worker sweeps again while there is more. */
const SWEEP = 512
const SEAL_BATCH = 5_000
/** How long an operation is tried again while the database cannot be reached. Every operation is idempotent. */
const RETRY_FOR = 15 * SECOND

export type Ledger = ReturnType<typeof openLedger>

/**
 * The ledger on a database. `owner` names this process: its holds lapse soon after its heartbeat stops.
 * Hot operations (hold, settle, release) go through one lane of group commits and are durable when they answer.
 */
export function openLedger({
  db,
  owner,
  retryFor = RETRY_FOR,
}: {
  db: Db
  owner: string
  retryFor?: Millis
}) {
  const spender = openSpender({ db, owner, retryFor })
  const lane = openLane<SpendOp, SpendAnswer>({
    limit: BATCH,
    atOnce: AT_ONCE,
    keyOf: opId,
    groupOf: spender.walletOf,
    run: spender.run,
    isPoison: (error) => !(error instanceof Fault),
  })

  const watch = watchOwners(owner)

  /** Ends holds that ran out of time or lost their owner. Returns how many lapsed. */
  const lapse = async (now: Millis, dead: readonly string[]): Promise<number> => {
    const due = await store.lapsedHolds(db, { now, dead, durable: DURABLE_OWNERS, limit: SWEEP })
    const answers = await Promise.all(due.map(({ id }) => lane.submit({ kind: 'lapse', at: now, id })))
    return answers.filter(({ code }) => code === 31).length
  }

  return {
    ...templates,
    ...lots,
    ...moves,
    ...reads,
    ...caps,
    scopes: store.scopes,

    hold: async (request: HoldRequest, now: Millis): Promise<HoldResult> => {
      const { min, max, floor } = request
      invariant(0n <= min && min <= max && 0n <= floor && floor <= min, 'a hold asks 0 ≤ floor ≤ min ≤ max')
      return holdResult(await lane.submit({ kind: 'hold', at: now, request }))
    },

    settle: async (request: SettleRequest, now: Millis): Promise<SettleResult> => {
      invariant(request.cost >= 0n, 'a cost is never negative')
      return settleResult(await lane.submit({ kind: 'settle', at: now, request }))
    },

    release: async (request: { id: string; reason: string }, now: Millis): Promise<ReleaseResult> =>
      releaseResult(await lane.submit({ kind: 'release', at: now, id: request.id })),

    /**
     * Hot operations within the caller's transaction, where they must stand or fall with rows of another room. They wait for nobody else's
     * commit and are not asked again: that is the caller's.
     */
    spendIn: async (sql: Sql, ops: readonly SpendOp[]): Promise<readonly SpendAnswer[]> => {
      const answers: SpendAnswer[] = []
      // As many at once as the lane asks.
      for (let from = 0; from < ops.length; from += BATCH)
        answers.push(...(await spender.spend(ops.slice(from, from + BATCH), sql)))
      return answers
    },

    /** Once, before the first entry. */
    begin: async (): Promise<void> => void (await store.rebase(db)),

    /** Tells that this process lives. The first beat must come before the first hold. */
    heartbeat: async (now: Millis): Promise<void> => {
      await store.seen(db, owner, now)
      await store.forgetOwners(db, now - 60 * MINUTE)
    },

    lapse: async (now: Millis): Promise<number> => {
      const dead = watch(await store.owners(db), now)
      let ended = 0
      for (let rounds = 0; rounds < 1_000; rounds += 1) {
        const count = await lapse(now, dead)
        ended += count
        if (count < SWEEP) break
      }
      return ended
    },

    /** Expires what is left of lots past their expiry. Returns how many lots. */
    expire: async (now: Millis): Promise<number> => {
      let ended = 0
      for (let rounds = 0; rounds < 10_000; rounds += 1) {
        const count = await db.tx((sql) => lots.expired(sql, now, SWEEP))
        ended += count
        if (count < SWEEP) break
      }
      return ended
    },

    /** Seals what was committed since the last seal. Returns how many entries. */
    seal: async (): Promise<number> => {
      let sealed = 0
      for (let rounds = 0; rounds < 100_000; rounds += 1) {
        const [row] = await db.query<{ count: number }>('select ledger.seal_next($1) as count', [SEAL_BATCH])
        sealed += row!.count
        if (row!.count < SEAL_BATCH) break
      }
      return sealed
    },

    /** Makes room for the calls of this month and the next. Returns how many parts were opened. */
    openMonths: (now: Millis): Promise<number> => openMonths(db, now),

    /** Adds up what was committed since the last turn. Returns whether all of it was. */
    rollUp: (): Promise<boolean> => rollUp(db),

    waiting: lane.waiting,
    /** `decided`: operations that this process decided by what it knew. */
    counts: () => ({ ...lane.counts(), decided: spender.decided() }),
    /** Waits until all hot operations in flight are answered. */
    drain: lane.drain,
  }
}
