import { formatQuantity } from './base.ts'
import type { Asset, Tier } from './base.ts'
import type { Wait } from './cluster.ts'

/** How GPU time is told: hours with their GPUs, waits as people say them. */

/** "1,200.5": hours of GPU-seconds, where the GPU is named beside them. */
export const gpuHours = (seconds: bigint, asset: Asset): string =>
  formatQuantity(asset, seconds).split(' ')[0] ?? ''

/** "45 s", "12 min", "3 h 20 min", "2 days 4 h": two units at most, cut and never rounded up. */
export function spanWords(seconds: number): string {
  const whole = Math.floor(seconds)
  if (whole < 60) return seconds > 0 && whole === 0 ? 'under 1 s' : `${whole} s`
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 48 * 3_600) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min')
  return two(Math.floor(whole / 86_400), 'days', Math.floor((whole % 86_400) / 3_600), 'h')
}

const two = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`

export const waitWords = (wait: Wait): string =>
  wait === null ? 'none yet' : `${wait.kind === 'at_least' ? 'over ' : ''}${spanWords(wait.seconds)}`

/** "99.71 %": of a share as a decimal, cut after two digits so that it never says more than was kept. */
export function shareWords(share: string): string {
  const [whole = '0', rest = ''] = share.split('.')
  const digits = `${whole}${rest.padEnd(4, '0').slice(0, 4)}`.padStart(5, '0')
  const percent = `${Number(digits.slice(0, -2))}.${digits.slice(-2)}`
  return `${percent.replace(/\.?0+$/, '')}%`
}

export const gpus = (count: number): string =>
  count === 1 ? '1 GPU' : `${count.toLocaleString('en-US')} GPUs`

const TIER_WORDS: Readonly<Record<Tier, string>> = {
  guaranteed: 'Guaranteed',
  priority: 'Priority',
  spot: 'Spot',
}
export const laneWords = (accelerator: string, tier: Tier): string =>
  `${accelerator}, ${TIER_WORDS[tier].toLowerCase()}`
export const laneOf = (asset: Asset): { accelerator: string; tier: Tier } => {
  const [, accelerator = '', tier = 'spot'] = asset.split('/')
  return { accelerator, tier: tier === 'guaranteed' || tier === 'priority' ? tier : 'spot' }
}
export const assetWords = (asset: Asset): string => {
  const { accelerator, tier } = laneOf(asset)
  return laneWords(accelerator, tier)
}
