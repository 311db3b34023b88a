import type { Millis } from '../../lib/base.ts'
import { addDays, dayOf, halfEven, rational } from '../../lib/base.ts'
import type { SpendDay, Wallet } from '../../lib/contract.ts'
import { nano, percent, sum, usd } from '../../lib/money.ts'
import { LONG_DAYS, dateShort, dateWords, daysUntil, daysWords, inDays } from '../../lib/time.ts'

/** The page's question, answered in one or two sentences: what can I spend, and how long does it last? */
export function walletAnswer(wallet: Wallet, now: Millis): string {
  const next = wallet.next_vest
  const vest = next ? `${usd(nano(next.quantity))} vests on ${dateWords(next.date)}` : null
  if (nano(wallet.available) === 0n) {
    return vest
      ? `Nothing can be spent until ${vest}, ${inDays(daysUntil(next?.date ?? '', now))}.`
      : 'Nothing can be spent, and no tranche is left to vest.'
  }
  if (wallet.runway_days === null || nano(wallet.pace_per_day) === 0n) {
    return `Nothing was spent in the last 14 days, so nothing runs out.${vest ? ` ${vest}.` : ''}`
  }
  const end = addDays(dayOf(now), Math.min(wallet.runway_days, LONG_DAYS))
  const pace = `At the pace of the last 14 days, ${usd(nano(wallet.pace_per_day))} a day, it lasts ${daysWords(wallet.runway_days)}${wallet.runway_days < LONG_DAYS ? `, to ${dateWords(end)}` : ''}.`
  if (!next || !vest) return `${pace} No tranche is left to vest.`
  const gap = daysUntil(next.date, now) - wallet.runway_days
  return gap <= 0
    ? `${pace} Before that, ${vest}.`
    : `${pace} The next ${vest}, ${gap === 1 ? 'a day' : `${gap} days`} later.`
}

/** Where everything that will vest and expire is told, day by day. */
export const OUTLOOK = '/documents#outlook'

export type Change = { readonly direction: 'up' | 'down' | 'same'; readonly words: string }

/** A period against the one before it, in words that do not need a colour. */
export function change(current: bigint, previous: bigint, before = 'in the 30 days before'): Change {
  if (current === previous) return { direction: 'same', words: `as ${before}` }
  const direction = current > previous ? 'up' : 'down'
  const difference = current > previous ? current - previous : previous - current
  const part = percent(difference, previous)
  // Ten times as much says more than "900%", and a percentage of nothing says nothing.
  if (part === null || difference >= 10n * previous)
    return { direction, words: `from ${usd(previous)} ${before}` }
  return { direction, words: `${part} ${direction} from ${usd(previous)}` }
}

/** The chart in one sentence. */
export function spendSummary(days: readonly SpendDay[]): string {
  const total = sum(days.map((day) => nano(day.total)))
  if (total === 0n) return `Nothing was spent in these ${days.length} days.`
  const top = days.reduce((best, day) => (nano(day.total) > nano(best.total) ? day : best))
  const mean = halfEven(rational(total, BigInt(days.length)))
  const calls = days.reduce((sofar, day) => sofar + day.calls, 0)
  return (
    `${usd(total)} in ${days.length} days by ${calls.toLocaleString('en-US')} calls: ${usd(mean)} a day on average, ` +
    `most on ${dateShort(top.day)} with ${usd(nano(top.total))}.`
  )
}
