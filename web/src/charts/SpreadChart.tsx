import { scaleLinear } from 'd3-scale'
import type { ReactNode } from 'react'

import { usdHeading } from '../lib/money.ts'
import { pixels, round } from './geometry.ts'
import { useWidth } from './useWidth.ts'

export type SpreadRow = {
  readonly key: string
  readonly name: ReactNode
  /** Null: nothing tells it. */
  readonly mid: bigint | null
  readonly low: bigint | null
  readonly high: bigint | null
  /** In place of the number. */
  readonly none?: string
  readonly chosen: boolean
  readonly onChoose: () => void
}

const HEIGHT = 20

/** One thing, several prices: a dot for each, and the range between bid and ask behind it. A row can be chosen. */
export function SpreadChart({ rows, label }: { rows: readonly SpreadRow[]; label: string }) {
  const { ref, width } = useWidth()
  const most = Math.max(1, ...rows.flatMap(({ mid, high }) => [pixels(mid ?? 0n), pixels(high ?? 0n)]))
  const x = scaleLinear()
    .domain([0, most])
    .range([6, Math.max(6, width - 8)])
  const at = (amount: bigint): number => round(x(pixels(amount)))
  return (
    <div role="group" aria-label={label} className="flex flex-col">
      {rows.map((row, index) => (
        <button
          key={row.key}
          type="button"
          aria-pressed={row.chosen}
          onClick={row.onChoose}
          className="grid min-h-9 grid-cols-[92px_minmax(0,1fr)_84px] items-center gap-3 rounded-lg px-2 text-left text-sm hover:bg-sunken aria-pressed:bg-sunken sm:grid-cols-[112px_minmax(0,1fr)_96px]"
        >
          <span className="truncate font-medium">{row.name}</span>
          <span
            ref={index === 0 ? ref : undefined}
            aria-hidden
            className="min-w-0"
            style={{ height: HEIGHT }}
          >
            {width > 0 && (
              <svg width={width} height={HEIGHT} className="block overflow-visible">
                <line x1={6} x2={width - 8} y1={10} y2={10} stroke="var(--line-strong)" />
                {row.low !== null && row.high !== null && (
                  <rect
                    x={at(row.low)}
                    y={6}
                    width={Math.max(2, at(row.high) - at(row.low))}
                    height={8}
                    rx={4}
                    fill="var(--spent-soft)"
                    stroke="var(--spent)"
                  />
                )}
                {row.mid !== null && (
                  <circle
                    cx={at(row.mid)}
                    cy={10}
                    r={row.chosen ? 6 : 4.5}
                    fill="var(--accent)"
                    stroke="var(--surface)"
                    strokeWidth={2}
                  />
                )}
              </svg>
            )}
          </span>
          <span className="num text-right font-medium">
            {row.mid === null ? (
              <span className="text-ink-3">{row.none ?? 'none'}</span>
            ) : (
              usdHeading(row.mid)
            )}
          </span>
        </button>
      ))}
    </div>
  )
}
