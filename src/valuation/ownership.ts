import { need } from './check.ts'

const HOURS_PER_YEAR = 8_760

/**
 * What an hour of an own accelerator costs at least, dollars:
 * [(capex - resid·capex/(1 + w)^L) · w / (1 - (1 + w)^-L) + capex·opex] / (8760·util) + kW·PUE·$/kWh.
 */
export function ownershipFloor(machine: {
  /** Dollars for one accelerator with its share of everything around it. */
  readonly capex: number
  /** Share of capex that it sells for at the end. */
  readonly residual: number
  readonly lifeYears: number
  /** Weighted cost of capital a year, compounded yearly. */
  readonly capitalCost: number
  /** Running cost a year, as a share of capex. */
  readonly opex: number
  /** Share of all hours that are used. */
  readonly utilization: number
  readonly kilowatts: number
  /** Power usage effectiveness; 1 when `kilowatts` already holds the cooling. */
  readonly pue: number
  readonly usdPerKwh: number
}): number {
  const { capex, residual, lifeYears, capitalCost, opex, utilization, kilowatts, pue, usdPerKwh } = machine
  need('positive', { lifeYears, utilization })
  need('share', { residual, utilization })
  need('notNegative', { capex, capitalCost, opex, kilowatts, pue, usdPerKwh })
  const discount = (1 + capitalCost) ** -lifeYears
  const perYear = capitalCost === 0 ? 1 / lifeYears : capitalCost / (1 - discount)
  const capital = capex * (1 - residual * discount) * perYear
  return (capital + capex * opex) / (HOURS_PER_YEAR * utilization) + kilowatts * pue * usdPerKwh
}
