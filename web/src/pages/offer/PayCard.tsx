import clsx from 'clsx'

import { Twin } from '../../charts/Twin.tsx'
import type { CandidateTerms, OfferYear } from '../../lib/contract.ts'
import { nano, share } from '../../lib/money.ts'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { partsIn, saying, type PayPart } from './parts.ts'

/** Year by year, what makes up the pay: compute as it is expected to be used and up to all of it are told apart. */
export function PayCard({ offer }: { offer: CandidateTerms }) {
  const parts = partsIn(offer)
  return (
    <Twin
      title="Your pay by year"
      summary="Each bar is a year at today’s prices. The solid part of compute is what people here are expected to use of it; the light part is the rest, up to all of it."
      chart={
        <>
          <Bars offer={offer} parts={parts} />
          <div className="mt-4 hidden print:block">
            <Figures offer={offer} />
          </div>
        </>
      }
      table={<Figures offer={offer} />}
    />
  )
}

function Bars({ offer, parts }: { offer: CandidateTerms; parts: readonly PayPart[] }) {
  const { years } = offer.worth
  const say = saying(offer)
  const most = years.reduce((top, year) => (nano(year.total_cap) > top ? nano(year.total_cap) : top), 0n)
  return (
    <div className="flex flex-col gap-4">
      <ul className="flex flex-wrap gap-x-4 gap-y-1.5 text-sm text-ink-2" aria-hidden>
        {parts.map((part) => (
          <li key={part.id} className="flex items-center gap-1.5">
            <span className={clsx('size-3 rounded-[3px]', part.cue)} />
            {part.name}
          </li>
        ))}
      </ul>
      <ol className="flex flex-col gap-3">
        {years.map((year) => (
          <li key={year.year} className="flex flex-col gap-1">
            <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
              <span className="font-medium">Year {year.year}</span>
              <span className="num">
                {say(nano(year.total_expected))}
                {year.total_cap !== year.total_expected && (
                  <span className="text-ink-2"> · up to {say(nano(year.total_cap))}</span>
                )}
              </span>
            </p>
            <div
              className="flex h-8 gap-px overflow-hidden rounded-md"
              role="img"
              aria-label={`Year ${year.year}: ${partsSaid(year, parts, say)}`}
            >
              {parts.map((part) => {
                const amount = part.of(year)
                return (
                  amount > 0n && (
                    <span
                      key={part.id}
                      className={clsx('h-full', part.cue)}
                      title={`${part.name}: ${say(amount)}`}
                      style={{ width: `${share(amount, most) * 100}%` }}
                    />
                  )
                )
              })}
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}

const partsSaid = (year: OfferYear, parts: readonly PayPart[], say: (amount: bigint) => string): string =>
  parts
    .filter(({ of }) => of(year) > 0n)
    .map((part) => `${part.name} ${say(part.id === 'rest' ? nano(year.compute_cap) : part.of(year))}`)
    .join(', ')

const ROWS: readonly {
  readonly name: string
  readonly of: (year: OfferYear) => bigint
  readonly total?: true
}[] = [
  { name: 'Salary', of: (year) => nano(year.salary) },
  { name: 'Bonus at target', of: (year) => nano(year.bonus) },
  { name: 'Signing bonus', of: (year) => nano(year.signing) },
  { name: 'Equity', of: (year) => nano(year.equity) },
  { name: 'Compute, as expected', of: (year) => nano(year.compute_expected) },
  { name: 'Compute, all of it used', of: (year) => nano(year.compute_cap) },
  { name: 'Seats and allowances', of: (year) => nano(year.benefits) },
  { name: 'Total, as expected', of: (year) => nano(year.total_expected), total: true },
  { name: 'Total, all compute used', of: (year) => nano(year.total_cap), total: true },
]

function Figures({ offer }: { offer: CandidateTerms }) {
  const { years, total } = offer.worth
  const say = saying(offer)
  const columns = [...years, total]
  return (
    <Table label="Pay by year">
      <thead>
        <tr>
          <Th>Part</Th>
          {years.map(({ year }) => (
            <Th key={year} right>
              Year {year}
            </Th>
          ))}
          <Th right>Four years</Th>
        </tr>
      </thead>
      <tbody>
        {ROWS.filter(({ of, total: always }) => always || columns.some((year) => of(year) !== 0n)).map(
          (row) => (
            <Tr key={row.name} className={row.total ? 'font-semibold' : ''}>
              <Td>{row.name}</Td>
              {columns.map((year) => (
                <Td key={year.year} right>
                  <span className="num">{say(row.of(year))}</span>
                </Td>
              ))}
            </Tr>
          ),
        )}
      </tbody>
    </Table>
  )
}
