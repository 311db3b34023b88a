import { useGo } from '../../lib/address.ts'
import type { ContractRow } from '../../lib/grants.ts'
import { nano, percent } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { STATUS } from './words.ts'

/** Grants of many people, a row each; a row opens its contract. */
export function GrantTable({ grants }: { grants: readonly ContractRow[] }) {
  const go = useGo()
  return (
    <Table label="Grants">
      <thead>
        <tr>
          <Th>Person</Th>
          <Th wide>Grant</Th>
          <Th>Status</Th>
          <Th right>Quantity</Th>
          <Th right wide>
            Vested
          </Th>
          <Th wide>Next vest</Th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <Tr key={grant.id} onOpen={() => go(`/grants/${grant.id}`)}>
            <Td className="min-w-32">
              <A
                href={`/people/${grant.person.id}`}
                className="figure-link inline-flex min-h-6 items-center font-medium"
              >
                {grant.person.name}
              </A>
              <span className="block truncate text-xs text-ink-3 max-sm:hidden">{grant.person.email}</span>
              <A
                href={`/grants/${grant.id}`}
                className="figure-link block min-h-6 text-xs text-ink-2 sm:hidden"
              >
                {grant.name}
              </A>
            </Td>
            <Td wide className="min-w-32">
              <A
                data-row
                href={`/grants/${grant.id}`}
                className="figure-link inline-flex min-h-6 items-center"
              >
                {grant.name}
              </A>
              <span className="block text-xs text-ink-3">from {dateWords(grant.start_date)}</span>
            </Td>
            <Td>
              <Badge tone={STATUS[grant.status].tone}>{STATUS[grant.status].name}</Badge>
            </Td>
            <Td right className="font-medium">
              <Amount value={nano(grant.quantity)} asset={grant.asset} />
            </Td>
            <Td right wide className="text-ink-2">
              {grant.status === 'active' || grant.status === 'ended'
                ? (percent(nano(grant.vested), nano(grant.quantity)) ?? '0%')
                : '–'}
            </Td>
            <Td wide className="whitespace-nowrap text-ink-2">
              {grant.next_vest ? dateWords(grant.next_vest.date) : '–'}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
