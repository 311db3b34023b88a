import { need } from './check.ts'

const HOURS_PER_MONTH = 730

/**
 * Mean hours between interruptions, reading a share `rate` of interrupted machines in 730 hours as a constant hazard: -730 / ln(1 - f).
 * Never from a cloud's advisor bucket: traces show interruptions a thousand times as often as that reading says.
 */
export function meantimeOfRate(rate: number): number {
  need('share', { rate })
  return rate === 0 ? Infinity : -HOURS_PER_MONTH / Math.log1p(-rate)
}
