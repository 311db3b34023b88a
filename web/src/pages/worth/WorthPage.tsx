import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { addDays, dayOf } from '../../lib/base.ts'
import { curlOf } from '../../lib/links.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { worthPath, worthQuery } from '../../lib/value.ts'
import type { PersonValue, ValueAsk } from '../../lib/value.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { HistoryCard } from '../value/HistoryCard.tsx'
import { MarkPanel } from '../value/MarkPanel.tsx'
import { MethodCard } from '../value/MethodCard.tsx'
import { PricesCard } from '../value/PricesCard.tsx'
import { ShockCard } from '../value/ShockCard.tsx'
import { StepsCard } from '../value/StepsCard.tsx'
import { WhyCard } from '../value/WhyCard.tsx'
import { basisIn } from '../value/words.ts'
import { Worth } from '../value/Worth.tsx'
import { CompareCard } from './CompareCard.tsx'
import { GrantWorthCard } from './GrantWorthCard.tsx'

const SINCE_DAYS = 30

/** What is my compute worth? */
export function WorthPage() {
  useTitle('What it is worth')
  const { id, readOnly } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const now = useNow()()
  const ask: ValueAsk = { from: addDays(dayOf(now), -SINCE_DAYS), basis: basisIn(search.basis) }
  const query = useQuery(worthQuery(id, ask))
  const copy = (
    <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, worthPath(id, ask))} />
  )
  return (
    <>
      {readOnly ? (
        <div className="mt-5 flex justify-end">{copy}</div>
      ) : (
        <PageHead title="What it is worth" question="What is my compute worth, in dollars?" actions={copy} />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={560} label="what it is worth">
          {(value) => <Found value={value} own={!readOnly} />}
        </Ask>
      </div>
      <MarkPanel hash={search.mark} onClose={() => setSearch({ mark: undefined })} />
    </>
  )
}

function Found({ value, own }: { value: PersonValue; own: boolean }) {
  if (value.grants === 0)
    return (
      <section className="card" aria-label="What it is worth">
        <Empty title={own ? 'Nothing is owed to you' : 'Nothing is owed'}>
          Once compute is promised and not yet spent, this page says what it is worth at today’s prices, and
          what of it is likely to be used.
        </Empty>
      </section>
    )
  const grants = `${value.grants} ${value.grants === 1 ? 'grant' : 'grants'}`
  return (
    <>
      <Worth
        value={value}
        who={
          own ? `you are still owed, from ${grants}` : `${value.person.name} is still owed, from ${grants}`
        }
        company={!own}
      />
      <GrantWorthCard value={value} />
      <WhyCard value={value} />
      <StepsCard value={value} own={own} />
      <ShockCard value={value} />
      {own && <CompareCard value={value} />}
      <PricesCard value={value} />
      {value.assets.some(({ prices }) => prices.some(({ mark }) => mark !== null)) && (
        <HistoryCard value={value} />
      )}
      <MethodCard value={value} />
    </>
  )
}
