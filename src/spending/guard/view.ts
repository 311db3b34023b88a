import type { Millis } from '#base/time.ts'
import type { Meter } from './meter.ts'
import { SPANS, type PerSpan, type Span } from './rolling.ts'
import { limitsOf, standingOf } from './rules.ts'

export type GuardWindow = {
  readonly window: Span
  readonly spent: bigint
  readonly baseline: bigint
  readonly notifyAt: bigint
  readonly slowAt: bigint
  readonly pauseAt: bigint
}

/** How the guard stands with a person. nano-dollars. */
export type GuardView = {
  readonly state: 'off' | 'open' | 'slow' | 'paused'
  readonly since: Millis | null
  readonly window: Span
  readonly spent: bigint
  readonly limit: bigint
  readonly baseline: bigint
  readonly held: bigint
  readonly raised: { readonly times: number; readonly until: Millis } | null
  readonly windows: readonly GuardWindow[]
}

const NOTHING: PerSpan<bigint> = { five_minutes: 0n, hour: 0n, day: 0n }

/** `floor` null: the guard is off. `meter` null: there is no wallet yet. */
export function viewOf(floor: PerSpan<bigint> | null, meter: Meter | null, now: Millis): GuardView {
  if (floor === null) {
    const none = { spent: 0n, limit: 0n, baseline: 0n, held: 0n }
    return { state: 'off', since: null, window: 'day', ...none, raised: null, windows: [] }
  }
  const spent = meter?.spent(now) ?? NOTHING
  const limits = meter?.limits(floor, now) ?? limitsOf(null, floor)
  const { level, span } = standingOf(spent, limits)
  const confirmation = meter?.confirmation(now) ?? null
  const pause = meter?.state.pause ?? null
  const { slow, pause: pauseAt, notify } = limits[span]
  const standing = pause
    ? { window: pause.span, spent: pause.spent, limit: pause.allowed, baseline: pause.baseline }
    : {
        window: span,
        spent: spent[span],
        limit: level === null ? notify : level === 'notify' ? slow : pauseAt,
        baseline: limits[span].baseline,
      }
  const slowed = level === 'slow' || level === 'pause'
  return {
    state: pause ? 'paused' : slowed ? 'slow' : 'open',
    since: pause ? pause.at : slowed ? (meter?.state.slowSince ?? null) : null,
    ...standing,
    held: meter?.heldSum() ?? 0n,
    raised: confirmation && { times: confirmation.times, until: confirmation.until },
    windows: SPANS.map((window) => ({
      window,
      spent: spent[window],
      baseline: limits[window].baseline,
      notifyAt: limits[window].notify,
      slowAt: limits[window].slow,
      pauseAt: limits[window].pause,
    })),
  }
}
