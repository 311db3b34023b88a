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
