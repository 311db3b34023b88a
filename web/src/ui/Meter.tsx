import { share, usd } from '../lib/money.ts'

export type Mark = { readonly name: string; readonly at: bigint }

/** An amount in a range with marks on the way: a value, not a progress. What it says is text, never colour alone. */
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
  const end = value > max ? value : max
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share(value, end) * 100)}
      aria-valuetext={`${usd(value)} of ${usd(max)}`}
      className="relative h-3"
    >
      <div className="absolute inset-0 overflow-hidden rounded-full bg-line">
        <div
          className="h-full rounded-full"
          style={{ width: `${share(value, end) * 100}%`, background: color, minWidth: value > 0n ? 4 : 0 }}
        />
      </div>
      {marks.map((mark) => (
        <span
          key={mark.name}
          title={`${mark.name} at ${usd(mark.at)}`}
          className="absolute -top-1 -bottom-1 w-[2px] bg-ink-2"
          style={{ left: `calc(${share(mark.at, end) * 100}% - ${mark.at >= end ? 2 : 1}px)` }}
        />
      ))}
    </div>
  )
}
