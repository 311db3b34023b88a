import clsx from 'clsx'
import type { ReactNode } from 'react'

import { sum, usd } from '../lib/money.ts'
import { dayTicks, stackBars } from './geometry.ts'
import type { Frame } from './geometry.ts'
import { Plot, TipRow } from './Plot.tsx'

const HEIGHT = 232
const frameOf = (width: number): Frame => ({ width, height: HEIGHT, left: 44, right: 2, top: 10, bottom: 26 })

export type Layer = { readonly name: string; readonly color: string }
export type Column = {
  /** Under the bar; */
  readonly tick: string
  /** in the tip and aloud. */
  readonly name: string
  readonly note: string
  /** Of the layers, in their order. */
  readonly amounts: readonly bigint[]
}

export const Swatch = ({ color }: { color: string }) => (
  <svg width="10" height="10" aria-hidden className="shrink-0">
    <rect width="10" height="10" rx="2.5" fill={color} />
  </svg>
)

/** Amounts over time, stacked by any property; the dearest layer stands at the base. */
export function StackChart({
  layers,
  columns,
  label,
  marked = -1,
  every,
  open,
}: {
  layers: readonly Layer[]
  columns: readonly Column[]
  label: string
  marked?: number
  /** Labels under every so many bars from the first on; else as many as fit, the last always. */
  every?: number
  open?: (at: number) => void
}) {
  return (
    <Plot
      label={label}
      height={HEIGHT}
      opens="what is behind it"
      centres={(width) => bars(columns, width).map((bar) => bar.x + bar.width / 2)}
      draw={(width, cursor) => (
        <Bars
          layers={layers}
          columns={columns}
          frame={frameOf(width)}
          cursor={cursor}
          marked={marked}
          every={every}
        />
      )}
      tip={(at) => columns[at] && <Tip layers={layers} column={columns[at]} />}
      say={(at) => {
        const column = columns[at]
        return column ? `${column.name}: ${usd(sum(column.amounts))}, ${column.note}` : ''
      }}
      {...(open && { open })}
    />
  )
}

const bars = (columns: readonly Column[], width: number) =>
  stackBars(
    columns.map((column) => column.amounts),
    frameOf(width),
  ).bars

function Bars({
  layers,
  columns,
  frame,
  cursor,
  marked,
  every,
}: {
  layers: readonly Layer[]
  columns: readonly Column[]
  frame: Frame
  cursor: number | null
  marked: number
  every: number | undefined
}) {
  const { bars: stacks, ticks } = stackBars(
    columns.map((column) => column.amounts),
    frame,
  )
  const labelled = every
    ? stacks.map((_, at) => at).filter((at) => at % every === 0)
    : dayTicks(
        stacks,
        columns.map((column) => column.tick),
      )
  const base = frame.height - frame.bottom
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
      {stacks.map(
        (stack, at) =>
          (at === cursor || at === marked) && (
            <rect
              key={`ground-${stack.x}`}
              x={stack.x - stack.width * 0.18}
              width={stack.width * 1.36}
              y={frame.top}
              height={base - frame.top}
              fill="var(--sunken)"
              stroke={at === marked ? 'var(--accent)' : 'none'}
            />
          ),
      )}
      {stacks.map((stack, at) => (
        <g key={stack.x} className={clsx(dimmed(at, cursor, marked) && 'opacity-60')}>
          {stack.parts.map((part) => (
            <path key={part.layer} d={part.path} fill={layers[part.layer]?.color ?? 'var(--series-rest)'} />
          ))}
        </g>
      ))}
      {labelled.map((at) => {
        const stack = stacks[at]
        return (
          stack && (
            <text
              key={stack.x}
              x={Math.min(stack.x + stack.width / 2, frame.width - 18)}
              y={frame.height - 7}
              textAnchor="middle"
              fontSize="11"
              fill="var(--ink-3)"
              className="num"
            >
              {columns[at]?.tick}
            </text>
          )
        )
      })}
    </>
  )
}

const dimmed = (at: number, cursor: number | null, marked: number): boolean =>
  cursor !== null ? at !== cursor : marked >= 0 && at !== marked

const Tip = ({ layers, column }: { layers: readonly Layer[]; column: Column }) => (
  <>
    <div className="mb-1 flex justify-between gap-3 font-medium">
      <span>{column.name}</span>
      <span className="num">{usd(sum(column.amounts))}</span>
    </div>
    {layers.map(
      (layer, at): ReactNode =>
        (column.amounts[at] ?? 0n) !== 0n && (
          <TipRow
            key={layer.name}
            swatch={<Swatch color={layer.color} />}
            name={layer.name}
            value={usd(column.amounts[at] ?? 0n)}
          />
        ),
    )}
    <div className="mt-1 text-ink-3">{column.note} · UTC</div>
  </>
)
