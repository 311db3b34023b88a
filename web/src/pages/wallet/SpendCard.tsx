import { useQuery } from '@tanstack/react-query'

import { CLASSES } from '../../charts/geometry.ts'
import { ClassSwatch, SpendChart } from '../../charts/SpendChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import { useAddress, useGo, useSetSearch } from '../../lib/address.ts'
import { dayOf } from '../../lib/base.ts'
import type { SpendDay } from '../../lib/contract.ts'
import { count, nano } from '../../lib/money.ts'
import { spendQuery } from '../../lib/queries.ts'
import { useEntriesHref, useNow, useSubject } from '../../lib/viewer.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { spendSummary } from './answers.ts'

const SPANS = ['30', '90'] as const
type Span = (typeof SPANS)[number]

export function SpendCard() {
  const { id } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const href = useEntriesHref()
  const go = useGo()
  const now = useNow()()
  const span: Span = SPANS.find((known) => known === search.days) ?? '30'
  const query = useQuery(spendQuery(id, dayOf(now), Number(span)))
  return (
    <Ask query={query} height={340} label="spend by day">
      {({ days }) => {
        const summary = spendSummary(days)
        return (
          <Twin
            title="Spend by day"
            summary={summary}
            actions={
              <Segmented<Span>
                label="Days shown"
                value={span}
                options={SPANS.map((value) => ({ value, text: `${value} days` }))}
                onChange={(value) => setSearch({ days: value === '30' ? undefined : value }, 'replace')}
              />
            }
            chart={
              <>
                <SpendChart
                  days={days}
                  label={`Spend by day. ${summary}`}
                  open={(day) => go(href({ account: 'spent', from: day.day, to: day.day }))}
                />
                <Legend />
              </>
            }
            table={<DayTable days={days} />}
          />
        )
      }}
    </Ask>
  )
}

const Legend = () => (
  <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-2">
    {CLASSES.toReversed().map((name) => (
      <li key={name} className="flex items-center gap-1.5">
        <ClassSwatch name={name} /> {name}
      </li>
    ))}
    <li className="ml-auto text-xs text-ink-3">UTC days</li>
  </ul>
)

const DayTable = ({ days }: { days: readonly SpendDay[] }) => (
  <Table label="Spend by day and model class">
    <thead>
      <tr>
        <Th>Day (UTC)</Th>
        {CLASSES.toReversed().map((name) => (
          <Th key={name} right>
            {name}
          </Th>
        ))}
        <Th right>Calls</Th>
        <Th right>Total</Th>
      </tr>
    </thead>
    <tbody>
      {days.toReversed().map((day) => (
        <Tr key={day.day}>
          <Td>
            <DateOf date={day.day} />
          </Td>
          {CLASSES.toReversed().map((name) => (
            <Td key={name} right className="text-ink-2">
              <Amount value={nano(day.by[name])} />
            </Td>
          ))}
          <Td right className="text-ink-2">
            {count(day.calls)}
          </Td>
          <Td right className="font-medium">
            <Amount value={nano(day.total)} entries={{ account: 'spent', from: day.day, to: day.day }} />
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
