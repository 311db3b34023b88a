/** Small words of English, so that sentences about contracts read as if somebody had written them. */

export const count = (n: number | bigint, one: string, many = `${one}s`): string =>
  `${grouped(n)} ${BigInt(n) === 1n ? one : many}`

export const grouped = (n: number | bigint): string => String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[], and = 'and'): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} ${and} ${items.at(-1)!}`
}

/** "0.25" → "25%", "0.1666666666" → "16.66666666%": exact, by moving the point. */
export function percent(share: string): string {
  const [whole = '0', fraction = ''] = share.split('.')
  const digits = fraction.padEnd(2, '0')
  const left = `${whole}${digits.slice(0, 2)}`.replace(/^0+(?=\d)/, '')
  const right = digits.slice(2).replace(/0+$/, '')
  return `${left}${right === '' ? '' : `.${right}`}%`
}

/** `open_source` → "open source", `VOLUNTARY_OTHER` → "voluntary other". */
export const spoken = (code: string): string => code.toLowerCase().replaceAll('_', ' ')

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

/** "2026-03-01" → "1 March 2026". */
export function dated(day: string): string {
  const [year, month, date] = day.split('-').map(Number)
  return `${date} ${MONTHS[month! - 1]} ${year}`
}

/** How long: "12 months" → "1 year", "18 months" → "18 months". */
export function span(length: number, unit: string): string {
  if (unit === 'YEARS' || (unit === 'MONTHS' && length > 0 && length % 12 === 0))
    return count(unit === 'YEARS' ? length : length / 12, 'year')
  if (unit === 'DAYS' && length > 0 && length % 7 === 0) return count(length / 7, 'week')
  return count(length, unit === 'DAYS' ? 'day' : 'month')
}

const STEPS: Readonly<Record<string, string>> = {
  '1 MONTHS': 'every month',
  '3 MONTHS': 'every quarter',
  '6 MONTHS': 'every half year',
  '12 MONTHS': 'every year',
  '1 YEARS': 'every year',
  '1 DAYS': 'every day',
  '7 DAYS': 'every week',
}

/** "every month", "every 2 months". */
export const each = (period: number, unit: string): string =>
  STEPS[`${period} ${unit}`] ?? `every ${span(period, unit)}`
