import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import clsx from 'clsx'
import { ChevronLeft } from 'lucide-react'

import { useAddress } from '../../lib/address.ts'
import { personPath } from '../../lib/links.ts'
import { walletQuery } from '../../lib/queries.ts'
import { SubjectProvider } from '../../lib/viewer.tsx'
import { GuardBanner } from '../../shell/GuardBanner.tsx'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { ChangeMenu } from '../life/ChangeMenu.tsx'

const PAGES = [
  { page: '', text: 'Wallet' },
  { page: 'usage', text: 'Usage' },
  { page: 'vesting', text: 'Vesting' },
  { page: 'worth', text: 'Worth' },
  { page: 'jobs', text: 'GPU jobs' },
  { page: 'sla', text: 'SLA' },
  { page: 'entries', text: 'Entries' },
  { page: 'alerts', text: 'Alerts' },
] as const

/** Another person's wallet, usage, vesting and entries: to read, never to spend. */
export function PersonPage() {
  const { id = '' } = useParams({ strict: false })
  const { path } = useAddress()
  const wallet = useQuery({ ...walletQuery(id), refetchInterval: false })
  return (
    <SubjectProvider value={{ id, readOnly: true }}>
      <A
        href="/people"
        className="inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink print:hidden"
      >
        <ChevronLeft size={14} aria-hidden /> People
      </A>
      <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-xl font-semibold tracking-[-0.015em]">
          {wallet.data?.person.name ?? (wallet.isPending ? <NameBone /> : 'Person')}
        </h1>
        <Badge>read-only</Badge>
        {wallet.data && (
          <span className="ml-auto">
            <ChangeMenu person={wallet.data.person} />
          </span>
        )}
      </div>
      <nav
        aria-label="Pages of this person"
        className="mt-3 flex gap-1 overflow-x-auto border-b border-line print:hidden"
      >
        {PAGES.map(({ page, text }) => {
          const here = path === personPath(id, page) || path === `${personPath(id, page)}/`
          return (
            <A
              key={page}
              href={personPath(id, page)}
              aria-current={here ? 'page' : undefined}
              className={clsx(
                'flex h-9 items-center border-b-2 px-2.5 text-sm font-medium whitespace-nowrap',
                here ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink',
              )}
            >
              {text}
            </A>
          )
        })}
      </nav>
      <GuardBanner inset />
      <Outlet />
    </SubjectProvider>
  )
}

const NameBone = () => (
  <span className="skeleton inline-block h-5 w-40 align-middle">
    <span className="sr-only">Person</span>
    <span className="bone block h-full" />
  </span>
)
