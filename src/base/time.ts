/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. Finer times have no meaning in Perq. */
export type Millis = number

/** A calendar date without time zone, `YYYY-MM-DD`. Days of the ledger are UTC days. */
export type DateText = string

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const iso = (at: Millis): string => new Date(at).toISOString()

/** The last day that was asked for: nearly always it is asked again, on every call of every person. */
let lastDay: { readonly number: number; readonly text: DateText } = { number: 0, text: '1970-01-01' }

/** The UTC day of an instant. */
export function dayOf(at: Millis): DateText {
  const number = Math.floor(at / DAY)
  if (number !== lastDay.number) lastDay = { number, text: iso(at).slice(0, 10) }
  return lastDay.text
}

export const startOfDay = (day: DateText): Millis => Date.parse(`${day}T00:00:00.000Z`)
export const addDays = (day: DateText, days: number): DateText => dayOf(startOfDay(day) + days * DAY)

/** True for real calendar dates only: 2025-02-30 and 2025-2-3 are refused. Years 0001–9999. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00.000Z`)
  return Number.isFinite(at) && dayOf(at) === text
}
