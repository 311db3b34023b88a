import { need } from './check.ts'

/** Hours of work in `hours` of a tier: hours × availability × efficiency of checkpoints. */
export function effectiveHours(tier: {
  readonly hours: number
  readonly availability: number
  readonly efficiency: number
}): number {
  need('notNegative', { hours: tier.hours })
  need('share', { availability: tier.availability, efficiency: tier.efficiency })
  return tier.hours * tier.availability * tier.efficiency
}

/** Probability to be still here at `years`, when `hazard` of those who are leave a year: e^(-h max(t, cliff)). */
export const survival = (hazard: number, years: number, cliff = 0): number =>
  Math.exp(-hazard * Math.max(years, cliff))

/** Expected vested fraction: Σ wᵢ e^(-h max(tᵢ, cliff)). Shares of tranches that sum to at most 1; times in years. */
export function vestedFraction(
  tranches: readonly { readonly share: number; readonly years: number }[],
  { hazard, cliff }: { readonly hazard: number; readonly cliff: number },
): number {
  need('notNegative', { hazard, cliff })
  let sum = 0
  for (const { share, years } of tranches) {
    need('share', { share })
    need('notNegative', { years })
    sum += share * survival(hazard, years, cliff)
  }
  return sum
}
