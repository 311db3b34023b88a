import type { ReactNode } from 'react'

import { startOfDay } from '../lib/base.ts'
import { usd } from '../lib/money.ts'
import { dateWords } from '../lib/time.ts'
import { AmountAxis, MonthAxis } from './Axes.tsx'
import { timeTicks } from './geometry.ts'
import type { Frame } from './geometry.ts'
import { Plot, TipRow } from './Plot.tsx'
import { pricePaths } from './price.ts'
import type { PricePoint } from './price.ts'

const HEIGHT = 240
const frameOf = (width: number): Frame => ({
  width,
  height: HEIGHT,
  left: 48,
  right: 12,
  top: 12,
  bottom: 26,
})

/** What an hour cost over time: the mid, bid and ask behind it, dashed where the last price was carried on. */
export function PriceChart({
  points,
  label,
  note,
  open,
}: {
  points: readonly PricePoint[]
  label: string
  note: (at: number) => ReactNode
  open: (at: number) => void
}) {
  const shown = (at: number): PricePoint | undefined => points[at]
  return (
    <Plot
      label={label}
      height={HEIGHT}
      opens="what it is made of"
      centres={(width) => {
        const { scale } = pricePaths(points, frameOf(width))
        return points.map(({ day }) => scale(startOfDay(day)))
      }}
      draw={(width, cursor) => <Lines points={points} frame={frameOf(width)} cursor={cursor} />}
      tip={(at) => {
        const point = shown(at)
        return (
          point && (
            <>
              <div className="mb-1 font-medium">{dateWords(point.day)}</div>
              {point.mid === null ? (
                <p className="text-ink-2">no price</p>
              ) : (
                <>
                  {point.high !== null && <TipRow name="Ask" value={usd(point.high)} />}
                  <TipRow name="Mid" value={usd(point.mid)} />
                  {point.low !== null && <TipRow name="Bid" value={usd(point.low)} />}
                </>
              )}
              <div className="mt-1 text-ink-3">{note(at)}</div>
            </>
          )
        )
      }}
      say={(at) => {
        const point = shown(at)
        if (!point) return ''
        return `${dateWords(point.day)}: ${point.mid === null ? 'no price' : `${usd(point.mid)} an hour`}${point.old ? ', carried on' : ''}`
      }}
      open={open}
    />
  )
}

function Lines({
  points,
  frame,
  cursor,
}: {
  points: readonly PricePoint[]
  frame: Frame
  cursor: number | null
}) {
  const paths = pricePaths(points, frame)
  const base = frame.height - frame.bottom
  const under = paths.dots.find(({ at }) => at === cursor)
  return (
    <>
      <AmountAxis ticks={paths.ticks} frame={frame} />
      <MonthAxis ticks={timeTicks(paths.scale)} frame={frame} />
      <path d={paths.band} fill="var(--spent-soft)" opacity="0.7" />
      <path d={paths.dashed} fill="none" stroke="var(--spent)" strokeWidth="1.5" strokeDasharray="3 4" />
      <path d={paths.line} fill="none" stroke="var(--spent)" strokeWidth="2" strokeLinejoin="round" />
      {paths.dots.map(({ x, y, old, at }) => (
        <circle
          key={at}
          cx={x}
          cy={y}
          r={2.5}
          fill={old ? 'var(--surface)' : 'var(--spent)'}
          stroke="var(--spent)"
        />
      ))}
      {under && (
        <>
          <line x1={under.x} x2={under.x} y1={frame.top} y2={base} stroke="var(--line-strong)" />
          <circle
            cx={under.x}
            cy={under.y}
            r="4.5"
            fill="var(--surface)"
            stroke="var(--spent)"
            strokeWidth="2"
          />
        </>
      )}
    </>
  )
}
