import type { Millis } from '../../lib/base.ts'
import type { Grant, Tranche } from '../../lib/contract.ts'
import { amountShort, nano, percent, sum, usd } from '../../lib/money.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'

export type Coming = { readonly grant: Grant; readonly tranche: Tranche }

/** The tranches that still come, soonest first, over all grants. */
export const coming = (grants: readonly Grant[]): Coming[] =>
  grants
    .flatMap((grant) =>
      grant.tranches
        .filter((tranche) => tranche.state === 'upcoming' || tranche.state === 'due')
        .map((tranche) => ({ grant, tranche })),
    )
    .toSorted((a, b) => (a.tranche.date < b.tranche.date ? -1 : a.tranche.date > b.tranche.date ? 1 : 0))

/** When do I get what? In two sentences. */
export function vestingAnswer(grants: readonly Grant[], now: Millis): string {
  const ahead = coming(grants)
  const next = ahead[0]
  const last = ahead.at(-1)
  if (!next || !last) return 'Everything that was granted has vested or ended; no tranche is left.'
  const when = `${dateWords(next.tranche.date)}, ${inDays(daysUntil(next.tranche.date, now))}`
  const rest = sum(ahead.map(({ tranche }) => nano(tranche.quantity)))
  const tail =
    ahead.length === 1
      ? 'It is the last tranche.'
      : `With it, ${ahead.length} tranches are still to come: ${usd(rest)} in all, the last on ${dateWords(last.tranche.date)}.`
  return `From ${next.grant.name} on ${when}. ${tail}`
}

/** One grant's chart in one sentence. */
export function grantSummary(grant: Grant, now: Millis): string {
  const say = (amount: bigint): string => amountShort(amount, grant.asset)
  const vested = nano(grant.vested)
  const quantity = nano(grant.quantity)
  const next = coming([grant])[0]
  const tail = next
    ? `next ${say(nano(next.tranche.quantity))} on ${dateWords(next.tranche.date)} (${inDays(daysUntil(next.tranche.date, now))})`
    : nano(grant.forfeited) > 0n
      ? `${say(nano(grant.forfeited))} was forfeited`
      : 'nothing is left to vest'
  return `${say(vested)} of ${say(quantity)} vested (${percent(vested, quantity) ?? '0%'}), ${say(nano(grant.spent))} of it spent; ${tail}.`
}

/** The rule in plain words. */
export function expiryWords({ expiry_rule: rule }: Grant): string {
  switch (rule.kind) {
    case 'never':
      return 'tranches never expire'
    case 'days_after_vest':
      return `each tranche can be spent for ${rule.days} days`
    case 'on':
      return `all can be spent through ${dateWords(rule.date)}`
    case 'end_of_month_after_vest':
      return rule.months === 0
        ? 'each tranche can be spent in the month it vests'
        : `each tranche can be spent to the end of the ${rule.months === 1 ? 'next month' : `${ordinal(rule.months)} month after it vests`}`
  }
}

const ordinal = (value: number): string => {
  const end = value % 100 > 10 && value % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${end}`
}
