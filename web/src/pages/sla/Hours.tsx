import type { ReactNode } from 'react'

import type { Statement } from '../../lib/cluster.ts'
import { gpuHours } from '../../lib/hours.ts'
import { personPath, queryOf } from '../../lib/links.ts'
import { nano, percent, share } from '../../lib/money.ts'
import { A } from '../../ui/A.tsx'
import { monthDays } from './StatementTable.tsx'

/** Promised, offered, delivered, one bar each on one scale: what was not used is told from what was not there. */
export function Hours({ statement, person }: { statement: Statement; person: string }) {
  const { hours, asset, month } = statement
  const promised = hours.promised === null ? null : nano(hours.promised)
  const [sampled, offered, delivered] = [nano(hours.sampled), nano(hours.offered), nano(hours.delivered)]
  const scale = [promised ?? 0n, sampled, offered, delivered].reduce((a, b) => (a > b ? a : b))
  const days = monthDays(month)
  return (
    <dl className="grid gap-3 px-4 pb-4 sm:px-5">
      <Bar name="Promised" value={promised} scale={scale} cue="cue-unvested">
        {promised === null ? (
          'no number of GPUs at once'
        ) : (
          <>
            <Num>{gpuHours(promised, asset)}</Num> GPU-hours: {hours.gpus_at_once} GPUs at any time
          </>
        )}
      </Bar>
      <Bar name="Offered" value={promised === null ? null : offered} scale={scale} cue="cue-available">
        {promised === null || sampled === 0n ? (
          'the cluster was not looked at'
        ) : (
          <>
            <Num>{gpuHours(offered, asset)}</Num> could be had, {percent(offered, sampled)} of the{' '}
            {gpuHours(sampled, asset)} that were looked at
          </>
        )}
      </Bar>
      <Bar name="Delivered" value={delivered} scale={scale} cue="cue-spent">
        <A
          href={personPath(person, 'jobs') + queryOf({ asset, ...days })}
          className="figure-link num text-lg font-semibold"
        >
          {gpuHours(delivered, asset)}
        </A>{' '}
        ran to use, of which{' '}
        <A
          href={personPath(person, 'entries') + queryOf({ asset, account: 'spent', ...days })}
          className="figure-link num"
        >
          {gpuHours(nano(hours.charged), asset)}
        </A>{' '}
        were charged for runs that ended in the month
      </Bar>
    </dl>
  )
}

const Num = ({ children }: { children: ReactNode }) => (
  <span className="num text-lg font-semibold">{children}</span>
)

const Bar = ({
  name,
  value,
  scale,
  cue,
  children,
}: {
  name: string
  value: bigint | null
  scale: bigint
  cue: string
  children: ReactNode
}) => (
  <div className="grid items-center gap-x-4 gap-y-1 sm:grid-cols-[84px_minmax(0,1fr)]">
    <dt className="text-sm font-medium">{name}</dt>
    <dd className="min-w-0">
      <p className="text-sm text-pretty text-ink-2">{children}</p>
      <div aria-hidden className="mt-1 h-3 overflow-hidden rounded bg-sunken">
        {value !== null && value > 0n && (
          <span
            className={`${cue} block h-full min-w-1 rounded`}
            style={{ width: `${share(value, scale) * 100}%` }}
          />
        )}
      </div>
    </dd>
  </div>
)
