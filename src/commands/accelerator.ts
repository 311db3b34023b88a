import { assetOf } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { Terms } from '#grants/terms.ts'
import type { Parts } from './parts.ts'

/**
 * GPU-hours of an accelerator that nobody knows could never be spent: a name must stand in the reference table, or have a
 * rate in dollars of the company's own. Throws Fault `invalid`.
 */
export function checkAccelerator(
  rates: Parts['rates'],
  { denomination, unit }: Pick<Terms, 'denomination' | 'unit'>,
  now: Millis,
): void {
  const { accelerator } = unit
  if (accelerator === undefined || !rates?.accelerators || rates.accelerators.has(accelerator)) return
  if (rates.rate(assetOf(denomination, unit), 'USD', now)) return
  const known = [...rates.accelerators.keys()]
  const like = known.filter((name) => name.toLowerCase().startsWith(accelerator.toLowerCase().slice(0, 3)))
  const names = (like.length > 0 ? like : known).join(', ')
  throw new Fault(
    'invalid',
    `unit.accelerator is ${JSON.stringify(accelerator)}; give one of ${names}, or first tell its rate in the exchange table`,
    { param: 'unit.accelerator' },
  )
}
