import { useState } from 'react'
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react'

import { nearest } from './geometry.ts'
import { useWidth } from './useWidth.ts'

const TIP_WIDTH = 232

/**
 * The frame that all charts share: measures itself, moves a cursor by pointer or arrow keys, shows the tip of the
 * mark under it and says it aloud; Enter opens the mark.
 */
export function Plot({
  label,
  height,
  centres,
  draw,
  tip,
  say,
  open,
  opens = 'its entries',
}: {
  label: string
  height: number
  centres: (width: number) => readonly number[]
  draw: (width: number, at: number | null) => ReactNode
  tip: (at: number) => ReactNode
  say: (at: number) => string
  open?: (at: number) => void
  /** What Enter opens, in words. */
  opens?: string
}) {
  const { ref, width } = useWidth()
  const [at, setAt] = useState<number | null>(null)
  const xs = width > 0 ? centres(width) : []
  const x = at === null ? null : (xs[at] ?? null)

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const found = nearest(xs, event.clientX - event.currentTarget.getBoundingClientRect().left)
    setAt(found < 0 ? null : found)
  }
  const step = (event: KeyboardEvent) => {
    const last = xs.length - 1
    if (last < 0) return
    const current = at ?? last
    const to =
      event.key === 'ArrowLeft'
        ? at === null
          ? last
          : current - 1
        : event.key === 'ArrowRight'
          ? at === null
            ? 0
            : current + 1
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? last
              : null
    if (to !== null) {
      event.preventDefault()
      setAt(Math.min(last, Math.max(0, to)))
    } else if (event.key === 'Escape') setAt(null)
    else if (event.key === 'Enter' && at !== null) open?.(at)
  }

  return (
    <div
      ref={ref}
      role="group"
      aria-roledescription="chart"
      aria-label={`${label} Use the arrow keys to read it${open ? `, Enter to open ${opens}` : ''}.`}
      tabIndex={0}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setAt(null)}
      onKeyDown={step}
      onBlur={() => setAt(null)}
      onClick={() => at !== null && open?.(at)}
      className={open ? 'relative cursor-pointer' : 'relative'}
      style={{ height }}
    >
      {width > 0 && (
        <svg width={width} height={height} aria-hidden className="block overflow-visible">
          {draw(width, at)}
        </svg>
      )}
      {at !== null && x !== null && (
        <div
          aria-hidden
          className="pointer-events-none absolute top-0 z-10 rounded-lg bg-surface px-3 py-2 text-xs shadow-float"
          style={{
            width: Math.min(TIP_WIDTH, width),
            left:
              x + 14 + TIP_WIDTH <= width
                ? x + 14
                : x - 14 - TIP_WIDTH >= 0
                  ? x - 14 - TIP_WIDTH
                  : Math.max(0, (width - TIP_WIDTH) / 2),
          }}
        >
          {tip(at)}
        </div>
      )}
      <p className="sr-only" aria-live="polite">
        {at !== null && say(at)}
      </p>
    </div>
  )
}

export const TipRow = ({
  swatch,
  name,
  value,
}: {
  swatch?: ReactNode
  name: ReactNode
  value: ReactNode
}) => (
  <div className="flex items-center justify-between gap-3 py-px">
    <span className="flex min-w-0 items-center gap-1.5 text-ink-2">
      {swatch}
      <span className="truncate">{name}</span>
    </span>
    <span className="num font-medium text-ink">{value}</span>
  </div>
)
