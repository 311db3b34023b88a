import { useGo } from '../../lib/address.ts'
import type { PersonStatement } from '../../lib/cluster.ts'
import { assetWords, gpuHours, shareWords, waitWords } from '../../lib/hours.ts'
import { personPath, queryOf } from '../../lib/links.ts'
import { nano } from '../../lib/money.ts'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

/** Everybody's month, those with breaches first. */
export function StatementTable({
  statements,
  month,
}: {
  statements: readonly PersonStatement[]
  month: string
}) {
  const go = useGo()
  return (
    <Table label="Statements by person">
      <thead>
        <tr>
          <Th>Person</Th>
          <Th>Breaches</Th>
          <Th right wide>
            Promised
          </Th>
          <Th right wide="very">
            Offered
          </Th>
          <Th right>Delivered</Th>
          <Th right wide>
            Wait p95
          </Th>
          <Th right wide>
            Preempted
          </Th>
          <Th right wide="very">
            Uptime
          </Th>
        </tr>
      </thead>
      <tbody>
        {statements.map((one) => {
          const href = personPath(one.person.id, 'sla') + queryOf({ month })
          const broken = one.breaches.length
          const { promised, offered, sampled, delivered } = one.hours
          return (
            <Tr key={`${one.person.id} ${one.asset}`} onOpen={() => go(href)}>
              <Td>
                <A href={href} data-row className="figure-link font-medium">
                  {one.person.name}
                </A>
                <span className="block text-xs text-ink-3">{assetWords(one.asset)}</span>
              </Td>
              <Td>
                {broken === 0 ? <Badge tone="good">kept</Badge> : <Badge tone="bad">{broken} not kept</Badge>}
              </Td>
              <Td right wide>
                {promised === null ? '–' : gpuHours(nano(promised), one.asset)}
              </Td>
              <Td right wide="very">
                {nano(sampled) === 0n ? 'not seen' : gpuHours(nano(offered), one.asset)}
              </Td>
              <Td right>
                <A
                  href={personPath(one.person.id, 'jobs') + queryOf(monthDays(month))}
                  className="figure-link"
                >
                  {gpuHours(nano(delivered), one.asset)}
                </A>
              </Td>
              <Td right wide>
                {waitWords(one.wait.p95)}
              </Td>
              <Td right wide>
                {one.preemptions.count}
                {one.preemptions.allowed !== null && (
                  <span className="text-ink-3"> of {one.preemptions.allowed}</span>
                )}
              </Td>
              <Td right wide="very">
                {one.uptime.share === null ? '–' : shareWords(one.uptime.share)}
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}

/** The first and the last day of a month. */
export function monthDays(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, index = 1] = month.split('-').map(Number)
  return { from: `${month}-01`, to: new Date(Date.UTC(year, index, 0)).toISOString().slice(0, 10) }
}
