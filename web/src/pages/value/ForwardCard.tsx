import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { FanChart } from '../../charts/FanChart.tsx'
import type { PricePoint } from '../../charts/price.ts'
import { Twin } from '../../charts/Twin.tsx'
import { addDays } from '../../lib/base.ts'
import { nano, usd } from '../../lib/money.ts'
import { forwardQuery } from '../../lib/value-ahead.ts'
import type { Forward } from '../../lib/value-ahead.ts'
import type { Value } from '../../lib/value.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { acceleratorOf, BASIS } from './words.ts'

/** The trend of prices cannot be told from months of them: it is chosen. */
const DRIFTS = [
  { value: '-0.4', text: '−40 %' },
  { value: '-0.2', text: '−20 %' },
  { value: '0', text: 'Level' },
  { value: '0.2', text: '+20 %' },
] as const
type Drift = (typeof DRIFTS)[number]['value']
const DAYS_A_MONTH = 30.4375
const EVERY_MONTHS = 6

/** What will an hour cost, and how little is known of it? */
export function ForwardCard({ value }: { value: Value }) {
  const [drift, setDrift] = useState<Drift>('0')
  const query = useQuery(forwardQuery({ accelerator: acceleratorOf(value), basis: value.basis, drift }))
  return (
    <Ask query={query} height={380} label="the expected prices">
      {(found) => {
        const title = `What an hour of one ${found.accelerator} may cost`
        return (
          <Twin
            title={title}
            summary={<Summary found={found} />}
            actions={
              <Segmented<Drift> label="Trend a year" value={drift} options={DRIFTS} onChange={setDrift} />
            }
            chart={<FanChart points={pointsOf(found)} label={`${title}. ${words(found)}`} />}
            table={<PointsTable found={found} />}
          />
        )
      }}
    </Ask>
  )
}

const pointsOf = ({ day, points }: Forward): readonly PricePoint[] =>
  points.map(({ month, expected, p5, p95 }) => ({
    day: addDays(day, Math.round(month * DAYS_A_MONTH)),
    mid: nano(expected),
    low: nano(p5),
    high: nano(p95),
    old: false,
  }))

function words({ basis, points }: Forward): string {
  const last = points.at(-1)!
  return `${BASIS[basis].name}: ${usd(nano(points[0]!.expected))} today, ${usd(nano(last.expected))} expected in ${last.month / 12} years. One of twenty outcomes is below ${usd(nano(last.p5))}, one above ${usd(nano(last.p95))}.`
}

const Summary = ({ found }: { found: Forward }) => (
  <>
    {words(found)} The curve is {found.curve.says}.{' '}
    {found.calibration.weak && <Badge tone="warn">calibration weak</Badge>}{' '}
    <span className="text-ink-3">{found.calibration.reasons.join('; ')}</span>
  </>
)

const PointsTable = ({ found }: { found: Forward }) => (
  <Table label="Expected prices by month">
    <thead>
      <tr>
        <Th>In</Th>
        <Th right>Low</Th>
        <Th right>Expected</Th>
        <Th right>High</Th>
      </tr>
    </thead>
    <tbody>
      {found.points
        .filter(({ month }) => month % EVERY_MONTHS === 0)
        .map(({ month, expected, p5, p95 }) => (
          <Tr key={month}>
            <Td>{month === 0 ? 'today' : `${month} months`}</Td>
            <Td right>{usd(nano(p5))}</Td>
            <Td right>{usd(nano(expected))}</Td>
            <Td right>{usd(nano(p95))}</Td>
          </Tr>
        ))}
    </tbody>
  </Table>
)
