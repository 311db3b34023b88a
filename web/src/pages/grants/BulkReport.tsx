import type { BulkReport } from '../../lib/agreements.ts'
import { amountShort, count, nano } from '../../lib/money.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { dateWords } from '../../lib/time.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'

const SHOWN = 200

/** What a file does, or why it does nothing, in a sentence or two. */
export function bulkSays({ rows, errors, totals, replayed, committed }: BulkReport): string {
  const of = `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`
  if (errors.length > 0)
    return `${count(errors.length)} ${errors.length === 1 ? 'thing is' : 'things are'} wrong in ${of}. A file is written whole or not at all: mend it and look again.`
  const sums = totals
    .map(({ asset, grants, quantity }) => `${amountShort(nano(quantity), asset)} in ${count(grants)}`)
    .join('; ')
  if (replayed) return `This file was written before: ${sums}. Nothing was done again.`
  return committed ? `${of} written: ${sums}.` : `${of}: ${sums} ${rows === 1 ? 'grant' : 'grants'}.`
}

export const BulkErrors = ({ errors }: { errors: BulkReport['errors'] }) => (
  <Table label="What is wrong">
    <thead>
      <tr>
        <Th>Row</Th>
        <Th>Column</Th>
        <Th>Value</Th>
        <Th>What to do</Th>
      </tr>
    </thead>
    <tbody>
      {errors.slice(0, SHOWN).map((error) => (
        <Tr key={`${error.row} ${error.column}`}>
          <Td className="num">{error.row}</Td>
          <Td className="font-mono text-xs">{error.column}</Td>
          <Td className="max-w-48 truncate font-mono text-xs">
            {error.value === '' ? '(empty)' : error.value}
          </Td>
          <Td className="min-w-48 text-pretty text-danger">{saidAtField(error.remedy)}</Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)

export const BulkGrants = ({ grants, linked }: { grants: BulkReport['grants']; linked: boolean }) => (
  <>
    <Table label="Grants of the file">
      <thead>
        <tr>
          <Th wide>Row</Th>
          <Th>Person</Th>
          <Th wide>Grant</Th>
          <Th right>Quantity</Th>
          <Th wide="very">Starts</Th>
          <Th wide>Vests</Th>
          <Th right wide="very">
            Approvals
          </Th>
        </tr>
      </thead>
      <tbody>
        {grants.slice(0, SHOWN).map((grant) => (
          <Tr key={grant.row}>
            <Td wide className="num text-ink-3">
              {grant.row}
            </Td>
            <Td className="max-w-56 truncate font-medium">{grant.email}</Td>
            <Td wide>
              {linked ? (
                <A href={`/grants/${grant.id}`} className="figure-link">
                  {grant.name}
                </A>
              ) : (
                grant.name
              )}
            </Td>
            <Td right className="font-medium">
              <Amount value={nano(grant.quantity)} asset={grant.asset} />
            </Td>
            <Td wide="very" className="whitespace-nowrap text-ink-2">
              <DateOf date={grant.start_date} />
            </Td>
            <Td wide className="text-ink-2">
              {vestsOf(grant)}
            </Td>
            <Td right wide="very" className="text-ink-2">
              {grant.approvals_needed}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
    {grants.length > SHOWN && (
      <p className="px-4 py-3 text-sm text-ink-2 sm:px-5">
        The first {SHOWN} of {count(grants.length)} are shown; the sums are of all.
      </p>
    )}
  </>
)

function vestsOf({ tranches, first_vest: first, last_vest: last }: BulkReport['grants'][number]): string {
  if (first === null || last === null) return 'When its event has happened'
  if (first === last) return `On ${dateWords(first)}`
  return `${tranches} times, ${dateWords(first)} to ${dateWords(last)}`
}
