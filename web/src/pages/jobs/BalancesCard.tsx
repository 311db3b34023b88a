import type { GpuBalance } from '../../lib/cluster.ts'
import { assetWords, gpus, shareWords, spanWords } from '../../lib/hours.ts'
import { personPath } from '../../lib/links.ts'
import { nano, usd } from '../../lib/money.ts'
import { dateWords, monthWords } from '../../lib/time.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Card } from '../../ui/Card.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

/** A line for each accelerator and tier: what there is, and what it was promised with. */
export function BalancesCard({ lines, month }: { lines: readonly GpuBalance[]; month: string }) {
  const { id } = useSubject()
  const promised = lines.some(({ promise }) => promise !== null)
  return (
    <Card
      flush
      title="GPU-hours"
      note="By accelerator and tier, each a wallet of its own. Preemptions count the runs of this month (UTC) that had to give way."
      actions={
        promised && (
          <A href={personPath(id, 'sla')} className="text-sm font-medium text-accent hover:underline">
            Was it kept in {monthWords(Date.parse(`${month}-01`))}?
          </A>
        )
      }
    >
      <Table label="GPU-hours by accelerator and tier">
        <thead>
          <tr>
            <Th>Accelerator, tier</Th>
            <Th right>Available</Th>
            <Th right wide>
              Held
            </Th>
            <Th right wide>
              Spent
            </Th>
            <Th right wide="very">
              Still to vest
            </Th>
            <Th wide>Promised with</Th>
            <Th right>Preemptions</Th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Tr key={line.asset}>
              <Td className="font-medium">
                {assetWords(line.asset)}
                {line.next_vest && (
                  <span className="block text-xs font-normal text-ink-3">
                    next vest {dateWords(line.next_vest.date)}
                  </span>
                )}
              </Td>
              <Td right className="font-medium">
                <Amount
                  value={nano(line.available)}
                  asset={line.asset}
                  unit={false}
                  entries={{ account: 'available' }}
                />
                {line.worth !== null && (
                  <span className="block text-xs font-normal text-ink-3">{usd(nano(line.worth))}</span>
                )}
              </Td>
              <Td right wide>
                <Amount
                  value={nano(line.held)}
                  asset={line.asset}
                  unit={false}
                  entries={{ account: 'held' }}
                />
              </Td>
              <Td right wide>
                <Amount
                  value={nano(line.spent)}
                  asset={line.asset}
                  unit={false}
                  entries={{ account: 'spent' }}
                />
              </Td>
              <Td right wide="very" className="text-ink-2">
                <Amount
                  value={nano(line.unvested)}
                  asset={line.asset}
                  unit={false}
                  entries={{ account: 'unvested' }}
                />
              </Td>
              <Td wide className="text-ink-2">
                <Promised line={line} />
              </Td>
              <Td right>
                <Preemptions line={line} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}

function Promised({ line: { promise } }: { line: GpuBalance }) {
  if (!promise) return <>nothing</>
  const { queue_wait: wait, gpus_at_once: atOnce, uptime } = promise
  const words = [
    atOnce !== null && `${gpus(atOnce)} at once`,
    wait && `${wait.percentile}% of jobs start within ${spanWords(wait.seconds)}`,
    uptime !== null && `up ${shareWords(uptime)} of the month`,
  ].filter((one) => typeof one === 'string')
  return <span className="text-pretty">{words.length === 0 ? 'its tier' : words.join(', ')}</span>
}

function Preemptions({ line: { promise } }: { line: GpuBalance }) {
  const preemptions = promise?.preemptions
  if (!preemptions) return <span className="text-ink-3">no limit</span>
  const over = preemptions.used > preemptions.allowed
  return (
    <span className={over ? 'font-medium text-danger' : undefined}>
      {preemptions.used} of {preemptions.allowed}
      <span className="block text-xs font-normal">{over ? 'more than promised' : 'allowed a month'}</span>
    </span>
  )
}
