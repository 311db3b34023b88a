import { need } from './check.ts'
import { lognormalUse } from './use.ts'

/**
 * What somebody would use in a month without a cap: nothing at all, or, in a share `active` of months, a log-normal amount with this
 * mean and coefficient of variation. In the unit of the grant: dollars, hours, tokens.
 */
export type Demand = { readonly active: number; readonly mean: number; readonly variation: number }

/**
 * Expected use of a cap that lasts for `months` and then is lost. Exact for one month; for more, the sum of independent months is
 * taken as log-normal with its own mean and variance.
 */
export function expectedUse({ active, mean, variation }: Demand, cap: number, months = 1): number {
  need('share', { active })
  need('positive', { months })
  need('notNegative', { mean, variation })
  if (months === 1) return active * lognormalUse({ mean, variation }, cap)
  const total = months * active * mean
  if (total === 0) return 0
  // Variance of one month over its mean squared is (1 + cv²)/active - 1.
  const spread = Math.sqrt(((1 + variation ** 2) / active - 1) / months)
  return lognormalUse({ mean: total, variation: spread }, cap)
}
