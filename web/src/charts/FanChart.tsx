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

/** What a price is expected to be, and between which two it lies in nine of ten outcomes. */
export function FanChart({ points, label }: { points: readonly PricePoint[]; label: string }) {
  return (
    <Plot
      label={label}
      height={HEIGHT}
      centres={(width) => {
        const { scale } = pricePaths(points, frameOf(width))
        return points.map(({ day }) => scale(startOfDay(day)))
      }}
      draw={(width, cursor) => <Fan points={points} frame={frameOf(width)} cursor={cursor} />}
      tip={(at) => {
        const point = points[at]
        return (
          point && (
            <>
              <div className="mb-1 font-medium">{dateWords(point.day)}</div>
              <TipRow name="High" value={usd(point.high ?? 0n)} />
              <TipRow name="Expected" value={usd(point.mid ?? 0n)} />
              <TipRow name="Low" value={usd(point.low ?? 0n)} />
            </>
          )
        )
      }}
      say={(at) => {
        const point = points[at]
        return point
          ? `${dateWords(point.day)}: ${usd(point.mid ?? 0n)} expected, ${usd(point.low ?? 0n)} to ${usd(point.high ?? 0n)}`
          : ''
      }}
    />
  )
}

function Fan({
  points,
  frame,
  cursor,
}: {
  points: readonly PricePoint[]
  frame: Frame
  cursor: number | null
}) {
  const paths = pricePaths(points, frame)
  const under = paths.dots.find(({ at }) => at === cursor)
  return (
    <>
      <AmountAxis ticks={paths.ticks} frame={frame} />
      <MonthAxis ticks={timeTicks(paths.scale)} frame={frame} />
      <path d={paths.band} fill="var(--spent-soft)" opacity="0.7" />
      <path d={paths.line} fill="none" stroke="var(--spent)" strokeWidth="2" strokeLinejoin="round" />
      {under && (
        <>
          <line
            x1={under.x}
            x2={under.x}
            y1={frame.top}
            y2={frame.height - frame.bottom}
            stroke="var(--line-strong)"
          />
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
