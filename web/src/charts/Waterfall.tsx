import clsx from 'clsx'
import type { ReactNode } from 'react'

import { usd } from '../lib/money.ts'
import { useWidth } from './useWidth.ts'
import { fallBars } from './waterfall.ts'
import type { Fall } from './waterfall.ts'

export type FallRow = Fall & {
  /** What it means, in a few words. */
  readonly says?: ReactNode
  /** The amount as its place tells it. */
  readonly text: string
}

const ROW = 18

/**
 * Why one amount became another: a list, each row with its bar where the one before ended. The list is the chart's own
 * table; the bars only draw it.
 */
export function Waterfall({ rows, label }: { rows: readonly FallRow[]; label: string }) {
  const { ref, width } = useWidth()
  const { bars, base, cut } = fallBars(rows, Math.max(0, width - 2))
  return (
    <div className="text-sm">
      <ol aria-label={label} className="flex flex-col">
        {rows.map((row, at) => {
          const bar = bars[at]
          const next = bars[at + 1]
          return (
            <li
              key={`${row.name} ${row.kind}`}
              className={clsx(
                'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 py-1.5 md:grid-cols-[minmax(200px,5fr)_minmax(0,6fr)_120px]',
                row.kind === 'total' && 'font-medium',
                at > 0 && 'border-t border-line',
              )}
            >
              <span className="min-w-0">
                {row.name}
                {row.says && (
                  <span className="block text-xs font-normal text-pretty text-ink-3">{row.says}</span>
                )}
              </span>
              <span
                ref={at === 0 ? ref : undefined}
                aria-hidden
                className="max-md:order-last max-md:col-span-2"
                style={{ height: ROW }}
              >
                {width > 0 && bar && (
                  <svg width={width} height={ROW} className="block overflow-visible">
                    <line x1={base + 0.5} x2={base + 0.5} y1={-8} y2={ROW + 8} stroke="var(--line)" />
                    {next && (
                      <line
                        x1={bar.end}
                        x2={bar.end}
                        y1={ROW - 2}
                        y2={ROW + 12}
                        stroke="var(--line-strong)"
                        strokeDasharray="2 2"
                      />
                    )}
                    <rect
                      x={bar.x}
                      y={2}
                      width={bar.width}
                      height={ROW - 4}
                      rx={2.5}
                      fill={FILL[bar.direction]}
                      stroke={bar.direction === 'down' ? 'var(--held)' : 'none'}
                    />
                    {cut && row.kind === 'total' && (
                      <path
                        d={`M${base + 7},${ROW - 1}l5,-${ROW - 2}M${base + 11},${ROW - 1}l5,-${ROW - 2}`}
                        stroke="var(--surface)"
                        strokeWidth="2"
                      />
                    )}
                  </svg>
                )}
              </span>
              <span className="num text-right" title={usd(row.amount)}>
                {row.text}
              </span>
            </li>
          )
        })}
      </ol>
      {cut && (
        <p className="mt-2 text-xs text-ink-3">
          The bars of the totals are cut short, so that what moved can be seen.
        </p>
      )}
    </div>
  )
}

/** Down is hollow where up is solid: the direction is told without colour too. */
const FILL = { total: 'var(--ink-3)', up: 'var(--available)', down: 'var(--held-soft)' } as const
