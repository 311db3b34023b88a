import { DAY, HOUR, MINUTE, SECOND, type Millis } from '#base/time.ts'

/** Pauses between attempts: eight attempts over 27 hours and 35 minutes. */
export const PAUSES: readonly Millis[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR,
]
/** An endpoint that has failed at everything for so long is sent nothing more. */
export const DISABLE_AFTER = 5 * DAY
const JITTER_PERCENT = 10
const LONGEST_RETRY_AFTER = DAY

/**
 * When to try again after so many failed attempts, or null when it was the last. A receiver's Retry-After is obeyed up
 * to a day; `jitter` is 0 … 255, so that many receivers are not met at one moment.
 */
export function nextAttempt({
  attempts,
  now,
  retryAfter,
  jitter,
}: {
  readonly attempts: number
  readonly now: Millis
  readonly retryAfter: Millis | null
  readonly jitter: number
}): Millis | null {
  const pause = PAUSES[attempts - 1]
  if (pause === undefined) return null
  const asked = Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER)
  return now + Math.max(asked, pause + Math.floor((pause * JITTER_PERCENT * jitter) / (100 * 255)))
}

/** `Retry-After` in seconds; dates are not read. */
export const retryAfterOf = (text: string | undefined): Millis | null =>
  text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) * SECOND : null
