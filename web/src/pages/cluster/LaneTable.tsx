import type { Lane } from '../../lib/cluster.ts'
import { assetWords, gpuHours } from '../../lib/hours.ts'
import { count, nano, percent } from '../../lib/money.ts'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'

/** A row for each accelerator and tier. */
export const LaneTable = ({ lanes }: { lanes: readonly Lane[] }) => (
  <Table label="Promised and delivered, by accelerator and tier">
    <thead>
      <tr>
        <Th>Accelerator, tier</Th>
        <Th right wide>
          People
        </Th>
        <Th right wide="very">
          At once
        </Th>
        <Th right>Promised</Th>
        <Th right wide>
          Offered
        </Th>
        <Th right>Delivered</Th>
        <Th right wide="very">
          Can be spent
        </Th>
        <Th right wide>
          Running, waiting
        </Th>
        <Th>Breaches</Th>
      </tr>
    </thead>
    <tbody>
      {lanes.map((lane) => {
        const [promised, offered, sampled] = [nano(lane.promised), nano(lane.offered), nano(lane.sampled)]
        return (
          <Tr key={lane.asset}>
            <Td className="font-medium">{assetWords(lane.asset)}</Td>
            <Td right wide className="text-ink-2">
              {count(lane.people)}
            </Td>
            <Td right wide="very" className="text-ink-2">
              {lane.promised_gpus === 0 ? '–' : `${count(lane.promised_gpus)} GPUs`}
            </Td>
            <Td right>{promised === 0n ? '–' : gpuHours(promised, lane.asset)}</Td>
            <Td right wide>
              {sampled === 0n ? (
                '–'
              ) : (
                <>
                  {gpuHours(offered, lane.asset)}
                  <span className="block text-xs text-ink-3">
                    {percent(offered, sampled)} of what was seen
                  </span>
                </>
              )}
            </Td>
            <Td right className="font-medium">
              {gpuHours(nano(lane.delivered), lane.asset)}
            </Td>
            <Td right wide="very" className="text-ink-2">
              {gpuHours(nano(lane.available), lane.asset)}
            </Td>
            <Td right wide className="whitespace-nowrap">
              {count(lane.running_gpus)}, {count(lane.waiting_gpus)} GPUs
            </Td>
            <Td>
              {lane.breaches > 0 ? (
                <A href="/sla" className="figure-link">
                  <Badge tone="bad">{lane.breaches} not kept</Badge>
                </A>
              ) : promised > 0n && sampled > 0n ? (
                <Badge tone="good">none</Badge>
              ) : (
                <span className="text-ink-3">none</span>
              )}
            </Td>
          </Tr>
        )
      })}
    </tbody>
  </Table>
)
