import type { Borrowing, Starved } from '../../lib/cluster.ts'
import { assetWords, gpus, spanWords } from '../../lib/hours.ts'
import { personPath } from '../../lib/links.ts'
import { A } from '../../ui/A.tsx'
import { Quiet } from './Quiet.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

const Who = ({ id, name }: { id: string; name: string }) => (
  <A href={personPath(id, 'jobs')} data-row className="figure-link font-medium">
    {name}
  </A>
)

export function StarvedTable({ starved }: { starved: readonly Starved[] }) {
  if (starved.length === 0)
    return <Quiet>Nobody is starved: every job within a guarantee started in time, or still may.</Quiet>
  return (
    <Table label="Starved jobs">
      <thead>
        <tr>
          <Th>Person</Th>
          <Th>Waits for</Th>
          <Th wide>Promised</Th>
          <Th wide>GPUs</Th>
          <Th wide="very">Job</Th>
          <Th wide="very">The scheduler says</Th>
        </tr>
      </thead>
      <tbody>
        {starved.map((one) => (
          <Tr key={`${one.cluster} ${one.job}`}>
            <Td>
              <Who {...one.person} />
              <span className="block text-xs text-ink-3">{assetWords(one.asset)}</span>
            </Td>
            <Td className="font-medium text-danger">{spanWords(one.waiting_seconds)}</Td>
            <Td wide className="text-ink-2">
              {one.promised_seconds === null ? 'no wait' : spanWords(one.promised_seconds)}
            </Td>
            <Td wide>{gpus(one.gpus)}</Td>
            <Td wide="very" className="num text-ink-2">
              {one.cluster} {one.job}
            </Td>
            <Td wide="very" className="font-mono text-xs break-all text-ink-2">
              {one.waits_for}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

export function BorrowingTable({ borrowing }: { borrowing: readonly Borrowing[] }) {
  if (borrowing.length === 0)
    return <Quiet>Nobody borrows: everybody runs within what is guaranteed to them.</Quiet>
  return (
    <Table label="People who borrow">
      <thead>
        <tr>
          <Th>Person</Th>
          <Th>Accelerator, tier</Th>
          <Th right>Running</Th>
          <Th right>Guaranteed</Th>
        </tr>
      </thead>
      <tbody>
        {borrowing.map((one) => (
          <Tr key={`${one.person.id} ${one.asset}`}>
            <Td>
              <Who {...one.person} />
            </Td>
            <Td className="text-ink-2">{assetWords(one.asset)}</Td>
            <Td right className="font-medium">
              {gpus(one.running_gpus)}
            </Td>
            <Td right className="text-ink-2">
              {one.guaranteed_gpus === 0 ? 'none' : gpus(one.guaranteed_gpus)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
