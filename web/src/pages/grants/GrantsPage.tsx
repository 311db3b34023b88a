import { useInfiniteQuery } from '@tanstack/react-query'
import { FileUp, Plus, X } from 'lucide-react'
import { useDeferredValue } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { contractsPath, contractsQuery } from '../../lib/grants.ts'
import type { ContractRow, Contracts } from '../../lib/grants.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { PolicyCard } from './PolicyCard.tsx'
import { GrantTable } from './GrantTable.tsx'
import { countOf, grantsAnswer, TABS, WAITING } from './words.ts'

/** Which promises stand, and which wait for somebody? */
export function GrantsPage() {
  useTitle('Grants')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const mayWrite = useSession().permissions.includes('grant:write')
  const tab = TABS.find(({ value }) => value === search.show) ?? null
  const filter = { status: tab?.statuses.join(','), q: useDeferredValue(search.q), template: search.template }
  const query = useInfiniteQuery({ ...contractsQuery(filter), placeholderData: (previous) => previous })
  const counts = query.data?.pages[0]?.counts
  const tabCount = (n: number | undefined): string => (n === undefined ? '' : ` ${count(n)}`)
  return (
    <>
      <PageHead
        title="Grants"
        question="Which promises stand, and which wait for somebody?"
        actions={
          <>
            <Copy
              look="quiet"
              label="Copy as API call"
              text={curlOf(location.origin, contractsPath(filter))}
            />
            {mayWrite && (
              <>
                <A href="/grants/bulk" className={buttonClass()}>
                  <FileUp size={14} aria-hidden /> From a file
                </A>
                <A href="/grants/new" className={buttonClass('primary')}>
                  <Plus size={14} aria-hidden /> New grant
                </A>
              </>
            )}
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-3 print:hidden">
          <div className="-mx-1 max-w-full overflow-x-auto px-1">
            <Segmented
              label="Which grants"
              value={tab?.value ?? 'all'}
              options={[
                { value: 'all', text: `All${tabCount(counts && total(counts))}` },
                ...TABS.map(({ value, text, statuses }) => ({
                  value,
                  text: `${text}${tabCount(counts && countOf(counts, statuses))}`,
                })),
              ]}
              onChange={(value) => setSearch({ show: value === 'all' ? undefined : value })}
            />
          </div>
          <input
            type="search"
            data-filter
            aria-label="Search grants"
            placeholder="Search by person or grant"
            className="field h-9 w-full sm:max-w-xs"
            value={search.q ?? ''}
            onChange={(event) => setSearch({ q: event.target.value || undefined }, 'replace')}
          />
          {search.template && (
            <Button onClick={() => setSearch({ template: undefined })}>
              Template “{search.template}” <X size={14} aria-label="Show grants of all templates" />
            </Button>
          )}
        </div>
        <section aria-label="Grants" className="card">
          {query.data ? (
            <Found
              pages={query.data.pages}
              more={query.hasNextPage ? () => void query.fetchNextPage() : null}
              busy={query.isFetchingNextPage}
              searched={search.q}
            />
          ) : query.isError ? (
            <Failure error={query.error} retry={() => void query.refetch()} />
          ) : (
            <Skeleton height={560} label="Loading grants" />
          )}
        </section>
        <PolicyCard />
      </div>
    </>
  )
}

const total = (counts: Contracts['counts']): number => Object.values(counts).reduce((sum, n) => sum + n, 0)

function Found({
  pages,
  more,
  busy,
  searched,
}: {
  pages: readonly Contracts[]
  more: (() => void) | null
  busy: boolean
  searched: string | undefined
}) {
  const setSearch = useSetSearch()
  const grants: readonly ContractRow[] = pages.flatMap((page) => page.grants)
  const counts = pages[0]?.counts ?? {}
  if (grants.length === 0)
    return (
      <Empty
        title={searched ? `Nothing is called “${searched}”` : 'No grants here'}
        action={
          <Button onClick={() => setSearch({ q: undefined, show: undefined, template: undefined })}>
            Show all grants
          </Button>
        }
      >
        {searched
          ? 'Names and emails of people and names of grants were searched.'
          : 'A grant begins as a draft, is approved, offered and accepted, and then vests.'}
      </Empty>
    )
  return (
    <>
      <div className="px-4 pt-4 pb-3 sm:px-5">
        <p className="num text-3xl font-semibold tracking-[-0.02em]">{count(countOf(counts, WAITING))}</p>
        <p className="text-sm text-pretty text-ink-2">
          waiting, of {count(total(counts))} grants. {grantsAnswer(counts)}
        </p>
      </div>
      <GrantTable grants={grants} />
      {more && (
        <div className="flex justify-center p-3 print:hidden">
          <Button onClick={more} disabled={busy}>
            {busy ? 'Loading…' : 'Show more'}
          </Button>
        </div>
      )}
    </>
  )
}
