import clsx from 'clsx'

import type { ModelClass } from '../lib/base.ts'
import type { SpendDay } from '../lib/contract.ts'
import { count, nano, usd } from '../lib/money.ts'
import { dateShort, dateWords } from '../lib/time.ts'
import { CLASSES, dayBars, dayTicks } from './geometry.ts'
import type { Frame } from './geometry.ts'
import { Plot, TipRow } from './Plot.tsx'

const HEIGHT = 224
const frameOf = (width: number): Frame => ({ width, height: HEIGHT, left: 44, right: 2, top: 10, bottom: 26 })

export const classColor = (name: ModelClass): string => `var(--class-${name})`

export const ClassSwatch = ({ name }: { name: ModelClass }) => (
  <svg width="10" height="10" aria-hidden className="shrink-0">
    <rect width="10" height="10" rx="2.5" fill={classColor(name)} />
  </svg>
)

/** Spend by day, stacked by model class. */
export function SpendChart({
  days,
  label,
  open,
}: {
  days: readonly SpendDay[]
  label: string
  open: (day: SpendDay) => void
}) {
  const at = (index: number): SpendDay | undefined => days[index]
  return (
    <Plot
      label={label}
      height={HEIGHT}
      centres={(width) => dayBars(days, frameOf(width)).bars.map((bar) => bar.x + bar.width / 2)}
      draw={(width, cursor) => <Bars days={days} frame={frameOf(width)} cursor={cursor} />}
      tip={(index) => {
        const day = at(index)
        return day && <DayTip day={day} />
      }}
      say={(index) => {
        const day = at(index)
        return day ? `${dateWords(day.day)}: ${usd(nano(day.total))} in ${count(day.calls)} calls` : ''
      }}
      open={(index) => {
        const day = at(index)
        if (day) open(day)
      }}
    />
  )
}

function Bars({ days, frame, cursor }: { days: readonly SpendDay[]; frame: Frame; cursor: number | null }) {
  const { bars, ticks } = dayBars(days, frame)
  const labelled = dayTicks(
    bars,
    days.map((day) => day.day),
  )
  const under = cursor === null ? undefined : bars[cursor]
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick.at}>
          <line x1={frame.left} x2={frame.width} y1={tick.at + 0.5} y2={tick.at + 0.5} stroke="var(--line)" />
          <text
            x={frame.left - 8}
            y={tick.at + 4}
            textAnchor="end"
            fontSize="11"
            fill="var(--ink-3)"
            className="num"
          >
            {tick.label}
          </text>
        </g>
      ))}
      {under && (
        <rect
          x={under.x - under.width * 0.18}
          width={under.width * 1.36}
          y={frame.top}
          height={frame.height - frame.top - frame.bottom}
          fill="var(--sunken)"
        />
      )}
      {bars.map((bar, at) => (
        <g key={days[at]?.day} className={clsx(cursor !== null && cursor !== at && 'opacity-60')}>
          {bar.parts.map((part) => (
            <path key={part.class} d={part.path} fill={classColor(part.class)} />
          ))}
        </g>
      ))}
      {labelled.map((at) => {
        const bar = bars[at]
        const day = days[at]
        return (
          bar &&
          day && (
            <text
              key={day.day}
              x={Math.min(bar.x + bar.width / 2, frame.width - 18)}
              y={frame.height - 7}
              textAnchor="middle"
              fontSize="11"
              fill="var(--ink-3)"
            >
              {dateShort(day.day)}
            </text>
          )
        )
      })}
    </>
  )
}

const DayTip = ({ day }: { day: SpendDay }) => (
  <>
    <div className="mb-1 flex justify-between gap-3 font-medium">
      <span>{dateWords(day.day)}</span>
      <span className="num">{usd(nano(day.total))}</span>
    </div>
    {CLASSES.toReversed()
      .filter((name) => nano(day.by[name]) > 0n)
      .map((name) => (
        <TipRow key={name} swatch={<ClassSwatch name={name} />} name={name} value={usd(nano(day.by[name]))} />
      ))}
    <div className="mt-1 text-ink-3">
      {day.calls === 1 ? '1 call' : `${count(day.calls)} calls`} · UTC day
    </div>
  </>
)
