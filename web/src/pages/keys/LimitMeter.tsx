import clsx from 'clsx'

import type { KeyLimit } from '../../lib/contract.ts'
import { nano, share, usd } from '../../lib/money.ts'
import { Time } from '../../ui/Time.tsx'
import { eachOf, limitWords, strainOf } from './limit.ts'

const FILL = { calm: 'bg-available', near: 'bg-held', over: 'bg-danger' } as const

/** What a key used of its limit. */
export function LimitMeter({ limit }: { limit: KeyLimit }) {
  const strain = strainOf(limit)
  const part = Math.min(1, share(nano(limit.used), nano(limit.amount)))
  return (
    <div className="min-w-32">
      <p className="num whitespace-nowrap">
        {usd(nano(limit.used))}{' '}
        <span className="text-ink-3">
          of {usd(nano(limit.amount))} {eachOf(limit.period)}
        </span>
      </p>
      <div
        role="meter"
        aria-label="Used of the key’s limit"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
        aria-valuetext={limitWords(limit)}
        className="mt-1 h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div className={clsx('h-full rounded-full', FILL[strain])} style={{ width: `${part * 100}%` }} />
      </div>
      {strain === 'over' && (
        <p className="mt-1 text-xs text-danger">
          used up
          {limit.resets_at && (
            <>
              {' '}
              until <Time at={limit.resets_at} look="day" />
            </>
          )}
        </p>
      )}
    </div>
  )
}
