import { scaleLinear } from 'd3-scale'

import { pixels, round } from './geometry.ts'

export type Fall = { readonly name: string; readonly amount: bigint; readonly kind: 'total' | 'part' }
export type FallBar = {
  readonly x: number
  readonly width: number
  /** Where the bar ends; the next one begins there. */
  readonly end: number
  readonly direction: 'total' | 'up' | 'down'
}

/**
 * Bars from left to right, one under another: totals from the base, parts from where the last one ended. The scale leaves
 * the base where parts are small beside the totals, so that they can still be seen.
 */
export function fallBars(
  falls: readonly Fall[],
  width: number,
): { readonly bars: readonly FallBar[]; readonly base: number; readonly cut: boolean } {
  let at = 0
  const spans = falls.map(({ amount, kind }) => {
    const size = pixels(amount)
    const from = kind === 'total' ? 0 : at
    at = kind === 'total' ? size : at + size
    return { from, to: at, kind }
  })
  const marks = spans.flatMap(({ from, to, kind }) => (kind === 'total' ? [to] : [from, to]))
  const [least, most] = [Math.min(0, ...marks), Math.max(0, ...marks)]
  const lowest = Math.min(...marks)
  const reach = most - lowest
  // Below a third of it nothing moves: the base is left out, and the chart says so.
  const cut = lowest > 0 && reach < most / 3
  const from = cut ? lowest - reach * 0.6 : least
  const x = scaleLinear()
    .domain([from, most > from ? most : from + 1])
    .range([0, width])
  const bars = spans.map(({ from: begin, to, kind }): FallBar => {
    const [a, b] = [x(kind === 'total' ? Math.max(from, Math.min(0, to)) : begin), x(to)]
    return {
      x: round(Math.min(a, b)),
      width: round(Math.max(1.5, Math.abs(b - a))),
      end: round(b),
      direction: kind === 'total' ? 'total' : to >= begin ? 'up' : 'down',
    }
  })
  return { bars, base: round(x(from)), cut }
}
