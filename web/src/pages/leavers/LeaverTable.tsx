import { useSetSearch } from '../../lib/address.ts'
import type { Leaver } from '../../lib/life.ts'
import { dateWords, daysUntil, inDays } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { reasonWords } from '../life/words.ts'
import { goesOnWords, keptWords, lostWords } from './words.ts'

/** A row each; a row opens what was, or will be, written. */
export function LeaverTable({ leavers, label }: { leavers: readonly Leaver[]; label: string }) {
  const setSearch = useSetSearch()
  const now = useNow()()
  return (
    <Table label={label}>
      <thead>
        <tr>
          <Th>Person</Th>
          <Th>First day away</Th>
          <Th wide>Reason</Th>
          <Th wide>Keeps</Th>
          <Th wide>Loses</Th>
          <Th wide="very">Signs in until</Th>
        </tr>
      </thead>
      <tbody>
        {leavers.map((leaver) => {
          const open = () => setSearch({ leaver: leaver.id })
          const goesOn = goesOnWords(leaver)
          return (
            <Tr key={leaver.id} onOpen={open}>
              <Td>
                <button
                  type="button"
                  data-row
                  onClick={open}
                  className="figure-link -my-1 inline-flex min-h-6 items-center py-1 text-left font-medium"
                >
                  {leaver.person.name}
                </button>
                <span className="block text-xs text-ink-2 sm:hidden">
                  keeps {keptWords(leaver)}, loses {lostWords(leaver)}
                </span>
                <span className="block truncate text-xs text-ink-3 max-sm:hidden">{leaver.person.email}</span>
              </Td>
              <Td className="whitespace-nowrap">
                {dateWords(leaver.left_on)}
                <span className="block text-xs text-ink-3">
                  {leaver.state === 'scheduled' ? inDays(daysUntil(leaver.left_on, now)) : null}
                  {leaver.open && <Badge tone="warn">calls still run</Badge>}
                </span>
              </Td>
              <Td wide className="text-ink-2">
                {reasonWords(leaver.reason)}
              </Td>
              <Td wide>
                {keptWords(leaver)}
                {goesOn && <span className="block text-xs text-ink-3">{goesOn} goes on vesting</span>}
              </Td>
              <Td wide className="text-ink-2">
                {lostWords(leaver)}
              </Td>
              <Td wide="very" className="whitespace-nowrap text-ink-2">
                {leaver.access_until === null
                  ? 'that day'
                  : leaver.access_until === '9999-12-31'
                    ? 'nothing is left'
                    : dateWords(leaver.access_until)}
              </Td>
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}
