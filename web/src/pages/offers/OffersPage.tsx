import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useDeferredValue } from 'react'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import type { OfferRow, OfferStatus } from '../../lib/contract.ts'
import { count } from '../../lib/money.ts'
import { offersPath, offersQuery } from '../../lib/offers.ts'
import { useNow, useSession } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty } from '../../ui/States.tsx'
import { OfferTable } from './OfferTable.tsx'
import { StatisticsCard } from './StatisticsCard.tsx'
import { offersCsv } from './csv.ts'
import { meets, offersAnswer, tabIn, TABS } from './words.ts'

/** Who was offered what, and which offers wait for somebody? */
export function OffersPage() {
  useTitle('Offers')
  const { permissions } = useSession()
  const mayWrite = permissions.includes('offer:write')
  const query = useQuery(offersQuery)
  return (
    <>
      <PageHead
        title="Offers"
        question="Who was offered what, and which offers wait for somebody?"
        actions={
          <>
            {query.data && (
              <Export
                name="offers"
                path={offersPath(200)}
                csv={() => offersCsv(query.data.offers)}
                json={() => query.data.offers}
              />
            )}
            {permissions.includes('offer:read') && (
              <A href="/offers/bands" className={buttonClass()}>
                Bands & budget
              </A>
            )}
            {mayWrite && (
              <A href="/offers/new" className={buttonClass('primary')}>
                <Plus size={14} aria-hidden /> New offer
              </A>
            )}
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={480} label="offers">
          {({ offers, complete }) => (
            <>
              <Found offers={offers} complete={complete} mayWrite={mayWrite} />
              <StatisticsCard />
            </>
          )}
        </Ask>
      </div>
    </>
  )
}

function Found({
  offers,
  complete,
  mayWrite,
}: {
  offers: readonly OfferRow[]
  complete: boolean
  mayWrite: boolean
}) {
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const now = useNow()()
  const tab = tabIn(search.show)
  const q = useDeferredValue(search.q ?? '')
  const of = (statuses: readonly OfferStatus[]): readonly OfferRow[] =>
    offers.filter(({ status }) => statuses.includes(status))
  const shown = (tab ? of(tab.statuses) : offers).filter((offer) => meets(offer, q))
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 print:hidden">
        <div className="-mx-1 max-w-full overflow-x-auto px-1">
          <Segmented
            label="Which offers"
            value={tab?.value ?? 'all'}
            options={[
              { value: 'all', text: `All ${count(offers.length)}` },
              ...TABS.map(({ value, text, statuses }) => ({
                value,
                text: `${text} ${count(of(statuses).length)}`,
              })),
            ]}
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
        {shown.length === 0 ? (
          <Nothing narrowed={offers.length > 0} mayWrite={mayWrite} />
        ) : (
          <>
            <p className="px-4 pt-4 pb-3 text-base text-pretty text-ink-2 sm:px-5">
              {offersAnswer(offers, now)}
              {!complete && ' There are more offers than are read here; the API has them all.'}
            </p>
            <OfferTable offers={shown} now={now} />
          </>
        )}
      </section>
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
