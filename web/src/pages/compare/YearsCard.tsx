import { useState } from 'react'

import type { ComparedOffers, SideYear } from '../../lib/contract/compare.ts'
import { nano, usd, usdShort } from '../../lib/money.ts'
import { Card } from '../../ui/Card.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

const ROWS = [
  { key: 'salary', name: 'Salary', strong: false },
  { key: 'bonus', name: 'Bonus at target', strong: false },
  { key: 'signing', name: 'Signing bonus', strong: false },
  { key: 'equity', name: 'Shares, at today’s price', strong: false },
  { key: 'compute_expected', name: 'Compute, expected', strong: false },
  { key: 'total_expected', name: 'Together, expected', strong: true },
  { key: 'compute_cap', name: 'Compute, at its cap', strong: false },
  { key: 'total_cap', name: 'Together, at the cap', strong: true },
] as const
const CHOICES = [
  { value: '0', text: 'All four' },
  { value: '1', text: 'Year 1' },
  { value: '2', text: '2', name: 'Year 2' },
  { value: '3', text: '3', name: 'Year 3' },
  { value: '4', text: '4', name: 'Year 4' },
] as const

const yearOf = (
  of: { readonly years: readonly SideYear[]; readonly total: SideYear },
  year: number,
): SideYear => (year === 0 ? of.total : of.years[year - 1]!)

/** Year by year, kind by kind, with what each offer has more than the first. On paper every year stands there. */
export function YearsCard({ found }: { found: ComparedOffers }) {
  const [chosen, setChosen] = useState<(typeof CHOICES)[number]['value']>('0')
  return (
    <Card
      flush
      title="Year by year"
      note="As of each year: nothing is taken off for waiting or leaving. The cap is what a promise can come to at most."
      actions={<Segmented label="Which year" value={chosen} options={CHOICES} onChange={setChosen} />}
    >
      {[0, 1, 2, 3, 4].map((year) => (
        <div
          key={year}
          className={String(year) === chosen ? 'break-inside-avoid' : 'hidden break-inside-avoid print:block'}
        >
          <p className="hidden px-5 pt-3 text-sm font-semibold print:block">
            {year === 0 ? 'All four years' : `Year ${year}`}
          </p>
          <YearTable found={found} year={year} />
        </div>
      ))}
    </Card>
  )
}

function YearTable({ found, year }: { found: ComparedOffers; year: number }) {
  const sides = found.offers.map((offer) => yearOf(offer, year))
  const apart = found.differences.map((one) => yearOf(one, year))
  const rows = ROWS.filter(
    ({ key, strong }) => strong || found.offers.some(({ total }) => nano(total[key]) !== 0n),
  )
  const label = year === 0 ? 'Offers over all four years' : `Offers in year ${year}`
  return (
    <Table label={label}>
      <thead>
        <tr>
          <Th>Part</Th>
          {found.offers.map(({ name }, index) => (
            <Th key={index} right>
              {name}
            </Th>
          ))}
          {found.differences.map(({ offer }) => (
            <Th key={offer} right>
              {found.offers.length === 2
                ? 'Difference'
                : `${found.offers[offer]!.name} − ${found.offers[0]!.name}`}
            </Th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, name, strong }) => (
          <Tr key={key} className={strong ? 'bg-sunken font-semibold' : ''}>
            <Td>{name}</Td>
            {sides.map((side, index) => (
              <Td key={index} right>
                <Money amount={nano(side[key])} />
              </Td>
            ))}
            {apart.map((side, index) => (
              <Td key={index} right>
                <Signed amount={nano(side[key])} />
              </Td>
            ))}
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** Every cent where there is room for it. */
const Money = ({ amount }: { amount: bigint }) => (
  <>
    <span className="sm:hidden print:hidden">{usdShort(amount)}</span>
    <span className="max-sm:hidden print:inline">{usd(amount)}</span>
  </>
)

const Signed = ({ amount }: { amount: bigint }) =>
  amount === 0n ? (
    <span className="text-ink-3">–</span>
  ) : (
    <span className={amount < 0n ? 'text-danger' : 'text-good'}>
      {amount < 0n ? '−' : '+'}
      <Money amount={amount < 0n ? -amount : amount} />
    </span>
  )
