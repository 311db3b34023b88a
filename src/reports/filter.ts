import { HOUR, iso, startOfDay, addDays } from '#base/time.ts'
import type { DateText, Millis } from '#base/time.ts'
import type { CallStatus, Purpose } from '#ledger/types.ts'

/** What a call can be told by: the same words narrow sums, lists and entries. */
export type CallFilter = {
  readonly model?: string | undefined
  readonly class?: string | undefined
  /** The key's id, or `none`. */
  readonly key?: string | undefined
  readonly purpose?: Purpose | undefined
  readonly door?: string | undefined
  readonly provider?: string | undefined
  readonly upstream?: string | undefined
  readonly status?: CallStatus | undefined
}

/** UTC days, both included, and one UTC hour as `YYYY-MM-DDTHH`. */
export type TimeFilter = {
  readonly from?: DateText | undefined
  readonly to?: DateText | undefined
  readonly hour?: string | undefined
}

export const NO_KEY = 'none'

/** Places that `callMeets` takes in a statement, and the values for them. */
export const callValues = (filter: CallFilter): readonly (string | null)[] => [
  filter.model ?? null,
  filter.class ?? null,
  filter.key ?? null,
  filter.purpose ?? null,
  filter.door ?? null,
  filter.provider ?? null,
  filter.upstream ?? null,
  filter.status ?? null,
]

/** The condition on `u`, a row of ledger.usage; its values stand from place `$first` on. */
export const callMeets = (first: number): string =>
  ['u.model', 'u.class', `coalesce(u.key_id::text, '${NO_KEY}')`]
    .concat(['u.purpose', 'u.door', 'u.provider', 'u.upstream', 'u.status'])
    .map((column, n) => `($${first + n}::text is null or ${column} = $${first + n})`)
    .join(' and ')

export const isNarrow = (filter: CallFilter): boolean => callValues(filter).some((value) => value !== null)

/** The instants from which and before which; null where a side is open. */
export function spanOf({ from, to, hour }: TimeFilter): { from: string | null; until: string | null } {
  const start = hour === undefined ? null : Date.parse(`${hour}:00:00.000Z`)
  const starts = [start, from === undefined ? null : startOfDay(from)].filter(isSet)
  const ends = [
    start === null ? null : start + HOUR,
    to === undefined ? null : startOfDay(addDays(to, 1)),
  ].filter(isSet)
  return {
    from: starts.length === 0 ? null : iso(Math.max(...starts)),
    until: ends.length === 0 ? null : iso(Math.min(...ends)),
  }
}

const isSet = (at: Millis | null): at is Millis => at !== null
