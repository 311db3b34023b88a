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
const LIMIT = 5_000

export type Touched = {
  readonly wallet: string
  readonly person: string
  /** A call was refused for want of money. */
  readonly empty: boolean
}

/** Tells the step that a wallet has reached, unless it was told since the last tranche vested. */
export async function tellBudget(
  { db, alerts }: { readonly db: Db; readonly alerts: Alerts },
  { wallet, person, empty }: Touched,
  now: Millis,
): Promise<void> {
  const period = await store.period(db, wallet, now)
  if (!period) return
  const { lot, since, spent, left } = period
  const reached = stepOf({ spent, left })
  // What is left may be too little for any call.
  const step = empty && reached === 90 ? 100 : reached
  if (step === null) return
  const begins = `budget:${wallet}:${lot}:`
  const told = await store.causesSince(db, { person, begins, since })
  if (STEPS.some((other) => other >= step && told.includes(`${begins}${other}`))) return
  const facts = { kind: 'budget', percent: step, spent, budget: spent + left, since } as const
  await db.tx((tx) => alerts.record(tx, { person, at: now, facts, cause: `${begins}${step}` }))
}

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
    for (const touched of waiting.values()) {
      const last = lookedAt.get(touched.wallet)
      if (!touched.empty && !closed && last !== undefined && now - last < again) continue
      waiting.delete(touched.wallet)
      lookedAt.delete(touched.wallet)
      lookedAt.set(touched.wallet, now)
      if (lookedAt.size > LIMIT)
        for (const oldest of lookedAt.keys()) if (lookedAt.size > LIMIT) lookedAt.delete(oldest)
      // A late or lost "75 %" harms nobody: the next call asks again.
      await tellBudget({ db, alerts }, touched, now).catch(() => {})
    }
    if (waiting.size > 0) wake()
  }

  function wake(): void {
    if (!closed) timer ??= setTimeout(() => void (working = working.then(flush)), EVERY).unref()
  }

  return {
    touched(wallet: string, person: string, empty = false): void {
      if (waiting.size >= LIMIT && !waiting.has(wallet)) return
      waiting.set(wallet, { wallet, person, empty: empty || (waiting.get(wallet)?.empty ?? false) })
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
