import { useId } from 'react'

import { dayOf } from '../lib/base.ts'
import type { Asset, DateText, Millis } from '../lib/base.ts'
import { startOfDay } from '../lib/base.ts'
import { amountShort, amountSigned } from '../lib/money.ts'
import { dateWords } from '../lib/time.ts'
import { Amount } from '../ui/Amount.tsx'
import { Table, Td, Th, Tr } from '../ui/Table.tsx'
import { DateOf } from '../ui/Time.tsx'
import { AmountAxis, DayMark, MonthAxis } from './Axes.tsx'
import { timeTicks } from './geometry.ts'
import type { Frame } from './geometry.ts'
import { overlayPaths } from './overlay.ts'
import type { Moment } from './overlay.ts'
import { Patterns } from './Patterns.tsx'
import { Plot, TipRow } from './Plot.tsx'

const HEIGHT = 240
const frameOf = (width: number): Frame => ({
  width,
  height: HEIGHT,
  left: 48,
  right: 10,
  top: 22,
  bottom: 26,
})

export type OverlayNames = { readonly before: string; readonly after: string }
type Shown = {
  readonly all: readonly Moment[]
  readonly asset: Asset
  readonly names: OverlayNames
}

/** Two schedules laid over each other: dashed as it was, solid as it would be, lines where something is lost. */
export function OverlayChart({
  all,
  asset,
  names,
  span,
  mark,
  label,
}: Shown & {
  span: { from: Millis; to: Millis }
  /** The day from which the two differ. */
  mark: { readonly on: DateText; readonly text: string }
  label: string
}) {
  return (
    <Plot
      label={label}
      height={HEIGHT}
      centres={(width) => overlayPaths(all, span, frameOf(width), asset).points.map(({ x }) => x)}
      draw={(width, cursor) => (
        <Stairs all={all} asset={asset} span={span} mark={mark} frame={frameOf(width)} cursor={cursor} />
      )}
      tip={(at) => {
        const moment = all[at]
        return (
          moment && (
            <>
              <div className="mb-1 font-medium">{dateWords(dayOf(moment.at))}</div>
              <TipRow name={names.before} value={amountShort(moment.before, asset)} />
              <TipRow name={names.after} value={amountShort(moment.after, asset)} />
            </>
          )
        )
      }}
      say={(at) => {
        const moment = all[at]
        if (!moment) return ''
        const { before, after } = moment
        return `${dateWords(dayOf(moment.at))}: ${names.before} ${amountShort(before, asset)}, ${names.after} ${amountShort(after, asset)}`
      }}
    />
  )
}

function Stairs({
  all,
  asset,
  span,
  mark,
  frame,
  cursor,
}: {
  all: readonly Moment[]
  asset: Asset
  span: { from: Millis; to: Millis }
  mark: { readonly on: DateText; readonly text: string }
  frame: Frame
  cursor: number | null
}) {
  const id = useId()
  const paths = overlayPaths(all, span, frame, asset)
  const base = frame.height - frame.bottom
  const under = cursor === null ? undefined : paths.points[cursor]
  const marked = Math.min(Math.max(paths.scale(startOfDay(mark.on)), frame.left), frame.width - frame.right)
  return (
    <>
      <Patterns id={id} />
      <AmountAxis ticks={paths.ticks} frame={frame} />
      <MonthAxis ticks={timeTicks(paths.scale)} frame={frame} />
      <path d={paths.ground} fill="var(--available-soft)" />
      <path d={paths.less} fill={`url(#${id}-lost)`} opacity="0.8" />
      <path d={paths.more} fill="var(--accent-soft)" />
      <path d={paths.before} fill="none" stroke="var(--unvested)" strokeWidth="1.75" strokeDasharray="4 4" />
      <path d={paths.after} fill="none" stroke="var(--available)" strokeWidth="2" strokeLinejoin="round" />
      <DayMark x={marked} base={base} text={mark.text} within={[frame.left + 24, frame.width - 36]} />
      {under && (
        <>
          <line x1={under.x} x2={under.x} y1={frame.top} y2={base} stroke="var(--line-strong)" />
          <circle
            cx={under.x}
            cy={under.before}
            r="3.5"
            fill="var(--surface)"
            stroke="var(--unvested)"
            strokeWidth="2"
          />
          <circle
            cx={under.x}
            cy={under.after}
            r="4"
            fill="var(--surface)"
            stroke="var(--available)"
            strokeWidth="2"
          />
        </>
      )}
    </>
  )
}

/** The same as a table: every day on which one of the two changes. */
export const OverlayTable = ({ all, asset, names }: Shown) => (
  <Table label={`${names.before} and ${names.after}`}>
    <thead>
      <tr>
        <Th>Date</Th>
        <Th right>{names.before}</Th>
        <Th right>{names.after}</Th>
        <Th right wide>
          Difference
        </Th>
      </tr>
    </thead>
    <tbody>
      {all.map(({ at, before, after }) => (
        <Tr key={at}>
          <Td className="whitespace-nowrap">
            <DateOf date={dayOf(at)} />
          </Td>
          <Td right>
            <Amount value={before} asset={asset} />
          </Td>
          <Td right>
            <Amount value={after} asset={asset} />
          </Td>
          <Td right wide className="text-ink-2">
            {after === before ? '–' : amountSigned(after - before, asset)}
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
