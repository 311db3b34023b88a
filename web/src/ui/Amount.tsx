import clsx from 'clsx'

import { formatQuantity } from '../lib/base.ts'
import type { Asset } from '../lib/base.ts'
import { amountSigned, usd, usdExact, usdHeading, usdSigned } from '../lib/money.ts'
import type { EntryFilter } from '../lib/links.ts'
import { useEntriesHref } from '../lib/viewer.tsx'
import { A } from './A.tsx'

type Look = 'cents' | 'exact' | 'heading' | 'signed'
const written = (amount: bigint, look: Look, asset: Asset): string => {
  if (asset !== 'USD') {
    if (look === 'signed') return amountSigned(amount, asset)
    return formatQuantity(asset, amount, look === 'exact' ? 'exact' : 'short')
  }
  switch (look) {
    case 'cents':
      return usd(amount)
    case 'exact':
      return usdExact(amount)
    case 'heading':
      return usdHeading(amount)
    case 'signed':
      return usdSigned(amount, 'exact')
  }
}

/** A figure: rounded as its place asks, exact on hover; with `entries` it opens the postings behind it. */
export function Amount({
  value,
  look = 'cents',
  asset = 'USD',
  unit = true,
  entries,
  className,
}: {
  value: bigint
  look?: Look
  /** What the value counts, in its smallest unit. */
  asset?: Asset
  /** False where the unit is told beside it: then the number stands alone. */
  unit?: boolean
  entries?: EntryFilter
  className?: string
}) {
  const href = useEntriesHref()
  const whole = written(value, look, asset)
  const text = unit ? whole : (whole.split(' ')[0] ?? whole)
  const exact = asset === 'USD' ? usdExact(value) : formatQuantity(asset, value, 'exact')
  if (!entries)
    return (
      <span className={clsx('num', className)} title={exact === text ? undefined : exact}>
        {text}
      </span>
    )
  return (
    <A
      href={href(asset === 'USD' ? entries : { ...entries, asset })}
      className={clsx('num figure-link', className)}
      title={`${exact}: open its entries`}
    >
      {text}
    </A>
  )
}
