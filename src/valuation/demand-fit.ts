import { need } from './check.ts'
import type { Demand } from './demand.ts'
import { confidence, type Confidence, meanOf, squaresOf } from './fit.ts'

/**
 * What is believed about a person's monthly use before seeing any of it: the share of months with use, mean and variance of the logs of
 * use, and how many months that belief is worth.
 */
export type DemandPrior = {
  readonly active: number
  readonly logMean: number
  readonly logVariance: number
  readonly months: number
}

/** A prior from a mean and a coefficient of variation, in the unit of the grant. */
export function demandPrior({ active, mean, variation }: Demand, months: number): DemandPrior {
  need('share', { active })
  need('positive', { mean, months })
  need('notNegative', { variation })
  const logVariance = Math.log1p(variation ** 2)
  return { active, logMean: Math.log(mean) - logVariance / 2, logVariance, months }
}

const FEW_MONTHS = 6

/**
 * A person's demand from metered months (0: a month without use), drawn towards the prior: few months say little, many speak for
 * themselves. Normal and inverse-gamma updates on logs, a beta update for the share of active months. Months in which a cap was used
 * up tell less than the demand; leave them out or call the answer a lower bound.
 */
export function fitDemand(months: readonly number[], prior: DemandPrior): Demand & Confidence {
  need('positive', { 'prior.months': prior.months })
  need('share', { 'prior.active': prior.active })
  need('finite', { 'prior.logMean': prior.logMean })
  need('notNegative', { 'prior.logVariance': prior.logVariance })
  months.forEach((used, index) => need('notNegative', { [`months[${index}]`]: used }))
  const logs = months.filter((used) => used > 0).map(Math.log)
  const count = logs.length
  const own = count === 0 ? prior.logMean : meanOf(logs)
  const logMean = (prior.months * prior.logMean + count * own) / (prior.months + count)
  const between = ((prior.months * count) / (prior.months + count)) * (own - prior.logMean) ** 2
  const logVariance = (prior.months * prior.logVariance + squaresOf(logs) + between) / (prior.months + count)
  return {
    active: (prior.months * prior.active + count) / (prior.months + months.length),
    mean: Math.exp(logMean + logVariance / 2),
    variation: Math.sqrt(Math.expm1(logVariance)),
    ...confidence([
      [count < FEW_MONTHS, `only ${count} months with use; ${FEW_MONTHS} or more make a habit`],
      [months.length < prior.months, 'what colleagues use weighs more than what this person used'],
    ]),
  }
}

/**
 * What a cohort's metered months say about one more of them: its pooled logs, and as weight the ratio of what varies within a person to what
 * varies between people (empirical Bayes by one-way analysis of variance), from 1 to 60 months. Null when fewer than three people
 * used anything in two months or more.
 */
export function cohortPrior(people: readonly (readonly number[])[]): DemandPrior | null {
  const logs = people
    .map((months) => months.filter((used) => used > 0).map(Math.log))
    .filter(({ length }) => length >= 2)
  if (logs.length < 3) return null
  const count = logs.reduce((sum, { length }) => sum + length, 0)
  const within = logs.reduce((sum, own) => sum + squaresOf(own), 0) / (count - logs.length)
  const logMean = logs.reduce((sum, own) => sum + meanOf(own) * own.length, 0) / count
  const around = logs.reduce((sum, own) => sum + own.length * (meanOf(own) - logMean) ** 2, 0)
  const size = (count - logs.reduce((sum, { length }) => sum + length ** 2, 0) / count) / (logs.length - 1)
  const between = Math.max(0, (around / (logs.length - 1) - within) / size)
  const all = people.flat()
  return {
    active: all.filter((used) => used > 0).length / all.length,
    logMean,
    // What one more person's months vary by: within and between.
    logVariance: within + between,
    months: Math.min(60, Math.max(1, between === 0 ? 60 : within / between)),
  }
}
