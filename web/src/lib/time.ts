import { DAY, HOUR, MINUTE, SECOND, startOfDay } from './base.ts'
import type { DateText, Millis } from './base.ts'

const UTC = { timeZone: 'UTC' } as const
const day = new Intl.DateTimeFormat('en-US', { ...UTC, month: 'short', day: 'numeric', year: 'numeric' })
const dayShort = new Intl.DateTimeFormat('en-US', { ...UTC, month: 'short', day: 'numeric' })
const month = new Intl.DateTimeFormat('en-US', { ...UTC, month: 'short', year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', {
  ...UTC,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const local = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'long' })

export const dateWords = (date: DateText): string => day.format(startOfDay(date))
export const dateShort = (date: DateText): string => dayShort.format(startOfDay(date))
export const monthWords = (at: Millis): string => month.format(at)
export const instantDay = (at: Millis): string => day.format(at)
export const clockWords = (at: Millis): string => clock.format(at)
/** "Nov 21, 14:03": for a phone. */
export const minuteWords = (at: Millis): string => `${dayShort.format(at)}, ${clock.format(at).slice(0, 5)}`
/** "Nov 21, 14:03:22": inside the last half year the year says nothing. */
export const instantWords = (at: Millis, now: Millis): string =>
  `${Math.abs(now - at) < 180 * DAY ? dayShort.format(at) : day.format(at)}, ${clock.format(at)}`
/** The reader's own time, for hovers; the pages state UTC. */
export const localWords = (at: Millis): string => `${local.format(at)} (your time)`

/** Whole UTC days from `now` to a date; 0 today, negative in the past. */
export const daysUntil = (date: DateText, now: Millis): number =>
  Math.round((startOfDay(date) - Math.floor(now / DAY) * DAY) / DAY)

export function inDays(days: number): string {
  if (days === 0) return 'today'
  if (days === 1) return 'tomorrow'
  if (days === -1) return 'yesterday'
  return days > 0 ? `in ${days} days` : `${-days} days ago`
}

/** Beyond this a day of the end would claim to know more than a pace can tell. */
export const LONG_DAYS = 3 * 365

export const daysWords = (days: number): string => {
  if (days >= LONG_DAYS) return 'over 3 years'
  return days === 1 ? '1 day' : `${days} days`
}

/** "34 s", "5 min", "3 h", "12 days": how old something is. */
export function ageWords(age: Millis): string {
  if (age < MINUTE) return `${Math.max(0, Math.round(age / SECOND))} s`
  if (age < HOUR) return `${Math.round(age / MINUTE)} min`
  if (age < 2 * DAY) return `${Math.round(age / HOUR)} h`
  return `${Math.round(age / DAY)} days`
}

export const agoWords = (age: Millis): string => (age < 5 * SECOND ? 'just now' : `${ageWords(age)} ago`)

/** The reader's clock: only for ages of what this browser fetched itself; the server's clock is `useNow`. */
export const wallClock = (): Millis => Date.now()
