import { scaleBand, scaleLinear, scaleUtc } from 'd3-scale'
import { area, curveStepAfter, line, stack } from 'd3-shape'

import { NANO_PER_USD, PER_UNIT, denominationOf, startOfDay } from '../lib/base.ts'
import type { Asset, DateText, Millis, ModelClass } from '../lib/base.ts'
import type { SpendDay, Tranche } from '../lib/contract.ts'
import { nano, usdShort } from '../lib/money.ts'

/** The one place where an amount becomes a number: pixel positions, never a figure. */
export const pixels = (amount: bigint, asset: Asset = 'USD'): number =>
  Number(amount) / Number(asset === 'USD' ? NANO_PER_USD : PER_UNIT[denominationOf(asset)])

export type Frame = {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}
export type Tick = { readonly at: number; readonly label: string }

/** From the bottom of a bar to its top. */
export const CLASSES: readonly ModelClass[] = ['embedding', 'small', 'standard', 'frontier']

export const round = (value: number): number => Math.round(value * 100) / 100

const moneyScale = (max: number, frame: Frame) =>
  scaleLinear()
    .domain([0, max > 0 ? max : 1])
    .nice(4)
    .range([frame.height - frame.bottom, frame.top])

const moneyTicks = (scale: ReturnType<typeof moneyScale>): Tick[] =>
  scale.ticks(4).map((value) => ({
    at: round(scale(value)),
    label: value === 0 ? '$0' : usdShort(BigInt(Math.round(value * 1e9))).replace(/\.00$/, ''),
  }))

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 })
/** Marks of a quantity that is no money: its unit is told beside the chart. */
const plainTicks = (scale: ReturnType<typeof moneyScale>): Tick[] =>
  scale.ticks(4).map((value) => ({ at: round(scale(value)), label: compact.format(value) }))

/** Marks of any asset's axis. */
export const axisTicks = (scale: ReturnType<typeof moneyScale>, asset: Asset): Tick[] =>
  asset === 'USD' ? moneyTicks(scale) : plainTicks(scale)

export type DayBar = {
  readonly x: number
  readonly width: number
  readonly top: number
  readonly parts: readonly { readonly class: ModelClass; readonly path: string }[]
}

/** Bars of days, stacked by class; the topmost part of each bar has round corners. */
export function dayBars(days: readonly SpendDay[], frame: Frame): { bars: DayBar[]; ticks: Tick[] } {
  const y = moneyScale(Math.max(0, ...days.map((day) => pixels(nano(day.total)))), frame)
  const x = scaleBand<number>()
    .domain(days.map((_, at) => at))
    .range([frame.left, frame.width - frame.right])
    .paddingInner(0.28)
    .paddingOuter(0.14)
  const series = stack<SpendDay, ModelClass>()
    .keys(CLASSES)
    .value((day, name) => pixels(nano(day.by[name])))(days)
  const width = round(x.bandwidth())
  const bars = days.map((day, at) => {
    const left = round(x(at) ?? 0)
    const spans = series
      .map((layer) => ({ class: layer.key, low: layer[at]?.[0] ?? 0, high: layer[at]?.[1] ?? 0 }))
      .filter((span) => span.high > span.low)
    return {
      x: left,
      width,
      top: round(y(pixels(nano(day.total)))),
      parts: spans.map((span, index) => ({
        class: span.class,
        path: barPath({
          x: left,
          width,
          top: y(span.high),
          // A hair of surface between parts, so that neighbours are told apart without colour.
          base: y(span.low) - (index > 0 ? 1 : 0),
          radius: index === spans.length - 1 ? Math.min(3, width / 2) : 0,
        }),
      })),
    }
  })
  return { bars, ticks: moneyTicks(y) }
}

export type StackBar = {
  readonly x: number
  readonly width: number
  readonly parts: readonly { readonly layer: number; readonly path: string }[]
}

/** Bars of columns of amounts, the first layer at the base. A correction below zero has no height: the table tells it. */
export function stackBars(
  columns: readonly (readonly bigint[])[],
  frame: Frame,
): { bars: StackBar[]; ticks: Tick[] } {
  const sizes = columns.map((amounts) => amounts.map((amount) => Math.max(0, pixels(amount))))
  const heights = sizes.map((column) => column.reduce((sum, size) => sum + size, 0))
  const y = moneyScale(Math.max(0, ...heights), frame)
  const x = scaleBand<number>()
    .domain(columns.map((_, at) => at))
    .range([frame.left, frame.width - frame.right])
    .paddingInner(0.28)
    .paddingOuter(0.14)
  const width = round(x.bandwidth())
  const bars = sizes.map((column, at) => {
    const left = round(x(at) ?? 0)
    let low = 0
    const spans = column.flatMap((size, layer) => {
      const span = { layer, low, high: low + size }
      low += size
      return size > 0 ? [span] : []
    })
    return {
      x: left,
      width,
      parts: spans.map((span, index) => ({
        layer: span.layer,
        path: barPath({
          x: left,
          width,
          top: y(span.high),
          base: y(span.low) - (index > 0 ? 1 : 0),
          radius: index === spans.length - 1 ? Math.min(3, width / 2) : 0,
        }),
      })),
    }
  })
  return { bars, ticks: moneyTicks(y) }
}

/** A bar as a path, at least half a pixel high, with round corners at the top only. */
export function barPath(bar: {
  x: number
  width: number
  top: number
  base: number
  radius: number
}): string {
  const height = Math.max(0.5, bar.base - bar.top)
  const radius = round(Math.min(bar.radius, height / 3))
  const [left, right] = [round(bar.x), round(bar.x + bar.width)]
  const [top, base] = [round(bar.base - height), round(bar.base)]
  if (radius === 0) return `M${left},${base}V${top}H${right}V${base}Z`
  return (
    `M${left},${base}V${round(top + radius)}A${radius},${radius},0,0,1,${round(left + radius)},${top}` +
    `H${round(right - radius)}A${radius},${radius},0,0,1,${right},${round(top + radius)}V${base}Z`
  )
}

/** Every n-th day gets a label, so that labels keep `room` pixels; the last day always has one. */
export function dayTicks(
  bars: readonly { readonly x: number }[],
  days: readonly string[],
  room = 64,
): number[] {
  const first = bars[0]
  const second = bars[1]
  if (!first) return []
  const step = second ? Math.max(1, Math.ceil(room / Math.max(1, second.x - first.x))) : 1
  return days.map((_, at) => at).filter((at) => (days.length - 1 - at) % step === 0)
}

export const timeScale = (from: Millis, to: Millis, frame: Frame) =>
  scaleUtc()
    .domain([from, to > from ? to : from + 1])
    .range([frame.left, frame.width - frame.right])

const tickMonth = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short' })

/** Month marks; January carries its year, and so does the first mark. */
export function timeTicks(scale: ReturnType<typeof timeScale>, room = 76): Tick[] {
  const [low = 0, high = 0] = scale.range()
  const wanted = Math.max(2, Math.floor((high - low) / room))
  return scale
    .ticks(wanted)
    .filter((date) => date.getUTCDate() === 1)
    .map((date, at) => {
      const year = date.getUTCFullYear()
      const month = tickMonth.format(date)
      const label = date.getUTCMonth() === 0 ? String(year) : at === 0 ? `${month} ${year}` : month
      return { at: round(scale(date)), label }
    })
}

export type TrancheBar = {
  readonly x: number
  readonly width: number
  readonly whole: string
  /** Spent part, from the base up; null when nothing was spent. */
  readonly spent: string | null
  /** Expired part, from the top down. */
  readonly expired: string | null
  readonly top: number
}

/** One bar per tranche on a time line, as high as its quantity; what was spent is laid over what vested. */
export function trancheBars(
  tranches: readonly Tranche[],
  span: { from: Millis; to: Millis },
  frame: Frame,
): { bars: TrancheBar[]; scale: ReturnType<typeof timeScale> } {
  const scale = timeScale(span.from, span.to, frame)
  const centres = tranches.map((tranche) => scale(startOfDay(tranche.date)))
  const gaps = centres.slice(1).map((centre, at) => centre - (centres[at] ?? centre))
  const width = round(Math.min(22, Math.max(2, Math.min(40, ...gaps) * 0.68)))
  const largest = Math.max(0, ...tranches.map((tranche) => pixels(nano(tranche.quantity))))
  const y = scaleLinear()
    .domain([0, largest || 1])
    .range([frame.height - frame.bottom, frame.top])
  const base = frame.height - frame.bottom
  const bars = tranches.map((tranche, at) => {
    const x = round((centres[at] ?? 0) - width / 2)
    const quantity = pixels(nano(tranche.quantity))
    const spent = pixels(nano(tranche.spent) + nano(tranche.held))
    const expired = pixels(nano(tranche.expired))
    const bar = (low: number, high: number): string =>
      barPath({ x, width, top: y(high), base: y(low), radius: high >= quantity ? Math.min(3, width / 2) : 0 })
    return {
      x,
      width,
      top: round(y(quantity)),
      whole: barPath({ x, width, top: y(quantity), base, radius: Math.min(3, width / 2) }),
      spent: spent > 0 ? bar(0, spent) : null,
      expired: expired > 0 ? bar(quantity - expired, quantity) : null,
    }
  })
  return { bars, scale }
}

export type Step = { readonly at: Millis; readonly total: bigint }

/** Running totals by date; forfeited tranches never add. */
export function cumulative(tranches: readonly Pick<Tranche, 'date' | 'quantity' | 'state'>[]): Step[] {
  const byDate = new Map<DateText, bigint>()
  for (const tranche of tranches) {
    if (tranche.state === 'forfeited') continue
    byDate.set(tranche.date, (byDate.get(tranche.date) ?? 0n) + nano(tranche.quantity))
  }
  let total = 0n
  return [...byDate.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([date, quantity]) => ({ at: startOfDay(date), total: (total += quantity) }))
}

export type CumulativePaths = {
  readonly past: string
  readonly pastArea: string
  readonly future: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly ticks: readonly Tick[]
  readonly scale: ReturnType<typeof timeScale>
  readonly now: { readonly x: number; readonly y: number }
}

/** A staircase: solid up to now, the promise after it. */
export function cumulativePaths(
  steps: readonly Step[],
  span: { from: Millis; to: Millis; now: Millis },
  frame: Frame,
  asset: Asset = 'USD',
): CumulativePaths {
  const scale = timeScale(span.from, span.to, frame)
  const y = moneyScale(pixels(steps.at(-1)?.total ?? 0n, asset), frame)
  const base = frame.height - frame.bottom
  const now = Math.min(Math.max(span.now, span.from), span.to)
  const reached = steps.filter((step) => step.at <= now).at(-1)?.total ?? 0n
  const past = [
    { at: span.from, total: 0n },
    ...steps.filter((step) => step.at <= now),
    { at: now, total: reached },
  ]
  const future = [{ at: now, total: reached }, ...steps.filter((step) => step.at > now)]
  const last = steps.at(-1)?.total ?? 0n
  if (span.to > now) future.push({ at: span.to, total: last })
  const x = (step: Step): number => round(scale(step.at))
  const height = (step: Step): number => round(y(pixels(step.total, asset)))
  const stairs = line<Step>(x, height).curve(curveStepAfter)
  const ground = area<Step>(x, base, height).curve(curveStepAfter)
  return {
    past: stairs(past) ?? '',
    pastArea: ground(past) ?? '',
    future: stairs(future) ?? '',
    points: steps.map((step) => ({ x: x(step), y: height(step) })),
    ticks: asset === 'USD' ? moneyTicks(y) : plainTicks(y),
    scale,
    now: { x: round(scale(now)), y: round(y(pixels(reached, asset))) },
  }
}

/** The index whose centre is nearest to x; -1 when there is none. */
export function nearest(centres: readonly number[], x: number): number {
  let best = -1
  for (const [at, centre] of centres.entries()) {
    if (best < 0 || Math.abs(centre - x) < Math.abs((centres[best] ?? 0) - x)) best = at
  }
  return best
}
