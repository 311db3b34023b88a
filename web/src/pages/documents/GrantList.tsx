import { FileDown } from 'lucide-react'

import { useGo } from '../../lib/address.ts'
import { contractPdf } from '../../lib/grants.ts'
import type { ContractRow } from '../../lib/grants.ts'
import { nano } from '../../lib/money.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { DateOf } from '../../ui/Time.tsx'
import { STATUS } from '../grants/words.ts'

/** One's own contracts, each with its paper. */
export function GrantList({ grants, label }: { grants: readonly ContractRow[]; label: string }) {
  const go = useGo()
  return (
    <Table label={label}>
      <thead>
        <tr>
          <Th>Grant</Th>
          <Th>Status</Th>
          <Th right>Quantity</Th>
          <Th wide>Granted on</Th>
          <Th right>
            <span className="sr-only">Document</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <Tr key={grant.id} onOpen={() => go(`/grants/${grant.id}`)}>
            <Td>
              <A
                data-row
                href={`/grants/${grant.id}`}
                className="figure-link inline-flex min-h-6 items-center font-medium"
              >
                {grant.name}
              </A>
            </Td>
            <Td>
              <Badge tone={STATUS[grant.status].tone}>{STATUS[grant.status].name}</Badge>
            </Td>
            <Td right className="font-medium">
              <Amount value={nano(grant.quantity)} asset={grant.asset} />
            </Td>
            <Td wide className="whitespace-nowrap text-ink-2">
              <DateOf date={grant.grant_date} />
            </Td>
            <Td right>
              <a
                className={buttonClass('quiet')}
                href={contractPdf(grant.id)}
                target="_blank"
                rel="noreferrer"
                aria-label={`Contract of ${grant.name} as PDF`}
              >
                <FileDown size={14} aria-hidden /> PDF
              </a>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
