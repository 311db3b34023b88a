import { demandPrior, fitDemand } from '#valuation/demand-fit.ts'
import { grantValue, type Part } from '#valuation/grant-value.ts'
import { modelForwards, type PriceModel } from '#valuation/price-model.ts'

const GRANTS = 100_000
const MONTHS = 48
/** Accelerators, each with a price and a curve of its own. */
const MARKS = [2.9, 3.4, 5.3, 1.4, 2.1]

const model = (spot: number): PriceModel => ({
  spot,
  deviation: 0.1,
  reversion: 6,
  shortVolatility: 0.6,
  drift: -0.2,
  longVolatility: 0.3,
  correlation: 0.1,
  jumps: { intensity: 0.75, mean: -0.1, deviation: 0.3, lasting: true },
  glut: null,
})

/**
 * Marks 100,000 grants of 48 monthly parts one by one, each with its own quantity, leaving, tier and demand, and takes
 * their mean. Processor time, curves and demands included.
 */
export function markGrants(): { readonly milliseconds: number; readonly mean: number } {
  const from = process.threadCpuUsage()
  const curves = MARKS.map((mark) => modelForwards(model(mark), MONTHS))
  const prior = demandPrior({ active: 0.9, mean: 120, variation: 1.2 }, 6)
  let total = 0
  for (let grant = 0; grant < GRANTS; grant += 1) {
    const accelerator = grant % MARKS.length
    const quantity = 50 + (grant % 997)
    const parts = Array.from({ length: MONTHS }, (_, month): Part => ({
      years: (month + 1) / 12,
      quantity,
      months: 1,
    }))
    const used = 20 + (grant % 389)
    const value = grantValue(parts, {
      mark: MARKS[accelerator]!,
      forwards: curves[accelerator]!,
      rate: 0.045,
      hazard: 0.08 + (grant % 11) / 100,
      cliff: grant % 2,
      availability: 0.995,
      efficiency: 0.9,
      demand: fitDemand([used, 2 * used, 0, used / 2, used, 3 * used], prior),
    })
    total += value.expected
  }
  const { user, system } = process.threadCpuUsage(from)
  return { milliseconds: (user + system) / 1_000, mean: total / GRANTS }
}
