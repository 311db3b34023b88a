import type { Source } from '../../lib/cluster.ts'
import type { Instant } from '../../lib/contract.ts'
import { ageWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Time } from '../../ui/Time.tsx'

/** A cluster that was not seen for so long is told to be stale. */
const STALE_MS = 2 * 60_000

/** Where what is shown comes from, and how old it is. */
export function SourceNote({ clusters, asOf }: { clusters: readonly Source[]; asOf: Instant }) {
  const now = useNow()()
  if (clusters.length === 0)
    return (
      <p className="mt-2 text-sm text-ink-2">
        No cluster knows a login of this account. Your platform team adds it with{' '}
        <code className="font-mono text-xs">perq cluster login</code>.
      </p>
    )
  return (
    <ul className="mt-2 flex flex-col gap-0.5 text-xs text-ink-3">
      {clusters.map((one) => {
        if (one.seen_at === null)
          return (
            <li key={one.name}>
              {one.name}: records read from a file, not from a running scheduler. As of <Time at={asOf} />{' '}
              UTC.
            </li>
          )
        const age = now - Date.parse(one.seen_at)
        return (
          <li key={one.name} className={age > STALE_MS ? 'text-held' : undefined}>
            {one.name} ({one.software}), seen {ageWords(Math.max(0, age))} ago
            {age > STALE_MS && ': what is shown may be out of date'}
          </li>
        )
      })}
    </ul>
  )
}
