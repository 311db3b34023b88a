import { quantityName } from '../../lib/base.ts'
import type { GrantPlan, PlanEntry } from '../../lib/life.ts'
import { count, nano } from '../../lib/money.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { entryName, entryTone, grouped, whyWords } from './words.ts'

/** A lot each, many do the same: told together first, then one by one for whoever wants to see each. */
export function Entries({
  entries,
  grant,
  label,
  narrow,
}: {
  entries: readonly PlanEntry[]
  grant: GrantPlan
  label: string
  narrow: boolean
}) {
  const groups = grouped(entries)
  if (groups.length === entries.length)
    return <EntryTable entries={entries} grant={grant} label={label} narrow={narrow} />
  return (
    <>
      <Table label={`${label}, together`}>
        <EntryHead narrow={narrow} asset={grant.asset} />
        <tbody>
          {groups.map(({ first, count: times, sum: total }) => (
            <EntryRow
              key={`${first.kind} ${first.target} ${first.why}`}
              entry={first}
              asset={grant.asset}
              amount={total}
              times={times}
              narrow={narrow}
            />
          ))}
        </tbody>
      </Table>
      <details className="border-t border-line">
        <summary className="min-h-11 cursor-pointer px-4 py-3 text-sm text-ink-2 sm:px-5">
          All {count(entries.length)} entries, one by one
        </summary>
        <EntryTable entries={entries} grant={grant} label={label} narrow={narrow} />
      </details>
    </>
  )
}

export function EntryTable({
  entries,
  grant,
  label,
  narrow,
}: {
  entries: readonly PlanEntry[]
  grant: GrantPlan
  label: string
  narrow: boolean
}) {
  return (
    <Table label={label}>
      <EntryHead narrow={narrow} asset={grant.asset} />
      <tbody>
        {entries.map((entry, at) => (
          <EntryRow
            key={`${at} ${entry.kind} ${entry.lot_id ?? ''}`}
            entry={entry}
            asset={grant.asset}
            amount={nano(entry.amount)}
            times={1}
            narrow={narrow}
          />
        ))}
      </tbody>
    </Table>
  )
}

/** What a figure counts, where its unit is told apart from it. */
export const unitName = (asset: GrantPlan['asset']): string => {
  const name = quantityName(asset)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

const EntryHead = ({ narrow, asset }: { narrow: boolean; asset: GrantPlan['asset'] }) => (
  <thead>
    <tr>
      <Th>Entry</Th>
      {!narrow && <Th wide>Moved</Th>}
      <Th right>{asset === 'USD' ? 'Quantity' : unitName(asset)}</Th>
      {!narrow && <Th wide>Why</Th>}
    </tr>
  </thead>
)

const EntryRow = ({
  entry,
  asset,
  amount,
  times,
  narrow,
}: {
  entry: PlanEntry
  asset: GrantPlan['asset']
  amount: bigint
  times: number
  narrow: boolean
}) => (
  <Tr>
    <Td className="align-top">
      <span className="whitespace-nowrap">
        <Badge tone={entryTone(entry)}>{entryName(entry)}</Badge>
        <span className="ml-1.5 text-xs text-ink-3">
          {times > 1 ? `${count(times)} lots` : entry.tranche !== null && `#${entry.tranche}`}
        </span>
      </span>
      <span className={`mt-1 block text-xs text-pretty text-ink-2 ${narrow ? '' : 'sm:hidden'}`}>
        <span className="block">
          {entry.source} → {entry.target}
        </span>
        {whyWords(entry.why, asset)}
      </span>
    </Td>
    {!narrow && (
      <Td wide className="align-top whitespace-nowrap text-ink-2">
        {entry.source} → {entry.target}
      </Td>
    )}
    <Td right className="align-top font-medium">
      <Amount value={amount} asset={asset} look="exact" unit={false} />
    </Td>
    {!narrow && (
      <Td wide className="min-w-64 align-top text-pretty text-ink-2">
        {whyWords(entry.why, asset)}
      </Td>
    )}
  </Tr>
)
