import { useQuery } from '@tanstack/react-query'

import { ownContractsPath, ownContractsQuery } from '../../lib/grants.ts'
import type { ContractRow } from '../../lib/grants.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Card, PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { CalendarCard } from './CalendarCard.tsx'
import { OwnLeaveCard } from '../life/LeaveOutlook.tsx'
import { GrantList } from './GrantList.tsx'
import { OutlookCard } from './OutlookCard.tsx'

/** What was I promised, in writing? */
export function DocumentsPage() {
  useTitle('Grants & documents')
  const query = useQuery(ownContractsQuery('me'))
  return (
    <>
      <PageHead
        title="Grants & documents"
        question="What was I promised, in writing?"
        actions={
          <Copy
            look="quiet"
            label="Copy as API call"
            text={curlOf(location.origin, ownContractsPath('me'))}
          />
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={320} label="your grants">
          {({ grants }) => <Own grants={grants} />}
        </Ask>
        <OutlookCard />
        <OwnLeaveCard />
        <CalendarCard />
      </div>
    </>
  )
}

function Own({ grants }: { grants: readonly ContractRow[] }) {
  const offered = grants.filter(({ status }) => status === 'offered')
  const standing = grants.filter(({ status }) => status === 'active' || status === 'accepted')
  const over = grants.filter((grant) => !offered.includes(grant) && !standing.includes(grant))
  if (grants.length === 0)
    return (
      <Card title="Your contracts">
        <Empty title="No grant yet">
          When the company offers you compute, the contract is here to read and to accept.
        </Empty>
      </Card>
    )
  return (
    <>
      {offered.length > 0 && (
        <Card
          flush
          title={`${count(offered.length)} ${offered.length === 1 ? 'offer waits' : 'offers wait'} for you`}
          note="Read what it says; it becomes yours when you accept."
        >
          <GrantList grants={offered} label="Offers" />
        </Card>
      )}
      <Card
        flush
        title="Your contracts"
        note={`${count(standing.length)} ${standing.length === 1 ? 'stands' : 'stand'}. Each opens its terms in plain words, its schedule and the contract as a PDF.`}
      >
        {standing.length > 0 ? (
          <GrantList grants={standing} label="Contracts that stand" />
        ) : (
          <Empty title="None stands">What you accept is here from then on.</Empty>
        )}
      </Card>
      {over.length > 0 && (
        <Card flush title="Over" note="Ended, declined or withdrawn; kept as they were.">
          <GrantList grants={over} label="Contracts that are over" />
        </Card>
      )}
    </>
  )
}
