import { never } from '#base/invariant.ts'
import type { ExpiryRule } from '#grants/expiry.ts'
import { count, dated } from './text.ts'

/** Until when what has vested can be spent. */
export function expiryWords(rule: ExpiryRule): string {
  switch (rule.kind) {
    case 'never':
      return 'What has vested does not expire.'
    case 'days_after_vest':
      return `What vests can be spent for ${count(rule.days, 'day')}, the day on which it vests among them.`
    case 'on':
      return `What has vested can be spent to the end of ${dated(rule.date)}.`
    case 'end_of_month_after_vest':
      return rule.months === 0
        ? 'What vests can be spent to the end of the month in which it vests.'
        : `What vests can be spent to the end of the ${ordinal(rule.months)} month after the one in which it vests.`
    default:
      return never(rule)
  }
}

function ordinal(n: number): string {
  const tail = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${tail}`
}
