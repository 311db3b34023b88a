import { area, curveStepAfter, line } from 'd3-shape'
import { scaleLinear } from 'd3-scale'

import type { Asset, Millis } from '../lib/base.ts'
import { axisTicks, pixels, round, timeScale } from './geometry.ts'
import type { Frame, Step, Tick } from './geometry.ts'

/** Two staircases on one time line, as in "planned" and "if so". */
export type Moment = { readonly at: Millis; readonly before: bigint; readonly after: bigint }

/** Every moment at which one of the two changes, with both totals from then on. */
export function moments(before: readonly Step[], after: readonly Step[]): readonly Moment[] {
  const times = [...new Set([...before, ...after].map(({ at }) => at))].toSorted((a, b) => a - b)
  const totalAt = (steps: readonly Step[], at: Millis): bigint =>
    steps.findLast((step) => step.at <= at)?.total ?? 0n
  return times.map((at) => ({ at, before: totalAt(before, at), after: totalAt(after, at) }))
}

export type OverlayPaths = {
  readonly before: string
  readonly after: string
  readonly ground: string
  /** Between the two, where the second is below the first, and where it is above. */
  readonly less: string
  readonly more: string
  readonly points: readonly { readonly x: number; readonly before: number; readonly after: number }[]
  readonly ticks: readonly Tick[]
  readonly scale: ReturnType<typeof timeScale>
}

export function overlayPaths(
  all: readonly Moment[],
  span: { from: Millis; to: Millis },
  frame: Frame,
  asset: Asset,
): OverlayPaths {
  const scale = timeScale(span.from, span.to, frame)
  const base = frame.height - frame.bottom
  const most = Math.max(0, ...all.flatMap((one) => [pixels(one.before, asset), pixels(one.after, asset)]))
  const y = scaleLinear()
    .domain([0, most > 0 ? most : 1])
    .nice(4)
    .range([base, frame.top])
  const last = all.at(-1)
  const whole: readonly Moment[] = [
    { at: span.from, before: 0n, after: 0n },
    ...all,
    ...(last && last.at < span.to ? [{ ...last, at: span.to }] : []),
  ]
  const x = ({ at }: Moment): number => round(scale(at))
  const of = (which: 'before' | 'after') => (one: Moment) => round(y(pixels(one[which], asset)))
  const stairs = (which: 'before' | 'after'): string =>
    line<Moment>(x, of(which)).curve(curveStepAfter)(whole) ?? ''
  const gap = (wanted: (one: Moment) => boolean): string =>
    whole
      .slice(0, -1)
      .map((one, at) => {
        if (!wanted(one)) return ''
        const [left, right] = [x(one), x(whole[at + 1] ?? one)]
        return `M${left},${of('before')(one)}H${right}V${of('after')(one)}H${left}Z`
      })
      .join('')
  return {
    before: stairs('before'),
    after: stairs('after'),
    ground: area<Moment>(x, base, of('after')).curve(curveStepAfter)(whole) ?? '',
    less: gap((one) => one.after < one.before),
    more: gap((one) => one.after > one.before),
    points: all.map((one) => ({ x: x(one), before: of('before')(one), after: of('after')(one) })),
    ticks: axisTicks(y, asset),
    scale,
  }
}
