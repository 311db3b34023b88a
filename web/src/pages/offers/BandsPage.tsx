import { useQuery } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'

import { formatMoney } from '../../lib/base.ts'
import type { OfferBands } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { nano, usd } from '../../lib/money.ts'
import { bandsPath, bandsQuery } from '../../lib/offers.ts'
import { useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { BandsForm } from './BandsForm.tsx'

/** Within which ranges is an offer made, and how much compute may a year's offers promise? */
export function BandsPage() {
  useTitle('Bands & budget')
  const mayWrite = useSession().permissions.includes('offer:bands')
  const query = useQuery(bandsQuery)
  const [editing, setEditing] = useState(false)
  return (
    <>
      <A
        href="/offers"
        className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
      >
        <ChevronLeft size={14} aria-hidden /> Offers
      </A>
      <div className="mt-1">
        <PageHead
          title="Bands & budget"
          question="Within which ranges is an offer made, and how much compute may a year’s offers promise?"
          actions={
            <>
              <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, bandsPath)} />
              {mayWrite && !editing && query.data && <Button onClick={() => setEditing(true)}>Change</Button>}
            </>
          }
        />
      </div>
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={420} label="the bands">
          {(bands) =>
            editing ? (
              <BandsForm key={bands.version} bands={bands} close={() => setEditing(false)} />
            ) : (
              <Shown bands={bands} begin={mayWrite ? () => setEditing(true) : null} />
            )
          }
        </Ask>
      </div>
    </>
  )
}

function Shown({ bands, begin }: { bands: OfferBands; begin: (() => void) | null }) {
  if (bands.bands.length === 0 && bands.budget.length === 0)
    return (
      <section className="card">
        <Empty
          title="No band and no budget yet"
          action={
            begin && (
              <Button look="primary" onClick={begin}>
                Write the first
              </Button>
            )
          }
        >
          With bands, an offer outside the range of its level says so and needs two approvals. With a budget,
          offers that promise more compute than a year allows are refused.
        </Empty>
      </section>
    )
  return (
    <>
      <Card
        flush
        title="By level and family"
        note="Salary is of a year. Compute is the most that all grants of an offer can cost over four years. Outside of either, two persons approve."
        actions={<Badge>version {bands.version}</Badge>}
      >
        <Table label="Bands">
          <thead>
            <tr>
              <Th>Level</Th>
              <Th>Family</Th>
              <Th right>Salary</Th>
              <Th right>Compute</Th>
            </tr>
          </thead>
          <tbody>
            {bands.bands.map(({ level, family, salary, compute }) => (
              <Tr key={`${level} ${family}`}>
                <Td className="font-medium">{level}</Td>
                <Td className="text-ink-2">{family || 'Any'}</Td>
                <Td right>{salary ? <Range range={salary} currency={salary.currency} /> : '–'}</Td>
                <Td right>{compute ? <Range range={compute} currency="USD" /> : '–'}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </Card>
      <Card
        flush
        title="Budget of compute"
        note="What the offers that start in a year may promise in all, at its cap."
      >
        {bands.budget.length === 0 ? (
          <p className="px-5 pb-4 text-sm text-ink-2">No year has a budget: nothing is refused for it.</p>
        ) : (
          <Table label="Budget of compute">
            <thead>
              <tr>
                <Th>Year</Th>
                <Th right>Compute</Th>
              </tr>
            </thead>
            <tbody>
              {bands.budget.map(({ year, compute }) => (
                <Tr key={year}>
                  <Td className="num font-medium">{year}</Td>
                  <Td right>{usd(nano(compute))}</Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        )}
      </Card>
    </>
  )
}

/** Two amounts that break between each other on a phone, never within. */
const Range = ({
  range: { min, max },
  currency,
}: {
  range: { readonly min: string; readonly max: string }
  currency: string
}) => (
  <span className="inline-flex flex-wrap justify-end gap-x-1">
    <span className="num">{formatMoney(nano(min), currency)} –</span>
    <span className="num">{formatMoney(nano(max), currency)}</span>
  </span>
)
