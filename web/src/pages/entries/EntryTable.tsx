import { Check, Clock } from 'lucide-react'

import type { Asset } from '../../lib/base.ts'
import type { Entry } from '../../lib/contract.ts'
import { amountSigned, amountWords, nano } from '../../lib/money.ts'
import { entryWords, shortId } from '../../lib/words.ts'
import { useEntriesHref } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const ofCall = (entry: Entry): boolean =>
  ['hold', 'settle', 'release', 'lapse', 'absorb'].includes(entry.kind)

export function EntryTable({
  entries,
  signed,
  asset,
}: {
  entries: readonly Entry[]
  signed: boolean
  asset: Asset | undefined
}) {
  return (
    <Table label="Ledger entries">
      <thead>
        <tr>
          <Th wide>No.</Th>
          <Th>Time (UTC)</Th>
          <Th>What happened</Th>
          <Th wide>Moved</Th>
          <Th wide>Belongs to</Th>
          <Th right>Amount</Th>
          <Th wide>Sealed</Th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Tr key={entry.seq}>
            <Td wide className="num text-ink-3">
              {entry.seq}
            </Td>
            <Td className="text-ink-2">
              <Time at={entry.at} look="row" />
            </Td>
            <Td className="min-w-40 sm:min-w-64">
              {entryWords(entry, asset)}
              <span className="block sm:hidden">
                <Belongs entry={entry} asset={asset} />
              </span>
            </Td>
            <Td wide className="whitespace-nowrap text-ink-2">
              {entry.source} → {entry.target}
            </Td>
            <Td wide className="whitespace-nowrap">
              <Belongs entry={entry} asset={asset} />
            </Td>
            <Td right className="font-medium">
              {signed ? amountSigned(nano(entry.amount), asset) : amountWords(nano(entry.amount), asset)}
            </Td>
            <Td wide>
              <Sealed sealed={entry.sealed} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

const LINK = 'inline-flex min-h-6 items-center text-accent hover:underline'

/** A call's entries lead to the call, others to the tranche or the grant. */
function Belongs({ entry, asset }: { entry: Entry; asset: Asset | undefined }) {
  const href = useEntriesHref()
  if (ofCall(entry))
    return (
      <A data-row href={href({ call: entry.transfer, asset })} className={LINK}>
        call {shortId(entry.transfer)}
      </A>
    )
  if (entry.lot_id)
    return (
      <A data-row href={href({ lot: entry.lot_id, asset })} className={LINK}>
        {entry.grant_name ?? 'lot'}
        {entry.tranche !== null && ` #${entry.tranche}`}
      </A>
    )
  if (entry.grant_id)
    return (
      <A data-row href={href({ grant: entry.grant_id, asset })} className={LINK}>
        {entry.grant_name ?? 'grant'}
      </A>
    )
  return null
}

const Sealed = ({ sealed }: { sealed: boolean }) =>
  sealed ? (
    <span
      title="In the hash chain: a later change would be found"
      className="inline-flex items-center text-good"
    >
      <Check size={15} aria-hidden />
      <span className="sr-only">sealed</span>
    </span>
  ) : (
    <span title="Joins the hash chain within seconds" className="inline-flex items-center text-ink-3">
      <Clock size={14} aria-hidden />
      <span className="sr-only">not sealed yet</span>
    </span>
  )
