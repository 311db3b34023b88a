import type { Asset } from '../../lib/base.ts'
import { amountWords, nano } from '../../lib/money.ts'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import type { EntryToBe } from './entries.ts'

/** The ledger's rows before they are written. */
export const EntriesToBe = ({ entries, asset }: { entries: readonly EntryToBe[]; asset: Asset }) => (
  <div className="max-h-64 overflow-y-auto rounded-lg border border-line">
    <Table label="Entries that will be written">
      <thead>
        <tr>
          <Th>Entry</Th>
          <Th>From → to</Th>
          <Th right>Amount</Th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Tr key={entry.what}>
            <Td>{entry.what}</Td>
            <Td className="whitespace-nowrap text-ink-2">
              {entry.from} → {entry.to}
            </Td>
            <Td right className="font-medium">
              {amountWords(nano(entry.amount), asset)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  </div>
)
