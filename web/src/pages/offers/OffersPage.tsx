import { useInfiniteQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useDeferredValue } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { OfferRow } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { count } from '../../lib/money.ts'
import { offersPath, offersQuery } from '../../lib/offers.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { OfferTable } from './OfferTable.tsx'
import { StatisticsCard } from './StatisticsCard.tsx'
import { offersAnswer, tabIn, TABS } from './words.ts'

/** Who was offered what, and which offers wait for somebody? */
export function OffersPage() {
  useTitle('Offers')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const mayWrite = useSession().permissions.includes('offer:write')
  const tab = tabIn(search.show)
  const filter = { status: tab?.statuses.join(','), q: useDeferredValue(search.q) }
  const query = useInfiniteQuery({ ...offersQuery(filter), placeholderData: (previous) => previous })
  return (
    <>
      <PageHead
        title="Offers"
        question="Who was offered what, and which offers wait for somebody?"
        actions={
          <>
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, offersPath(filter))} />
            <A href="/offers/bands" className={buttonClass()}>
              Bands & budget
            </A>
            {mayWrite && (
              <A href="/offers/new" className={buttonClass('primary')}>
                <Plus size={14} aria-hidden /> New offer
              </A>
            )}
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-3 print:hidden">
          <div className="-mx-1 max-w-full overflow-x-auto px-1">
            <Segmented
              label="Which offers"
              value={tab?.value ?? 'all'}
              options={[{ value: 'all', text: 'All' }, ...TABS]}
              onChange={(value) => setSearch({ show: value === 'all' ? undefined : value })}
            />
          </div>
          <input
            type="search"
            data-filter
            aria-label="Search offers"
            placeholder="Search by candidate or title"
            className="field h-9 w-full sm:max-w-xs"
            value={search.q ?? ''}
            onChange={(event) => setSearch({ q: event.target.value || undefined }, 'replace')}
          />
        </div>
        <section aria-label="Offers" className="card">
          {query.data ? (
            <Found
              offers={query.data.pages.flatMap((page) => page.offers)}
              more={query.hasNextPage ? () => void query.fetchNextPage() : null}
              busy={query.isFetchingNextPage}
              narrowed={tab !== null || (search.q ?? '') !== ''}
              mayWrite={mayWrite}
            />
          ) : query.isError ? (
            <Failure error={query.error} retry={() => void query.refetch()} />
          ) : (
            <Skeleton height={480} label="Loading offers" />
          )}
        </section>
        {!query.isError && <StatisticsCard />}
      </div>
    </>
  )
}

function Found({
  offers,
  more,
  busy,
  narrowed,
  mayWrite,
}: {
  offers: readonly OfferRow[]
  more: (() => void) | null
  busy: boolean
  narrowed: boolean
  mayWrite: boolean
}) {
  const now = useNow()()
  if (offers.length === 0) return <Nothing narrowed={narrowed} mayWrite={mayWrite} />
  return (
    <>
      <p className="px-4 pt-4 pb-3 text-base text-pretty text-ink-2 sm:px-5">
        <span className="num font-semibold text-ink">
          {count(offers.length)}
          {more && '+'} {offers.length === 1 ? 'offer' : 'offers'}.
        </span>{' '}
        {offersAnswer(offers, now)}
      </p>
      <OfferTable offers={offers} now={now} />
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

function Nothing({ narrowed, mayWrite }: { narrowed: boolean; mayWrite: boolean }) {
  const setSearch = useSetSearch()
  if (narrowed)
    return (
      <Empty
        title="No offer here"
        action={<Button onClick={() => setSearch({ q: undefined, show: undefined })}>Show all offers</Button>}
      >
        Names and emails of candidates and titles were searched.
      </Empty>
    )
  return (
    <Empty
      title="No offer yet"
      action={
        mayWrite && (
          <A href="/offers/new" className={buttonClass('primary')}>
            Write an offer
          </A>
        )
      }
    >
      An offer puts salary, bonus, equity and compute in one letter. Accepted, it becomes a person with their
      grants, and nothing is typed again.
    </Empty>
  )
}
