import type { Drift } from '../../lib/cluster.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Quiet } from './Quiet.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { stateText } from './words.ts'

/** What is still open, then what was put back last. */
export function DriftTable({ drift }: { drift: readonly Drift[] }) {
  if (drift.length === 0)
    return <Quiet>Nothing has drifted: what stands at the scheduler is what the ledger says.</Quiet>
  return (
    <Table label="Limits that were changed by hand">
      <thead>
        <tr>
          <Th>What</Th>
          <Th wide>Should be</Th>
          <Th wide>Was found</Th>
          <Th>Found</Th>
          <Th>State</Th>
        </tr>
      </thead>
      <tbody>
        {drift.map((one) => (
          <Tr key={`${one.cluster} ${one.kind} ${one.name} ${one.found_at}`}>
            <Td>
              <span className="font-medium break-all">{one.name}</span>
              <span className="block text-xs text-ink-3">
                {one.kind} at {one.cluster}
              </span>
            </Td>
            <Td wide className="max-w-64 font-mono text-xs break-all text-ink-2">
              {stateText(one.wanted)}
            </Td>
            <Td wide className="max-w-64 font-mono text-xs break-all text-ink-2">
              {stateText(one.found)}
            </Td>
            <Td className="whitespace-nowrap text-ink-2">
              <Time at={one.found_at} look="row" />
            </Td>
            <Td>{one.repaired_at ? <Badge tone="good">put back</Badge> : <Badge tone="warn">open</Badge>}</Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
