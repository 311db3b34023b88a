import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { outlookQuery } from '../../lib/grants.ts'
import type { OutlookItem } from '../../lib/grants.ts'
import { nano } from '../../lib/money.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'

const SHOWN = 12
const KINDS = {
  vest: { text: 'vests', tone: 'good' },
  expire: { text: 'expires at most', tone: 'warn' },
  roll_over: { text: 'rolls over at most', tone: 'accent' },
} as const

/** What will vest and what will expire, and when: it is booked already, so nothing of it is a surprise. */
export function OutlookCard() {
  const { id } = useSubject()
  const query = useQuery(outlookQuery(id))
  const whole = query.isSuccess
  // The cards above grow while they load: whoever was sent here is brought here once there is something.
  useEffect(() => {
    if (whole && location.hash === '#outlook') document.querySelector('#outlook')?.scrollIntoView()
  }, [whole])
  return (
    <Card
      flush
      id="outlook"
      title="What comes, and what goes"
      note="Each date is the first on which it holds (UTC). What expires is told as the most that can be lost: what you spend before does not."
    >
      <Ask query={query} height={280} label="what comes">
        {({ items }) =>
          items.length > 0 ? (
            <Items items={items} />
          ) : (
            <Empty title="Nothing is planned">Nothing is left to vest, and nothing expires.</Empty>
          )
        }
      </Ask>
    </Card>
  )
}

function Items({ items }: { items: readonly OutlookItem[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? items : items.slice(0, SHOWN)
  return (
    <>
      <Table label="What vests and expires">
        <thead>
          <tr>
            <Th>Date</Th>
            <Th>What</Th>
            <Th right>Quantity</Th>
            <Th wide>Grant</Th>
          </tr>
        </thead>
        <tbody>
          {shown.map((item) => (
            <Tr key={`${item.kind} ${item.grant_id} ${item.tranche} ${item.at}`}>
              <Td className="whitespace-nowrap">
                <DateOf date={item.date} />
              </Td>
              <Td>
                <Badge tone={KINDS[item.kind].tone}>{KINDS[item.kind].text}</Badge>
                <span className="mt-0.5 block text-xs text-ink-2 sm:hidden">{item.grant_name}</span>
              </Td>
              <Td right className="font-medium">
                <Amount
                  value={nano(item.quantity)}
                  asset={item.asset}
                  {...(item.lot_id && { entries: { lot: item.lot_id } })}
                />
              </Td>
              <Td wide>
                <A href={`/grants/${item.grant_id}`} className="figure-link">
                  {item.grant_name}
                </A>
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {items.length > SHOWN && (
        <div className="flex justify-center p-3 print:hidden">
          <Button onClick={() => setAll(!all)}>{all ? 'Show fewer' : `Show all ${items.length}`}</Button>
        </div>
      )}
    </>
  )
}
