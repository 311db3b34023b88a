import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'

import { startOfDay } from '../lib/base.ts'
import type { Millis } from '../lib/base.ts'
import { axisTicks, pixels, round, timeScale } from './geometry.ts'
import type { Frame, Tick } from './geometry.ts'

/** A price on a day; null: nothing told it then. */
export type PricePoint = {
  readonly day: string
  readonly mid: bigint | null
  readonly low: bigint | null
  readonly high: bigint | null
  /** Fetched from an earlier day: drawn hollow, and dashed to. */
  readonly old: boolean
}

export type PricePaths = {
  readonly line: string
  /** Where the price is an old one. */
  readonly dashed: string
  /** Between bid and ask. */
  readonly band: string
  readonly dots: readonly {
    readonly x: number
    readonly y: number
    readonly old: boolean
    readonly at: number
  }[]
  readonly ticks: readonly Tick[]
  readonly scale: ReturnType<typeof timeScale>
}

export const NOWHERE: Millis = 0

/** A line through the days that have a price of their own, dashed where one was carried on; gaps stay gaps. */
export function pricePaths(points: readonly PricePoint[], frame: Frame): PricePaths {
  const times = points.map(({ day }) => startOfDay(day))
  const scale = timeScale(times[0] ?? NOWHERE, times.at(-1) ?? NOWHERE, frame)
  const most = Math.max(1, ...points.flatMap(({ mid, high }) => [pixels(mid ?? 0n), pixels(high ?? 0n)]))
  const y = scaleLinear()
    .domain([0, most])
    .nice(4)
    .range([frame.height - frame.bottom, frame.top])
  const at = (index: number): number => round(scale(times[index] ?? NOWHERE))
  const up = (amount: bigint): number => round(y(pixels(amount)))
  const indexes = points.map((_, index) => index)
  const told = (index: number): boolean => points[index]?.mid != null
  const path = line<number>()
    .x(at)
    .y((index) => up(points[index]?.mid ?? 0n))
  const band = area<number>()
    .defined((index) => points[index]?.low != null && points[index]?.high != null && !points[index].old)
    .x(at)
    .y0((index) => up(points[index]?.low ?? 0n))
    .y1((index) => up(points[index]?.high ?? 0n))
  return {
    line: path.defined((index) => told(index) && !points[index]!.old)(indexes) ?? '',
    dashed: path.defined(told)(indexes) ?? '',
    band: band(indexes) ?? '',
    dots: indexes.filter(told).map((index) => ({
      x: at(index),
      y: up(points[index]!.mid!),
      old: points[index]!.old,
      at: index,
    })),
    ticks: axisTicks(y, 'USD'),
    scale,
  }
}
