/** (1 - e^(-rate·years)) / rate: what one dollar a year, paid evenly for `years`, is worth today; `years` when the rate is 0. */
export const annuity = (rate: number, years: number): number =>
  Math.abs(rate * years) < 1e-17 ? years : -Math.expm1(-rate * years) / rate
