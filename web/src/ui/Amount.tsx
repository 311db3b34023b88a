import clsx from 'clsx'

import { usd, usdExact, usdHeading, usdSigned } from '../lib/money.ts'
import type { EntryFilter } from '../lib/links.ts'
import { useEntriesHref } from '../lib/viewer.tsx'
import { A } from './A.tsx'

type Look = 'cents' | 'exact' | 'heading' | 'signed'
const written = (amount: bigint, look: Look): string => {
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
  entries,
  className,
}: {
  value: bigint
  look?: Look
  entries?: EntryFilter
  className?: string
}) {
  const href = useEntriesHref()
  const text = written(value, look)
  const exact = usdExact(value)
  if (!entries)
    return (
      <span className={clsx('num', className)} title={exact === text ? undefined : exact}>
        {text}
      </span>
    )
  return (
    <A
      href={href(entries)}
      className={clsx('num figure-link', className)}
      title={`${exact}: open its entries`}
    >
      {text}
    </A>
  )
}
