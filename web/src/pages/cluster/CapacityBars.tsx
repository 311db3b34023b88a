import type { Capacity } from '../../lib/cluster.ts'
import { gpus } from '../../lib/hours.ts'
import { count } from '../../lib/money.ts'
import { Time } from '../../ui/Time.tsx'

/** A bar for each kind of GPU: what is used, what gives way, what is free, what is down; the mark is what is promised. */
export const CapacityBars = ({ capacity }: { capacity: readonly Capacity[] }) => (
  <ul className="flex flex-col gap-5 border-t border-line px-4 py-5 sm:px-5">
    {capacity.map((one) => (
      <li key={one.accelerator}>
        <Bar one={one} />
      </li>
    ))}
  </ul>
)

function Bar({ one }: { one: Capacity }) {
  const firm = one.used - one.preemptible
  const parts = [
    { name: 'in use', value: firm, cue: 'cue-spent' },
    { name: 'in use by spot, gives way', value: one.preemptible, cue: 'cue-held' },
    { name: 'free', value: one.up - one.used, cue: 'cue-available' },
    { name: 'down', value: one.total - one.up, cue: 'cue-expired' },
  ]
  const scale = Math.max(one.total, one.promised, 1)
  const said = parts.map(({ name, value }) => `${value} ${name}`).join(', ')
  return (
    <>
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h3 className="text-sm font-medium">{one.accelerator}</h3>
        <p className="text-xs text-ink-3">
          looked at <Time at={one.at} /> UTC
        </p>
      </div>
      <div
        className="relative"
        role="img"
        aria-label={`${gpus(one.total)} ${one.accelerator}: ${said}; ${one.promised} promised`}
      >
        <div aria-hidden className="flex h-6 gap-[2px] overflow-hidden rounded-lg bg-sunken">
          {parts
            .filter(({ value }) => value > 0)
            .map(({ name, value, cue }) => (
              <span
                key={name}
                className={`${cue} block h-full`}
                style={{ width: `${(value / scale) * 100}%` }}
                title={`${value} ${name}`}
              />
            ))}
        </div>
        {one.promised > 0 && (
          <span
            aria-hidden
            className="absolute -top-1 -bottom-1 w-[2px] bg-ink"
            style={{ left: `calc(${(one.promised / scale) * 100}% - 1px)` }}
          />
        )}
      </div>
      <dl className="mt-2 grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-[repeat(auto-fit,minmax(112px,1fr))]">
        <Figure name="promised at once" value={one.promised} cue={null} />
        {parts
          .filter(({ name, value }) => value > 0 || name === 'free' || name === 'in use')
          .map(({ name, value, cue }) => (
            <Figure key={name} name={name} value={value} cue={cue} />
          ))}
      </dl>
    </>
  )
}

const Figure = ({ name, value, cue }: { name: string; value: number; cue: string | null }) => (
  <div>
    <dt className="flex items-center gap-2 text-sm text-ink-2">
      {cue ? (
        <span aria-hidden className={`${cue} inline-block size-3 shrink-0 rounded-[3px]`} />
      ) : (
        <span aria-hidden className="inline-block h-3 w-[2px] shrink-0 bg-ink" />
      )}
      {name}
    </dt>
    <dd className="num mt-0.5 text-base font-medium">{count(value)}</dd>
  </div>
)
