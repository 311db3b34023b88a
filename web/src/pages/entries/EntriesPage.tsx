import { useInfiniteQuery } from '@tanstack/react-query'

import { useAddress } from '../../lib/address.ts'
import type { Entries } from '../../lib/contract.ts'
import { FILTERS, curlOf, readFilters } from '../../lib/links.ts'
import type { EntryFilter } from '../../lib/links.ts'
import { amountWords, count, nano } from '../../lib/money.ts'
import { entriesPath, entriesQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { MEANING, titled } from '../../lib/words.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { Download } from './Download.tsx'
import { EntryTable } from './EntryTable.tsx'
import { Filters } from './Filters.tsx'

/** The proof behind every figure: the ledger's own rows, in plain words, with their exact sum. */
export function EntriesPage() {
  useTitle('Entries')
  const { id, readOnly } = useSubject()
  const { path, search } = useAddress()
  const filter = readFilters(search)
  const query = useInfiniteQuery(entriesQuery(id, filter))
  const first = query.data?.pages[0]
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? []
  const tools = (
    <>
      <Copy
        look="quiet"
        label="Copy as API call"
        text={curlOf(location.origin, entriesPath(id, filter, 100))}
      />
      <Download filter={filter} />
    </>
  )
  return (
    <>
      {readOnly ? (
        <div className="mt-5 flex gap-2 max-sm:-ml-3 sm:justify-end">{tools}</div>
      ) : (
        <PageHead title="Entries" question="What moved, when, and why?" actions={tools} />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Filters filter={filter} />
        <section aria-label="Ledger entries" className="card">
          {first && <Sum filter={filter} first={first} />}
          {query.isPending && <Skeleton height={560} label="Loading entries" />}
          {query.isError && !first && <Failure error={query.error} retry={() => void query.refetch()} />}
          {first &&
            (entries.length > 0 ? (
              <EntryTable entries={entries} signed={filter.account !== undefined} asset={filter.asset} />
            ) : (
              <Empty
                title="No entry meets these filters"
                action={
                  FILTERS.some((name) => filter[name]) && (
                    <A href={path} className={buttonClass()}>
                      Clear the filters
                    </A>
                  )
                }
              >
                Entries are written when value moves: a grant, a vest, a hold, a settlement, an expiry.
              </Empty>
            ))}
          {query.hasNextPage && (
            <div className="flex justify-center border-t border-line p-3">
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {query.isFetchingNextPage ? 'Loading…' : `Show more of ${count(first?.count ?? 0)}`}
              </Button>
            </div>
          )}
        </section>
      </div>
    </>
  )
}

function Sum({ filter, first }: { filter: EntryFilter; first: Entries }) {
  const narrowed = FILTERS.some((name) => name !== 'account' && name !== 'asset' && filter[name])
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 border-b border-line px-4 py-4 sm:px-5">
      <div>
        <h2 className="text-sm text-ink-2">
          {filter.account
            ? narrowed
              ? `Moved into ${filter.account} less moved out, by these entries`
              : `Balance of ${filter.account}: ${MEANING[filter.account]}`
            : 'Sum of these entries'}
        </h2>
        <p className="num text-xl font-semibold tracking-[-0.015em]">
          {amountWords(nano(first.sum), filter.asset)}
        </p>
      </div>
      <p className="text-sm text-ink-2">
        {count(first.count)} {first.count === 1 ? 'entry' : 'entries'}
        {filter.kind && ` · ${titled(filter.kind)}`}
      </p>
    </div>
  )
}
