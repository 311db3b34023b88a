import clsx from 'clsx'

import { share, usd, usdExact } from '../lib/money.ts'

/** What a name needs, as a part of the meter. */
const ROOM = 0.22

export type Mark = { readonly name: string; readonly at: bigint }

/**
 * An amount in a range with marks on the way: a value, not a progress; beyond its end it is full. Each mark has its name
 * and amount under it: what the meter says is text, never colour alone.
 */
export function Meter({
  label,
  value,
  max,
  marks,
  color,
}: {
  label: string
  value: bigint
  max: bigint
  marks: readonly Mark[]
  color: string
}) {
  const places = marks.map((mark) => share(mark.at, max))
  return (
    <>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(share(value, max) * 100))}
        aria-valuetext={`${usd(value)} of ${usd(max)}`}
        className="relative h-3"
      >
        <div className="absolute inset-0 overflow-hidden rounded-full bg-line">
          <div
            className="h-full rounded-full"
            style={{
              width: `${Math.min(1, share(value, max)) * 100}%`,
              background: color,
              minWidth: value > 0n ? 6 : 0,
            }}
          />
        </div>
        {places.map((place, at) => (
          <span
            key={marks[at]?.name}
            className="absolute -top-1 -bottom-1 w-[2px] bg-ink-2"
            style={{ left: `calc(${place * 100}% - ${place >= 1 ? 2 : 1}px)` }}
          />
        ))}
      </div>
      <dl className="relative mt-2 h-8 text-xs text-ink-2">
        {marks.map((mark, at) => {
          const place = places[at] ?? 0
          // To the left of its mark, or to the right where the one before it would be in the way.
          const left = place - (places[at - 1] ?? 0) < ROOM
          return (
            <div
              key={mark.name}
              className={clsx('absolute top-0', !left && 'text-right')}
              style={left ? { left: `${place * 100}%` } : { right: `${(1 - place) * 100}%` }}
            >
              <dt>{mark.name}</dt>
              <dd className="num font-medium text-ink" title={usdExact(mark.at)}>
                {usd(mark.at)}
              </dd>
            </div>
          )
        })}
      </dl>
    </>
  )
}
