import { useQuery } from '@tanstack/react-query'
import { Printer } from 'lucide-react'
import { useDeferredValue, useEffect, useState } from 'react'

import { ApiError } from '../../lib/api.ts'
import { askOf, compareOffersQuery, fragmentOf, keptTokenIn, readKept } from '../../lib/compare.ts'
import type { CompareAsk } from '../../lib/contract/compare.ts'
import { Mark } from '../../shell/Brand.tsx'
import { ThemeSwitch } from '../../shell/ThemeSwitch.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Button } from '../../ui/Button.tsx'
import { NotesProvider, Refused } from '../../ui/Field.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { BLANK, EXAMPLE, saysSomething, withOffer, withoutOffer, withPath, withSecond } from './asked.ts'
import { AssumptionsCard } from './AssumptionsCard.tsx'
import { HoursCard } from './HoursCard.tsx'
import { OfferCard } from './OfferCard.tsx'
import { PasteCard } from './PasteCard.tsx'
import { ShareCard } from './ShareCard.tsx'
import { SummaryCard } from './SummaryCard.tsx'
import { YearsCard } from './YearsCard.tsx'
import '../offer/offer.css'
import './compare.css'

const MOST = 4

/** Which offer is worth more? Anybody's page: what is typed stays in the address, behind the #, until somebody keeps it. */
export function ComparePage() {
  useTitle('Compare offers')
  const [ask, setAsk] = useState<CompareAsk>(() => withSecond(askOf(location.hash) ?? BLANK))
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    const load = () => {
      const token = keptTokenIn(location.hash)
      if (token !== null)
        readKept(token)
          .then((kept) => setAsk(withSecond(kept.ask)))
          .catch(() => setMissing(true))
      const told = askOf(location.hash)
      if (told !== null) setAsk(withSecond(told))
    }
    if (keptTokenIn(location.hash) !== null) load()
    addEventListener('hashchange', load)
    return () => removeEventListener('hashchange', load)
  }, [])
  const change = (next: CompareAsk) => {
    setAsk(next)
    // Everything that is typed stands in the address; the server is sent the part before the # alone.
    history.replaceState(history.state, '', `#${fragmentOf(next)}`)
  }
  const telling = ask.offers.some(saysSomething)
  const asked = useDeferredValue(telling ? ask : null)

  return (
    <div className="mx-auto flex max-w-[1200px] flex-col gap-4 px-4 py-5 sm:gap-5 sm:px-6 sm:py-8">
      <header className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-80">
          <p className="flex items-center gap-2 text-sm font-medium text-ink-2">
            <Mark size={20} /> Perq
          </p>
          <h1 className="mt-2 text-2xl font-semibold tracking-[-0.02em]">Compare offers</h1>
          <p className="mt-1 max-w-[76ch] text-pretty text-ink-2">
            Salary, bonus, shares and compute over four years, on one basis and in dollars. What you type
            stays in this page’s address, behind the #, which no browser sends anywhere; the figures are
            worked out by the server, which keeps nothing of it unless you press “Keep it”.
          </p>
        </div>
        <div className="flex items-center gap-2 print:hidden">
          <ThemeSwitch />
          <Button onClick={() => print()}>
            <Printer size={14} aria-hidden /> Print
          </Button>
        </div>
      </header>
      {missing && <Refused>There is no such comparison: its 90 days are over, or it was forgotten.</Refused>}
      <main className="flex flex-col gap-4 sm:gap-5">
        <PasteCard
          ask={ask}
          onRead={(index, offer) => change(withOffer(ask, index, offer))}
          onExample={() => change(EXAMPLE)}
        />
        <Answered ask={ask} asked={asked} onChange={change} />
        <ShareCard ask={ask} />
      </main>
    </div>
  )
}

function Answered({
  ask,
  asked,
  onChange,
}: {
  ask: CompareAsk
  asked: CompareAsk | null
  onChange: (ask: CompareAsk) => void
}) {
  const query = useQuery(compareOffersQuery(asked))
  // Who comes by a link with offers in it sees the answer first.
  const [open, setOpen] = useState(() => !ask.offers.some(saysSomething))
  const refused = query.error instanceof ApiError && query.error.param !== null ? query.error : null
  const notes = refused ? [{ param: refused.param!, message: refused.message, tone: 'bad' as const }] : []
  const found = query.isError ? undefined : query.data
  const set = (path: string, value: string | undefined) => onChange(withPath(ask, path, value))
  return (
    <NotesProvider value={notes}>
      <details
        open={open}
        onToggle={(event) => setOpen(event.currentTarget.open)}
        className="flex flex-col gap-4 print:hidden"
      >
        <summary className="min-h-9 cursor-pointer py-1.5 text-lg font-semibold tracking-[-0.01em]">
          What is offered
        </summary>
        <div className="mt-2 grid gap-4 sm:gap-5 lg:grid-cols-2">
          {ask.offers.map((offer, index) => (
            <OfferCard
              key={index}
              offer={offer}
              index={index}
              set={set}
              onChange={(next) => onChange(withOffer(ask, index, next))}
              onRemove={ask.offers.length > 2 ? () => onChange(withoutOffer(ask, index)) : null}
            />
          ))}
        </div>
        {ask.offers.length < MOST && (
          <Button
            className="mt-4"
            onClick={() =>
              onChange({ ...ask, offers: [...ask.offers, { name: `Offer ${ask.offers.length + 1}` }] })
            }
          >
            Add another offer
          </Button>
        )}
      </details>
      {refused && <Refused>{refused.message}</Refused>}
      {query.isError && !refused && <Failure error={query.error} retry={() => void query.refetch()} />}
      {asked === null && (
        <section className="card">
          <Empty title="Nothing to compare yet">
            Paste an offer above, or type what is offered: the figures follow as you type.
          </Empty>
        </section>
      )}
      {asked !== null && found === undefined && !query.isError && (
        <Skeleton height={420} label="Loading the comparison" />
      )}
      {asked !== null && found && (
        <>
          <SummaryCard found={found} />
          <YearsCard found={found} />
          <HoursCard found={found} />
          <AssumptionsCard found={found} set={set} />
        </>
      )}
    </NotesProvider>
  )
}
