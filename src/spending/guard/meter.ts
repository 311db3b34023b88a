import { openChain, type Linked } from '#base/chain.ts'
import { DAY, MINUTE, SECOND, type DateText, type Millis } from '#base/time.ts'
import { openRolling, type PerSpan, type Rolling } from './rolling.ts'
import { limitsOf, type Limits } from './rules.ts'
import type { Confirmation, Look, Pause } from './store.ts'

/**
 * What a process knows of the others is at most so old when it matters. Its share of the room is renewed no sooner: until
 * then what another process has begun may not be committed and cannot be seen.
 */
export const LAG = 2 * SECOND
/** Calls that end while the database is being read are told apart by their ids; commits come out of order by far less. */
const OVERLAP = 30 * SECOND
/** A look that follows another so soon reads what is new; a later one reads the whole day again. */
const FOLLOWS_WITHIN = MINUTE
/** Longer than a following look may reach back. */
const REMEMBER = FOLLOWS_WITHIN + 2 * OVERLAP

export type MeterState = {
  pause: Pause | null
  /** While slowed: before this no call passes. */
  nextPass: Millis
  slowSince: Millis | null
  usedAt: Millis
  /** The UTC day on which the baseline was read. */
  baselineDay: DateText | null
  /** Until when an alert of a window and level is not repeated. */
  readonly told: Map<string, Millis>
}

/** What this process holds of one wallet for one call. Whoever made it keeps it and gives it back. */
export interface Reserved extends Linked<Reserved> {
  readonly id: string
  readonly meter: Meter
  amount: bigint
  readonly until: Millis
  /** It counts: it was neither ended nor has it lapsed. */
  open: boolean
}

export type Meter = ReturnType<typeof openMeter>

/**
 * What one process knows of one wallet: its own calls at once, those of other processes as of the last look. A call is
 * counted by its id, so whatever a look shows again is not counted twice.
 */
export function openMeter({
  wallet,
  person,
  now,
}: {
  readonly wallet: string
  readonly person: string
  readonly now: Millis
}) {
  let rolling: Rolling = openRolling(now)
  /** Held by calls of this process. They are found by whoever made them: a table for each wallet would be most of what a call costs here. */
  const own = openChain<Reserved>()
  let ownSum = 0n
  /** Held by others, as of the last look. */
  let others = new Map<string, bigint>()
  let othersSum = 0n
  /** Calls that ended of late and are in `rolling`, or were released. */
  const counted = new Map<string, { at: Millis; charged: bigint }>()
  /** No older than the oldest of them: most calls need not look. */
  let countedSince: Millis = Number.POSITIVE_INFINITY
  let baseline: PerSpan<bigint> | null = null
  let confirmation: Confirmation | null = null
  let limits: { floor: PerSpan<bigint>; times: number; value: Limits } | null = null
  let lookedAt: Millis | null = null
  /** A look has begun and is not in yet. */
  let looking = false
  /** What this process let in since its share of the room was last renewed. */
  let sinceLook = 0n
  let renewedAt: Millis | null = null
  const mayRenew = (time: Millis): boolean => renewedAt === null || time - renewedAt >= LAG

  function take(id: string, charged: bigint, at: Millis, time: Millis): void {
    if (counted.has(id)) return
    remember(id, charged, time)
    rolling.add(at, charged, time)
  }

  /**
   * Only what a look may show again: one that is under way, or one that follows another soon. A later one reads the whole
   * day anew, and what ended before it is in what it reads.
   */
  const mayComeAgain = (time: Millis): boolean =>
    looking || (lookedAt !== null && time - lookedAt <= FOLLOWS_WITHIN)

  function remember(id: string, charged: bigint, time: Millis): void {
    if (!mayComeAgain(time)) return
    counted.set(id, { at: time, charged })
    countedSince = Math.min(countedSince, time)
    if (countedSince < time - REMEMBER) forgetOld(time)
  }

  function forgetOld(time: Millis): void {
    countedSince = time
    for (const [oldest, { at }] of counted) {
      if (at >= time - REMEMBER) {
        countedSince = at
        break
      }
      counted.delete(oldest)
    }
  }

  /** Gives what this process held for it; nothing when that is not known. */
  function end(id: string, mine: Reserved | null): bigint | null {
    const theirs = others.size === 0 ? undefined : others.get(id)
    if (theirs !== undefined) {
      others.delete(id)
      othersSum -= theirs
    }
    if (!mine?.open) return null
    mine.open = false
    own.remove(mine)
    ownSum -= mine.amount
    return mine.amount
  }

  const ownIds = (): ReadonlySet<string> => {
    const ids = new Set<string>()
    for (let one = own.first(); one; one = one.after) ids.add(one.id)
    return ids
  }

  function prune(time: Millis): void {
    for (const [id, { at }] of counted) if (at < time - REMEMBER) counted.delete(id)
    // The hold has lapsed, and nobody told.
    for (let one = own.first(); one;) {
      const next = one.after
      if (one.until < time) end(one.id, one)
      one = next
    }
  }

  return {
    wallet,
    person,
    state: {
      /** Set by this process before the database has it, too. */
      pause: null,
      nextPass: 0,
      slowSince: null,
      usedAt: now,
      baselineDay: null,
      told: new Map(),
    } as MeterState,

    /** Counts a hold before it is asked for, so that a thousand at once see each other; in place of what the same call held before. */
    reserve(one: Reserved, before: Reserved | null): void {
      end(one.id, before)
      own.add(one)
      ownSum += one.amount
      sinceLook += one.amount
    },
    /** What was really held. */
    held(one: Reserved, amount: bigint): void {
      if (!one.open) return
      ownSum += amount - one.amount
      sinceLook += amount - one.amount
      one.amount = amount
    },
    settled(id: string, one: Reserved | null, { charged, time }: { charged: bigint; time: Millis }): void {
      const mine = end(id, one)
      if (mine !== null) sinceLook += charged - mine
      take(id, charged, time, time)
    },
    released(id: string, one: Reserved | null, time: Millis): void {
      const mine = end(id, one)
      if (mine !== null) sinceLook -= mine
      // A look may still show the hold.
      remember(id, 0n, time)
    },
    /** A hold of another process, as of the last look. */
    knows: (id: string): boolean => others.has(id),

    spent: (time: Millis): PerSpan<bigint> => rolling.sums(time),
    heldSum: (): bigint => ownSum + othersSum,
    sinceLook: (): bigint => sinceLook,
    mayRenew,
    lookedAt: (): Millis | null => lookedAt,
    busy: (): boolean => !own.isEmpty(),

    /** Which part of the history a look now should read. */
    reach(time: Millis): { since: Millis; from: Millis; now: Millis; whole: boolean } {
      prune(time)
      looking = true
      const whole = lookedAt === null || time - lookedAt > FOLLOWS_WITHIN
      const since = (whole ? time : lookedAt!) - OVERLAP
      return { since, from: whole ? time - DAY : since, now: time, whole }
    },

    /** Takes in what a look that began at `reach.now` found. */
    learn(found: Look, reach: { readonly now: Millis; readonly whole: boolean }, time: Millis): void {
      // One that began before another that is already in would undo it.
      if (lookedAt !== null && reach.now < lookedAt) return
      if (reach.whole) {
        const mine = [...counted]
        counted.clear()
        rolling = openRolling(time)
        for (const { at, charged } of found.minutes) rolling.add(at, charged, time)
        for (const { id, at, charged } of found.ended) take(id, charged, at, time)
        // What ended here while the database was read; what had ended before is in what it gave.
        for (const [id, { at, charged }] of mine) if (at >= reach.now) take(id, charged, at, time)
      } else for (const { id, at, charged } of found.ended) take(id, charged, at, time)
      others = new Map()
      othersSum = 0n
      const mine = found.holds.length === 0 ? null : ownIds()
      for (const { id, amount } of found.holds) {
        if (mine?.has(id) || counted.has(id)) continue
        others.set(id, amount)
        othersSum += amount
      }
      confirmation = found.confirmation
      lookedAt = reach.now
      // Not before: what this one brought may come again with the next.
      looking = false
      if (!mayRenew(reach.now)) return
      renewedAt = reach.now
      sinceLook = 0n
    },

    setBaseline(value: PerSpan<bigint> | null): void {
      baseline = value
      limits = null
    },
    confirmation: (time: Millis): Confirmation | null =>
      confirmation !== null && confirmation.until > time ? confirmation : null,
    limits(floor: PerSpan<bigint>, time: Millis, raised = true): Limits {
      if (!raised) return limitsOf(baseline, floor)
      const times = confirmation !== null && confirmation.until > time ? confirmation.times : 1
      if (limits?.floor !== floor || limits.times !== times)
        limits = { floor, times, value: limitsOf(baseline, floor, times) }
      return limits.value
    },
  }
}
