import type { Frame, Tick } from './geometry.ts'

/** The marks of amounts, with their lines across the frame. */
export const AmountAxis = ({ ticks, frame }: { ticks: readonly Tick[]; frame: Frame }) =>
  ticks.map((tick) => (
    <g key={tick.at}>
      <line
        x1={frame.left}
        x2={frame.width - frame.right}
        y1={tick.at + 0.5}
        y2={tick.at + 0.5}
        stroke="var(--line)"
      />
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
  ))

/** The marks of months; `from` is as far left as one may be written. */
export const MonthAxis = ({
  ticks,
  frame,
  from = frame.left,
}: {
  ticks: readonly Tick[]
  frame: Frame
  from?: number
}) =>
  ticks.map((tick) => (
    <text
      key={tick.at}
      x={Math.min(Math.max(tick.at, from), frame.width - 16)}
      y={frame.height - 7}
      textAnchor="middle"
      fontSize="11"
      fill="var(--ink-3)"
    >
      {tick.label}
    </text>
  ))

/** A day of the chart that is named: the line down, and its word above, kept inside `within`. */
export const DayMark = ({
  x,
  base,
  text,
  within: [low, high],
}: {
  x: number
  base: number
  text: string
  within: readonly [number, number]
}) => (
  <>
    <line x1={x} x2={x} y1={16} y2={base} stroke="var(--ink)" strokeDasharray="2 3" />
    <text
      x={Math.min(Math.max(x, low), high)}
      y={11}
      textAnchor="middle"
      fontSize="11"
      fontWeight="600"
      fill="var(--ink)"
    >
      {text}
    </text>
  </>
)
