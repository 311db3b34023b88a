import { addDays, dayOf, MINUTE, SECOND, type DateText, type Millis } from '#base/time.ts'
import { floor, rational } from '#base/rational.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { openLooks } from './looks.ts'
import type { Meter } from './meter.ts'
import { baselineOf } from './rules.ts'
import * as store from './store.ts'

const LIMIT = 10_000
/** Processes beat every five seconds. */
const SEEN_WITHIN = 15 * SECOND
const COUNT_AGAIN = 5 * SECOND
const LEARN_FROM_DAYS = 60

/** The days that the baseline is learned from: none that the running windows reach into, or a burst would excuse itself. */
export function learnedFrom(now: Millis): { readonly from: DateText; readonly to: DateText } {
  const to = addDays(dayOf(now), -1)
  return { from: addDays(to, -LEARN_FROM_DAYS), to }
}

/**
 * The wallets that this process knows, the least used of which is forgotten first, and how they are read: all that are
 * asked for at about the same time together. `seen` hears what a reading found.
 */
export function openMeters({
  db,
  world,
  seen,
}: {
  db: Db
  world: World
  seen: (meter: Meter, found: store.Look) => void
}) {
  const meters = new Map<string, Meter>()
  const looks = openLooks(read)
  let replicas = 1
  let countedAt = Number.NEGATIVE_INFINITY
  let closed = false

  async function read(asked: readonly Meter[]): Promise<void> {
    const now = world.now()
    const today = dayOf(now)
    const asks = asked.map((meter) => ({ meter, reach: meter.reach(now) }))
    const learners = asked.filter((meter) => meter.state.baselineDay !== today).map(({ wallet }) => wallet)
    const [found, days] = await Promise.all([
      store.look(
        db,
        asks.map(({ meter, reach }) => ({ wallet: meter.wallet, ...reach })),
      ),
      learners.length > 0 ? store.peaks(db, learners, learnedFrom(now)) : null,
      countIsOld(now) ? count(now) : null,
    ])
    for (const { meter, reach } of asks) {
      if (days && meter.state.baselineDay !== today) {
        meter.setBaseline(baselineOf(days.get(meter.wallet) ?? []))
        meter.state.baselineDay = today
      }
      const own = found.get(meter.wallet)
      if (!own) continue
      meter.learn(own, reach, world.now())
      seen(meter, own)
    }
  }

  const countIsOld = (now: Millis): boolean => !closed && now - countedAt >= COUNT_AGAIN

  async function count(now: Millis): Promise<void> {
    countedAt = now
    replicas = await store.replicas(db, now - SEEN_WITHIN)
  }

  return {
    get: (wallet: string): Meter | undefined => meters.get(wallet),
    all: (): readonly Meter[] => [...meters.values()],

    add(meter: Meter): Meter {
      const standing = meters.get(meter.wallet)
      if (standing) return standing
      meters.set(meter.wallet, meter)
      for (const [wallet, oldest] of meters) {
        if (meters.size <= LIMIT) break
        // What is held here would be taken for somebody else's.
        if (!oldest.busy() && oldest.state.pause === null) meters.delete(wallet)
      }
      return meter
    },

    /** In use: forgotten later; and behind the call whatever has become old is read again. */
    keep(meter: Meter, now: Millis): void {
      if (now - meter.state.usedAt >= MINUTE) {
        meters.delete(meter.wallet)
        meters.set(meter.wallet, meter)
      }
      meter.state.usedAt = now
      if (countIsOld(now)) count(now).catch(() => {})
      if (meter.state.baselineDay !== dayOf(now)) looks.soon(meter)
    },

    /** Reads it for somebody who waits. */
    look: looks.now,
    lookSoon: looks.soon,

    /** Whose hold this is, made by another process or before a restart. */
    holding(id: string): Meter | null {
      for (const meter of meters.values()) if (meter.knows(id)) return meter
      return null
    },

    replicas: (): number => replicas,

    /**
     * What this process may let in before it looks again: its part of what was left when it looked, so that all of them
     * together stay below the ceiling.
     */
    share(meter: Meter, ceiling: bigint, spentDay: bigint): bigint {
      const since = meter.sinceLook()
      const left = ceiling - (spentDay + meter.heldSum() - since)
      return floor(rational(left, BigInt(replicas))) - since
    },

    close: (): void => void (closed = true),
  }
}
