import { need } from './check.ts'
import { confidence, type Confidence } from './fit.ts'

/** Leaving a year, continuous, of a share `leaving` a year: -ln(1 - share). */
export function hazardOfTurnover(leaving: number): number {
  need('share', { leaving })
  return -Math.log1p(-leaving)
}

const FEW_LEAVERS = 10

/**
 * Leaving a year, continuous, from what was seen: (prior.hazard · prior.years + leavers) / (prior.years + person-years), the mean of a
 * gamma posterior. `prior.years` says how many person-years the prior is worth; `error` is one standard deviation.
 */
export function fitHazard(
  seen: { readonly leavers: number; readonly personYears: number },
  prior: { readonly hazard: number; readonly years: number },
): { readonly hazard: number; readonly error: number } & Confidence {
  need('notNegative', { leavers: seen.leavers, personYears: seen.personYears, 'prior.hazard': prior.hazard })
  need('positive', { 'prior.years': prior.years })
  const events = prior.hazard * prior.years + seen.leavers
  const exposure = prior.years + seen.personYears
  return {
    hazard: events / exposure,
    error: Math.sqrt(events) / exposure,
    ...confidence([
      [
        seen.leavers < FEW_LEAVERS,
        `only ${seen.leavers} people have left; ${FEW_LEAVERS} or more make a rate`,
      ],
      [seen.personYears < prior.years, 'the assumed turnover weighs more than what was seen'],
    ]),
  }
}
