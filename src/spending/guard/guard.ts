import { DAY, HOUR, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Alerts } from '../alerts/alerts.ts'
import type { Behind } from '../behind.ts'
import { announce } from '../store.ts'
import type { Principal, Refusal, Soon } from '../types.ts'
import { LAG, openMeter, type Meter } from './meter.ts'
import { openMeters } from './meters.ts'
import { openReservations } from './reservations.ts'
import { SPANS, type PerSpan, type Span } from './rolling.ts'
import {
  decide,
  isCalm,
  isCrowded,
  levelIn,
  raisedBy,
  SLOW_GAP,
  standingOf,
  type Decision,
  type Level,
} from './rules.ts'
import * as store from './store.ts'
import { viewOf, type GuardView } from './view.ts'
import * as words from './words.ts'

/** Without a fresh look at the others a process lets in at most this part of a usual day. */
const QUIET_PART = 8n
/** How long a call waits for the database when its wallet is not known yet, or no longer well enough. */
const LOOK_WITHIN = SECOND
/** A refusal waits so long for its pause to be written; it is written even so. */
const WRITE_WITHIN = 2 * SECOND
/** A confirmation counts for so long. */
export const RAISED_FOR = DAY
/** An alert of a window and level is not repeated so soon. */
const QUIET: PerSpan<Millis> = { five_minutes: HOUR, hour: 6 * HOUR, day: DAY }

export type Floor = PerSpan<bigint>
export type GuardAsk = {
  readonly id: string
  readonly min: bigint
  readonly max: bigint
  readonly class: string
  readonly until: Millis
}
/** `fresh`: the others were looked at just now, or could not be. */
type At = { readonly now: Millis; readonly fresh: boolean }
export type Entered = { readonly kind: 'pass'; readonly max: bigint } | Refusal

/** The small calls that agents make beside the large one. */
const isSide = (one: string): boolean => one === 'small' || one === 'embedding'

export type Guard = ReturnType<typeof openGuard>

/**
 * The velocity guard: looks at every hold before it is asked for. What this process holds and settles counts at once and
 * in memory; what others do is read behind the calls. `floor` gives the company's floor, null when the guard is off; `place` is
 * where a person confirms.
 */
export function openGuard({
  db,
  world,
  alerts,
  behind,
  floor: floorNow,
  place,
}: {
  db: Db
  world: World
  alerts: Alerts
  behind: Behind
  floor: () => Floor | null
  place: () => string
}) {
  const meters = openMeters({ db, world, seen })
  const calls = openReservations()
  /** Pauses that the database does not have yet; a look must not undo them. */
  const unwritten = new Map<Meter, Promise<boolean>>()

  function tellLevel(meter: Meter, floor: Floor, span: Span, level: 'notify' | 'slow'): void {
    const now = world.now()
    const key = `${span}:${level}`
    const { told } = meter.state
    if ((told.get(key) ?? 0) > now) return
    told.set(key, now + QUIET[span])
    const limits = meter.limits(floor, now)
    const { wallet, person } = meter
    const begins = `velocity:${wallet}:${key}:`
    const facts = {
      kind: `velocity_${level}`,
      window: span,
      spent: meter.spent(now)[span],
      baseline: limits.own?.[span] ?? 0n,
      allowed: limits[span][level],
    } as const
    void behind.write(() =>
      db.tx(async (tx) => {
        const cause = `${begins}${Math.floor(now / QUIET[span])}`
        if (await alerts.toldSince(tx, { person, begins, since: now - QUIET[span] })) return
        await alerts.record(tx, { person, at: now, facts, cause })
        await announce(tx, `velocity:${wallet}`)
      }),
    )
  }

  /** Stops the wallet at once here, and everywhere as soon as it is written. */
  function pause(
    meter: Meter,
    floor: Floor,
    { span, wanted }: { span: Span; wanted: bigint },
  ): Promise<boolean> {
    const standing = unwritten.get(meter)
    if (meter.state.pause) return standing ?? Promise.resolve(true)
    const now = world.now()
    const limits = meter.limits(floor, now)
    const spent = meter.spent(now)[span]
    const allowed = wanted > spent ? limits.ceiling : limits[span].pause
    const baseline = limits.own?.[span] ?? 0n
    const made = { id: world.id(), at: now, span, spent, allowed, baseline, wanted }
    meter.state.pause = made
    const { wallet, person } = meter
    const facts = { kind: 'velocity_paused', window: span, spent, baseline, allowed } as const
    const written = behind.write(() =>
      db.tx(async (tx) => {
        if (!(await store.insertPause(tx, made, { wallet, person }))) return
        await alerts.record(tx, { person, at: now, facts, cause: `pause:${made.id}` })
        await announce(tx, `velocity:${wallet}`)
      }),
    )
    unwritten.set(meter, written)
    void written.then(() => unwritten.delete(meter))
    return written
  }

  /** Tells what a wallet has come to: alerts for each window and level, and the pause. */
  function watch(meter: Meter, floor: Floor, now = world.now()): void {
    const spent = meter.spent(now)
    const limits = meter.limits(floor, now)
    if (isCalm(spent, limits)) {
      meter.state.slowSince = null
      return
    }
    const reached = new Set<Level>()
    for (const span of SPANS) {
      const level = levelIn(spent[span], limits[span])
      if (level === null) continue
      reached.add(level)
      if (level !== 'pause') tellLevel(meter, floor, span, level)
    }
    meter.state.slowSince =
      reached.has('slow') || reached.has('pause') ? (meter.state.slowSince ?? now) : null
    if (reached.has('pause') && !meter.state.pause) {
      const { span } = standingOf(spent, limits)
      void pause(meter, floor, { span, wanted: spent[span] })
    }
  }

  function seen(meter: Meter, found: store.Look): void {
    if (!unwritten.has(meter)) meter.state.pause = found.pause
  }

  /** As well as it can be known now; what fails leaves the last known. */
  const lookSoon = (meter: Meter): Promise<unknown> =>
    Promise.race([
      meters.look(meter).catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, LOOK_WITHIN).unref()),
    ])

  async function meterOf(who: Principal): Promise<Meter> {
    const now = world.now()
    const meter =
      meters.get(who.wallet) ?? meters.add(openMeter({ wallet: who.wallet, person: who.person.id, now }))
    if (meter.lookedAt() === null) await lookSoon(meter)
    return meter
  }

  /**
   * The decision, and with it the reservation: nothing may come between. `look` asks for the others' newest before it
   * decides; with `fresh` it decides on what there is.
   */
  function judge(meter: Meter, floor: Floor, ask: GuardAsk, { now, fresh }: At): Decision | { kind: 'look' } {
    const spent = meter.spent(now)
    const held = meter.heldSum()
    const limits = meter.limits(floor, now)
    const replicas = meters.replicas()
    const age = now - (meter.lookedAt() ?? -Infinity)
    if (age > LAG && replicas > 1) {
      const little = (meter.sinceLook() + ask.max) * QUIET_PART < limits.day.baseline
      const quiet = little && spent.day + held + ask.max < limits.day.notify
      if (!quiet && !fresh) return { kind: 'look' }
      meters.lookSoon(meter)
    }
    const side = isSide(ask.class)
    const { min, max } = ask
    let decision = decide({ spent, held, limits, min, max, side, now, nextPass: meter.state.nextPass })
    if (decision.kind !== 'pass') return decision
    const share = replicas > 1 ? meters.share(meter, limits.ceiling, spent.day) : decision.max
    if (decision.max > share) {
      if (!fresh && meter.mayRenew(now)) return { kind: 'look' }
      // A share that is still whole does not grow by waiting.
      if (held > 0n && (share < min || meter.sinceLook() > 0n))
        return { kind: 'slow', span: 'day', wait: LAG }
      if (held > 0n) decision = { ...decision, max: share }
    }
    if (decision.slowed) meter.state.nextPass = now + SLOW_GAP
    calls.add(meter, { id: ask.id, amount: decision.max, until: ask.until })
    return decision
  }

  async function refuse(
    meter: Meter,
    floor: Floor,
    decision: Decision & { kind: 'slow' | 'pause' },
  ): Promise<Refusal> {
    const now = world.now()
    const limits = meter.limits(floor, now)
    if (decision.kind === 'pause') {
      const written = pause(meter, floor, decision)
      await Promise.race([written, new Promise((resolve) => setTimeout(resolve, WRITE_WITHIN).unref())])
    }
    const standing = meter.state.pause
    if (standing) return words.paused(standing, place())
    const { span } = decision
    const wait = decision.kind === 'slow' ? decision.wait : LAG
    const spent = meter.spent(now)
    if (levelIn(spent[span], limits[span]) === null) return words.waiting(meter.heldSum(), wait, place())
    const facts = { window: span, spent: spent[span], baseline: limits.own?.[span] ?? 0n, wait }
    return words.slow(facts, place())
  }

  function decided(meter: Meter, floor: Floor, ask: GuardAsk, at: At): Decision | { kind: 'look' } {
    const standing = meter.state.pause
    if (!standing) return judge(meter, floor, ask, at)
    // The news that it ended may have been lost.
    const old = at.now - (meter.lookedAt() ?? -Infinity) > LAG
    if (old && !at.fresh) return { kind: 'look' }
    return { kind: 'pause', span: standing.span, wanted: standing.wanted }
  }

  function enterKnown(meter: Meter, floor: Floor, ask: GuardAsk, now: Millis): Soon<Entered> {
    meters.keep(meter, now)
    const decision = decided(meter, floor, ask, { now, fresh: false })
    if (decision.kind === 'pass') return { kind: 'pass', max: decision.max }
    return enterWith(meter, floor, ask, decision)
  }

  const enterUnknown = async (who: Principal, floor: Floor, ask: GuardAsk): Promise<Entered> =>
    enterKnown(await meterOf(who), floor, ask, world.now())

  /** What is not let in at once: after a look, or not at all. */
  async function enterWith(
    meter: Meter,
    floor: Floor,
    ask: GuardAsk,
    first: Decision | { kind: 'look' },
  ): Promise<Entered> {
    let decision = first
    if (decision.kind === 'look') {
      await lookSoon(meter)
      decision = decided(meter, floor, ask, { now: world.now(), fresh: true })
    }
    if (decision.kind === 'pass') return { kind: 'pass', max: decision.max }
    watch(meter, floor)
    const slow = { kind: 'slow', span: 'day', wait: LAG } as const
    return refuse(meter, floor, decision.kind === 'look' ? slow : decision)
  }

  async function freshMeter(person: string): Promise<Meter | null> {
    const wallet = await store.walletOf(db, person)
    if (wallet === null) return null
    const meter = meters.get(wallet) ?? meters.add(openMeter({ wallet, person, now: world.now() }))
    await unwritten.get(meter)
    await meters.look(meter)
    return meter
  }

  return {
    /** Before a hold. A quiet call of a known wallet is decided at once, in memory. */
    enter(who: Principal, ask: GuardAsk, now: Millis): Soon<Entered> {
      const floor = floorNow()
      if (floor === null) return { kind: 'pass', max: ask.max }
      const known = meters.get(who.wallet)
      if (!known || known.lookedAt() === null) return enterUnknown(who, floor, ask)
      return enterKnown(known, floor, ask, now)
    },

    /**
     * Before many holds that belong together and stand for hours, as those of a batch: what does not fit beside what is
     * spent and held would never fit by waiting, so the person is asked at once. Null: it fits.
     */
    async foresee(who: Principal, total: bigint, classes: readonly string[]): Promise<Refusal | null> {
      const floor = floorNow()
      if (floor === null) return null
      const meter = await meterOf(who)
      if (meters.replicas() > 1 || meter.state.pause) await lookSoon(meter)
      const now = world.now()
      const limits = meter.limits(floor, now)
      const spent = meter.spent(now)
      const standing = standingOf(spent, limits)
      if (meter.state.pause || standing.level === 'pause') {
        const { span } = standing
        return refuse(meter, floor, { kind: 'pause', span, wanted: spent[span] })
      }
      // One large call passes at a time, so several together never would, and each try would use up the turn of another call.
      if (standing.level === 'slow' && classes.filter((one) => !isSide(one)).length > 1) {
        watch(meter, floor)
        const { span } = standing
        const baseline = limits.own?.[span] ?? 0n
        return words.together({ window: span, spent: spent[span], baseline }, place())
      }
      const room = meters.replicas() > 1 ? meters.share(meter, limits.ceiling, spent.day) : limits.ceiling
      const taken = meters.replicas() > 1 ? 0n : spent.day + meter.heldSum()
      if (taken + total <= room) return null
      const wanted = spent.day + meter.heldSum() + total * BigInt(meters.replicas())
      return refuse(meter, floor, { kind: 'pause', span: 'day', wanted })
    },

    /** The ledger held another amount than it was let in with. */
    held(id: string, amount: bigint): void {
      const own = calls.of(id)
      own?.meter.held(own, amount)
    },

    /** Nothing was held, or it was given back. */
    released(id: string): void {
      const own = calls.take(id)
      const meter = own ? own.meter : meters.holding(id)
      meter?.released(id, own, world.now())
    },

    settled(id: string, charged: bigint): { wallet: string; person: string } | null {
      const own = calls.take(id)
      const meter = own ? own.meter : meters.holding(id)
      if (!meter) return null
      const time = world.now()
      meter.settled(id, own, { charged, time })
      const floor = floorNow()
      if (floor) watch(meter, floor, time)
      return meter
    },

    /** Another process said that something about this wallet changed; null: anything may have. */
    heard(wallet: string | null): void {
      for (const meter of wallet === null ? meters.all() : [meters.get(wallet)])
        if (meter) meters.look(meter).catch(() => {})
    },

    /** As it stands now, from the database. */
    async of(person: string, floor: Floor | null): Promise<GuardView> {
      const meter = floor && (await freshMeter(person))
      return viewOf(floor, meter, world.now())
    },

    /**
     * The person says that it is them: the pause ends at once and the limits are raised for a day. Without a pause and
     * with nothing slowed or crowded nothing changes; two clicks are one.
     */
    async resume(person: string, floor: Floor | null): Promise<GuardView> {
      const meter = floor && (await freshMeter(person))
      if (!floor || !meter) return viewOf(floor, null, world.now())
      const { wallet } = meter
      const now = world.now()
      const spent = meter.spent(now)
      const limits = meter.limits(floor, now)
      const taken = spent.day + meter.heldSum()
      // Held for long, as by a batch: nothing is slowed, yet calls wait.
      const slowed = standingOf(spent, limits).level === 'slow' || isCrowded(limits, taken)
      const seen = meter.confirmation(now)
      await db.tx(async (tx) => {
        await store.lock(tx, wallet)
        const ending = await store.endPause(tx, wallet, now)
        const before = await store.confirmation(tx, wallet, now)
        if (!ending && (!slowed || before?.times !== seen?.times)) return
        const wanted = ending && ending.wanted > taken ? ending.wanted : taken
        const times = raisedBy(meter.limits(floor, now, false), before?.times ?? 1, { spent, wanted })
        const until = now + RAISED_FOR
        const row = { id: world.id(), wallet, person, at: now, until, times, pause: ending?.id ?? null }
        await store.insertConfirmation(tx, row)
        const facts = { kind: 'velocity_resumed', times, until } as const
        await alerts.record(tx, { person, at: now, facts, cause: null })
        await announce(tx, `velocity:${wallet}`)
      })
      meter.state.nextPass = 0
      await meters.look(meter)
      watch(meter, floor)
      return viewOf(floor, meter, world.now())
    },

    close: (): void => meters.close(),
  }
}
