import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Alerts } from './alerts.ts'
import * as store from './store.ts'

export const STEPS = [50, 75, 90, 100] as const

/** The highest step that is reached; null below the first. Exact: no rounding decides. */
export function stepOf({ spent, left }: { spent: bigint; left: bigint }): (typeof STEPS)[number] | null {
  const whole = spent + left
  if (whole === 0n) return null
  return STEPS.findLast((step) => spent * 100n >= whole * BigInt(step)) ?? null
}

const EVERY = 2 * SECOND
/** A wallet is looked at so often at most. */
const AGAIN_AFTER = MINUTE
const LIMIT = 20_000
/** Wallets in one statement. */
const BATCH = 500

export type Touched = {
  readonly wallet: string
  readonly person: string
  /** A call was refused for want of money. */
  readonly empty: boolean
}

/** Tells each wallet's owner the step that it has reached, unless it was told since the last tranche vested. */
export async function tellBudgets(
  { db, alerts }: { readonly db: Db; readonly alerts: Alerts },
  touched: readonly Touched[],
  now: Millis,
): Promise<void> {
  const periods = await store.periods(
    db,
    touched.map(({ wallet }) => wallet),
    now,
  )
  const reached = touched.flatMap((one) => reachedBy(one, periods.get(one.wallet)))
  if (reached.length === 0) return
  const told = await store.causesAmong(
    db,
    reached.flatMap(({ causes }) => causes),
  )
  for (const { person, facts, causes } of reached) {
    const cause = causes[0]!
    if (causes.some((each) => told.has(each))) continue
    await db.tx((tx) => alerts.record(tx, { person, at: now, facts, cause }))
  }
}

/** The step that a wallet has reached, and the causes that would have told of it or of more: its own first. */
function reachedBy({ wallet, person, empty }: Touched, period: store.Period | undefined) {
  if (!period) return []
  const { lot, since, spent, left } = period
  const step = stepOf({ spent, left })
  // What is left may be too little for any call.
  const percent = empty && step === 90 ? 100 : step
  if (percent === null) return []
  const causes = STEPS.filter((other) => other >= percent).map((other) => `budget:${wallet}:${lot}:${other}`)
  const facts = { kind: 'budget', percent, spent, budget: spent + left, since } as const
  return [{ person, facts, causes }]
}

export type Budget = ReturnType<typeof openBudget>

/**
 * Tells each person once when 50, 75, 90 and 100 % of what they had since the last tranche vested is spent. Behind the
 * calls: a wallet that was used is looked at within a minute. With a call refused for want of money, 90 % count as all.
 */
export function openBudget({
  db,
  world,
  alerts,
  again = AGAIN_AFTER,
}: {
  db: Db
  world: World
  alerts: Alerts
  again?: Millis
}) {
  const waiting = new Map<string, Touched>()
  const lookedAt = new Map<string, Millis>()
  let timer: NodeJS.Timeout | null = null
  let working: Promise<void> = Promise.resolve()
  let closed = false

  async function flush(): Promise<void> {
    timer = null
    const now = world.now()
    const due: Touched[] = []
    for (const touched of waiting.values()) {
      const last = lookedAt.get(touched.wallet)
      if (!touched.empty && !closed && last !== undefined && now - last < again) continue
      due.push(touched)
      waiting.delete(touched.wallet)
      lookedAt.delete(touched.wallet)
      lookedAt.set(touched.wallet, now)
    }
    for (const oldest of lookedAt.keys()) {
      if (lookedAt.size <= LIMIT) break
      lookedAt.delete(oldest)
    }
    // A late or lost "75 %" harms nobody: the next call asks again.
    for (let from = 0; from < due.length; from += BATCH)
      await tellBudgets({ db, alerts }, due.slice(from, from + BATCH), now).catch(() => {})
    if (waiting.size > 0) wake()
  }

  function wake(): void {
    if (!closed) timer ??= setTimeout(() => void (working = working.then(flush)), EVERY).unref()
  }

  return {
    touched(wallet: string, person: string, empty = false): void {
      const before = waiting.get(wallet)
      if (before ? before.empty || !empty : waiting.size >= LIMIT) return
      waiting.set(wallet, { wallet, person, empty })
      wake()
    },

    /** Looks at what is left to look at. */
    async close(): Promise<void> {
      closed = true
      if (timer) clearTimeout(timer)
      await (working = working.then(flush))
    },
  }
}
