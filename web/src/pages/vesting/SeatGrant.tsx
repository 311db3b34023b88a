import type { ReactNode } from 'react'

import type { Grant } from '../../lib/contract.ts'
import { nano, seatMonths } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Card } from '../../ui/Card.tsx'

/** A grant of months of a seat: few and alike, so words tell it. */
export function SeatGrant({ grant }: { grant: Grant }) {
  const href = useEntriesHref()
  const link = (value: string, account: 'available' | 'spent' | 'unvested' | 'expired') => (
    <A
      href={href({ grant: grant.id, account, asset: 'SEAT_MONTH' })}
      className="num figure-link font-medium"
      title="open its entries"
    >
      {seatMonths(nano(value), 'short')}
    </A>
  )
  const lost = nano(grant.expired) > 0n
  return (
    <Card
      title={grant.name}
      note={`${seatMonths(nano(grant.quantity))} of a subscription seat, from ${dateWords(grant.start_date)}.`}
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 text-sm sm:grid-cols-4">
        <Fact name="Available">{link(grant.available, 'available')}</Fact>
        <Fact name="Used">{link(grant.spent, 'spent')}</Fact>
        <Fact name="Still to vest">{link(grant.unvested, 'unvested')}</Fact>
        {lost && <Fact name="Expired">{link(grant.expired, 'expired')}</Fact>}
        <Fact name="Next">{grant.next_vest ? dateWords(grant.next_vest.date) : 'all vested'}</Fact>
      </dl>
    </Card>
  )
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt className="text-ink-2">{name}</dt>
    <dd>{children}</dd>
  </div>
)
