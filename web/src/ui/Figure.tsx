import clsx from 'clsx'
import type { ReactNode } from 'react'

import type { Asset } from '../lib/base.ts'
import { amountShort, amountWords, usdHeading } from '../lib/money.ts'

/** The one large figure of a page: a long unit stands beside it in small, so that it fits wherever the number fits. */
export function Figure({
  amount,
  asset,
  className,
  wrap = (number) => number,
}: {
  amount: bigint
  asset: Asset
  className?: string
  /** Around the number, such as a link to its entries. */
  wrap?: (number: string) => ReactNode
}) {
  const text = asset === 'USD' ? usdHeading(amount) : amountShort(amount, asset)
  const [number = '', ...unit] = text.split(' ')
  return (
    <p className="flex flex-wrap items-baseline gap-x-2" title={amountWords(amount, asset)}>
      <span className={clsx('num font-semibold tracking-[-0.03em]', className)}>{wrap(number)}</span>
      {unit.length > 0 && <span className="text-base text-ink-2">{unit.join(' ')}</span>}
    </p>
  )
}
