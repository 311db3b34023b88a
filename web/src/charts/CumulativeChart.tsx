import type { Asset, Millis } from '../lib/base.ts'
import { dayOf } from '../lib/base.ts'
import { amountShort, percent } from '../lib/money.ts'
import { dateWords } from '../lib/time.ts'
import { AmountAxis, DayMark, MonthAxis } from './Axes.tsx'
import { cumulativePaths, timeTicks } from './geometry.ts'
import type { Frame, Step } from './geometry.ts'
import { Plot, TipRow } from './Plot.tsx'

const HEIGHT = 232
const frameOf = (width: number): Frame => ({
  width,
  height: HEIGHT,
  left: 48,
  right: 10,
  top: 22,
  bottom: 26,
})

/** What has vested by each date, over all grants: solid up to today, the promise after it. */
export function CumulativeChart({
  steps,
  span,
  label,
  asset = 'USD',
  whole = 'Of all grants',
}: {
  steps: readonly Step[]
  span: { from: Millis; to: Millis; now: Millis }
  label: string
  asset?: Asset
  /** What the last step is the whole of. */
  whole?: string
}) {
  const total = steps.at(-1)?.total ?? 0n
  return (
    <Plot
      label={label}
      height={HEIGHT}
      centres={(width) => cumulativePaths(steps, span, frameOf(width), asset).points.map((point) => point.x)}
      draw={(width, cursor) => (
        <Stairs steps={steps} span={span} frame={frameOf(width)} asset={asset} cursor={cursor} />
      )}
      tip={(at) => {
        const step = steps[at]
        return (
          step && (
            <>
              <div className="mb-1 font-medium">{dateWords(dayOf(step.at))}</div>
              <TipRow
                name={step.at <= span.now ? 'Vested by then' : 'Will have vested'}
                value={amountShort(step.total, asset)}
              />
              <TipRow name={whole} value={percent(step.total, total)} />
            </>
          )
        )
      }}
      say={(at) => {
        const step = steps[at]
        return step ? `${dateWords(dayOf(step.at))}: ${amountShort(step.total, asset)} in all` : ''
      }}
    />
  )
}

function Stairs({
  steps,
  span,
  frame,
  asset,
  cursor,
}: {
  steps: readonly Step[]
  span: { from: Millis; to: Millis; now: Millis }
  frame: Frame
  asset: Asset
  cursor: number | null
}) {
  const paths = cumulativePaths(steps, span, frame, asset)
  const base = frame.height - frame.bottom
  const under = cursor === null ? undefined : paths.points[cursor]
  return (
    <>
      <AmountAxis ticks={paths.ticks} frame={frame} />
      <MonthAxis ticks={timeTicks(paths.scale)} frame={frame} />
      <path d={paths.pastArea} fill="var(--available-soft)" />
      <path d={paths.future} fill="none" stroke="var(--unvested)" strokeWidth="1.75" strokeDasharray="4 4" />
      <path d={paths.past} fill="none" stroke="var(--available)" strokeWidth="2" strokeLinejoin="round" />
      <DayMark x={paths.now.x} base={base} text="Today" within={[frame.left, frame.width - 22]} />
      <circle
        cx={paths.now.x}
        cy={paths.now.y}
        r="4"
        fill="var(--available)"
        stroke="var(--surface)"
        strokeWidth="2"
      />
      {under && (
        <>
          <line x1={under.x} x2={under.x} y1={frame.top} y2={base} stroke="var(--line-strong)" />
          <circle cx={under.x} cy={under.y} r="4" fill="var(--surface)" stroke="var(--ink)" strokeWidth="2" />
        </>
      )}
    </>
  )
}
