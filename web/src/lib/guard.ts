import type { Guard, GuardSpan } from './contract.ts'
import { nano, usd } from './money.ts'
import { clockWords } from './time.ts'

export const SPAN_NAMES: Readonly<Record<GuardSpan, string>> = {
  five_minutes: '5 minutes',
  hour: 'Hour',
  day: '24 hours',
}
const LAST: Readonly<Record<GuardSpan, string>> = {
  five_minutes: 'the last five minutes',
  hour: 'the last hour',
  day: 'the last 24 hours',
}
/** "$412.00 in the last hour, where up to $38.00 is usual." */
export const burstWords = ({ window, spent, baseline }: Guard): string =>
  `${usd(nano(spent))} in ${LAST[window]}` +
  (nano(baseline) > 0n ? `, where up to ${usd(nano(baseline))} is usual.` : '.')

/** "Limits are 2 × the usual ones until 16:40 UTC." */
export const raisedWords = ({ raised }: Guard): string =>
  raised === null
    ? ''
    : `Limits are ${raised.times} × the usual ones until ${clockWords(Date.parse(raised.until)).slice(0, 5)} UTC.`

/** What running calls may hold beside what was spent, in tenths of the day's pause: above it calls wait. */
const CEILING = 11n
const TENTHS = 10n

/**
 * What running calls leave of the day when nothing is paused or slowed: `tight` from half of its ceiling on, where a large
 * call may have to wait and a confirmation makes room; `full` when hardly any call fits. Null: there is room.
 */
export function crowdOf({ state, held, windows }: Guard): 'tight' | 'full' | null {
  const day = windows.find(({ window }) => window === 'day')
  if (state !== 'open' || !day || nano(held) === 0n) return null
  const [taken, pauseAt] = [nano(day.spent) + nano(held), nano(day.pause_at)]
  if (taken >= pauseAt) return 'full'
  return taken * 2n * TENTHS > pauseAt * CEILING ? 'tight' : null
}

/** "Running calls hold $205.00, and $12.00 was spent in the last 24 hours." */
export function crowdWords({ held, windows }: Guard): string {
  const spent = nano(windows.find(({ window }) => window === 'day')?.spent)
  const also = spent > 0n ? `, and ${usd(spent)} was spent in the last 24 hours` : ''
  return `Running calls hold ${usd(nano(held))}${also}.`
}
