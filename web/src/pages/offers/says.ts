import type { OfferCheck } from '../../lib/contract.ts'

type Severity = OfferCheck['severity']

/** In one line, for where the list itself is out of sight. */
export function checksSay(checks: readonly OfferCheck[]): string {
  const count = (severity: Severity): number => checks.filter((one) => one.severity === severity).length
  const [against, warn] = [count('refuse'), count('warn')]
  if (against > 0) return `${against} ${against === 1 ? 'thing stands' : 'things stand'} against it.`
  if (warn > 0) return `${warn} ${warn === 1 ? 'thing wants' : 'things want'} a look.`
  return checks.length === 0 ? '' : 'Everything that is checked is in order.'
}
