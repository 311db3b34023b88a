import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft, FileDown } from 'lucide-react'

import { contractPath, contractPdf, contractQuery } from '../../lib/grants.ts'
import type { Contract } from '../../lib/grants.ts'
import { curlOf } from '../../lib/links.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { SubjectProvider } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { ChangeMenu } from '../life/ChangeMenu.tsx'
import { GrantLeaveCard } from '../life/LeaveOutlook.tsx'
import { Head } from './Head.tsx'
import { ScheduleCard } from './ScheduleCard.tsx'
import { StepsCard } from './StepsCard.tsx'
import { TermsCard } from './TermsCard.tsx'
import { TrailCard } from './TrailCard.tsx'
import { VersionsCard } from './VersionsCard.tsx'

/** What does this contract say, and what has become of it? For people operations, and for its own person. */
export function GrantPage() {
  const { id = '' } = useParams({ strict: false })
  const session = useSession()
  const query = useQuery(contractQuery(id))
  const mayReadAll = session.permissions.includes('grant:read:any')
  useTitle(query.data?.name ?? 'Grant')
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 print:hidden">
        <A
          href={mayReadAll ? '/grants' : '/documents'}
          className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink"
        >
          <ChevronLeft size={14} aria-hidden /> {mayReadAll ? 'Grants' : 'Grants & documents'}
        </A>
        <div className="flex flex-wrap gap-2">
          <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, contractPath(id))} />
          <a className={buttonClass()} href={contractPdf(id)} target="_blank" rel="noreferrer">
            <FileDown size={14} aria-hidden /> Contract as PDF
          </a>
          {query.data && <ChangeMenu person={query.data.person} grant={query.data} />}
        </div>
      </div>
      <div className="mt-3 flex flex-col gap-4">
        <Ask query={query} height={720} label="the grant">
          {(grant) => (
            <SubjectProvider value={subjectOf(grant, session.person.id)}>
              <Whole grant={grant} />
            </SubjectProvider>
          )}
        </Ask>
      </div>
    </>
  )
}

/** Its figures open the entries of its own person. */
const subjectOf = (grant: Contract, viewer: string): { id: string; readOnly: boolean } =>
  grant.person.id === viewer ? { id: 'me', readOnly: false } : { id: grant.person.id, readOnly: true }

function Whole({ grant }: { grant: Contract }) {
  const now = useNow()()
  const own = useSession().person.id === grant.person.id
  return (
    <>
      <Head grant={grant} now={now} />
      <StepsCard grant={grant} />
      <ScheduleCard grant={grant} now={now} />
      {grant.status === 'active' && <GrantLeaveCard grant={grant} own={own} />}
      <TermsCard sections={grant.words} />
      <VersionsCard versions={grant.versions} acceptances={grant.acceptances} asset={grant.asset} />
      <TrailCard grant={grant} />
    </>
  )
}
