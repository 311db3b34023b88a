import { DAY, HOUR, MINUTE, type Millis } from '#base/time.ts'

/** The windows that are watched, each reaching back from now. */
export const SPANS = ['five_minutes', 'hour', 'day'] as const
export type Span = (typeof SPANS)[number]
export type PerSpan<T> = Readonly<Record<Span, T>>

export const LENGTH: PerSpan<Millis> = { five_minutes: 5 * MINUTE, hour: HOUR, day: DAY }

export const perSpan = <T>(of: (span: Span) => T): PerSpan<T> => ({
  five_minutes: of('five_minutes'),
  hour: of('hour'),
  day: of('day'),
})

export const minuteOf = (at: Millis): number => Math.floor(at / MINUTE)
/** A window is the minute at hand and those before it: so many in all. */
export const minutesIn = (span: Span): number => LENGTH[span] / MINUTE
const DAY_MINUTES = minutesIn('day')

export type Rolling = ReturnType<typeof openRolling>

/**
 * What one wallet spent in each window, to the minute: sums are kept, so that asking costs nothing. Time only moves
 * forward; an amount of a minute that has left the longest window is not counted. At most 1,440 numbers.
 */
export function openRolling(start: Millis) {
  /** Those before the minute at hand. */
  const minutes = new Map<number, bigint>()
  const before: Record<Span, bigint> = { five_minutes: 0n, hour: 0n, day: 0n }
  let last = minuteOf(start)
  /** Of the minute at hand, which is in every window: nearly all that comes. */
  let newest = 0n

  function advance(now: Millis): void {
    const to = minuteOf(now)
    if (to <= last) return
    put(last, newest)
    newest = 0n
    for (const span of SPANS) {
      const length = minutesIn(span)
      for (let minute = last - length + 1; minute <= Math.min(last, to - length); minute += 1) {
        before[span] -= minutes.get(minute) ?? 0n
        if (span === 'day') minutes.delete(minute)
      }
    }
    last = to
  }

  function put(minute: number, nano: bigint): void {
    minutes.set(minute, (minutes.get(minute) ?? 0n) + nano)
    for (const span of SPANS) if (minute > last - minutesIn(span)) before[span] += nano
  }

  return {
    add(at: Millis, nano: bigint, now: Millis): void {
      advance(now)
      const minute = minuteOf(at)
      if (minute >= last) newest += nano
      else if (minute > last - DAY_MINUTES) put(minute, nano)
    },

    sums(now: Millis): PerSpan<bigint> {
      advance(now)
      const { five_minutes, hour, day } = before
      return { five_minutes: five_minutes + newest, hour: hour + newest, day: day + newest }
    },
  }
}
