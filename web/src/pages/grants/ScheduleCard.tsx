import { cumulative } from '../../charts/geometry.ts'
import { CumulativeChart } from '../../charts/CumulativeChart.tsx'
import { Twin } from '../../charts/Twin.tsx'
import type { Millis } from '../../lib/base.ts'
import { startOfDay, DAY } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import { amountShort, nano, sum } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Empty } from '../../ui/States.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'

const TONES = { vested: 'good', due: 'warn', upcoming: 'plain', forfeited: 'bad' } as const

/** When it vests: the sum over time, and tranche by tranche in the table. */
export function ScheduleCard({ grant, now }: { grant: Contract; now: Millis }) {
  const { tranches, asset } = grant
  const last = tranches.at(-1)
  if (!last)
    return (
      <Card title="Schedule">
        <Empty title="Nothing has a date yet">It vests when what it waits for has happened.</Empty>
      </Card>
    )
  const steps = cumulative(tranches)
  const planned = sum(tranches.map(({ quantity }) => nano(quantity)))
  const undated = nano(grant.quantity) - planned
  const ends = startOfDay(last.date)
  const from = Math.min(startOfDay(grant.start_date), startOfDay(tranches[0]!.date), now)
  const span = { from, to: Math.max(ends, from + 30 * DAY), now }
  const summary =
    `${amountShort(planned, asset)} in ${tranches.length} ${tranches.length === 1 ? 'tranche' : 'tranches'}, ` +
    `from ${dateWords(tranches[0]!.date)} to ${dateWords(last.date)}.` +
    (undated > 0n ? ` ${amountShort(undated, asset)} has no date yet.` : '')
  return (
    <Twin
      title="Schedule"
      summary={summary}
      chart={
        <CumulativeChart
          steps={steps}
          asset={asset}
          whole="Of what has a date"
          span={span}
          label={`What has vested over time. ${summary}`}
        />
      }
      table={
        <Table label="Tranches">
          <thead>
            <tr>
              <Th>#</Th>
              <Th>Date</Th>
              <Th>State</Th>
              <Th right>Quantity</Th>
              <Th right wide>
                Spent
              </Th>
              <Th wide>Expires</Th>
            </tr>
          </thead>
          <tbody>
            {tranches.map((tranche) => (
              <Tr key={tranche.n}>
                <Td className="num text-ink-3">{tranche.n}</Td>
                <Td className="whitespace-nowrap">
                  <DateOf date={tranche.date} />
                </Td>
                <Td>
                  <Badge tone={TONES[tranche.state]}>{tranche.state}</Badge>
                </Td>
                <Td right className="font-medium">
                  {tranche.lot_id ? (
                    <Amount value={nano(tranche.quantity)} asset={asset} entries={{ lot: tranche.lot_id }} />
                  ) : (
                    <Amount value={nano(tranche.quantity)} asset={asset} />
                  )}
                </Td>
                <Td right wide className="text-ink-2">
                  {tranche.lot_id && (
                    <Amount
                      value={nano(tranche.spent)}
                      asset={asset}
                      entries={{ lot: tranche.lot_id, account: 'spent' }}
                    />
                  )}
                </Td>
                <Td wide className="whitespace-nowrap text-ink-2">
                  {tranche.expires_at ? dateWords(tranche.expires_at.slice(0, 10)) : 'Never'}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      }
    />
  )
}
