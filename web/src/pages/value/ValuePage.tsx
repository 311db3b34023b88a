import { useQuery } from '@tanstack/react-query'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { addDays, dayOf } from '../../lib/base.ts'
import { curlOf } from '../../lib/links.ts'
import { useNow } from '../../lib/viewer.tsx'
import { valuePath, valueQuery } from '../../lib/value.ts'
import type { Value, ValueAsk } from '../../lib/value.ts'
import { useTitle } from '../../shell/useTitle.ts'
import { A } from '../../ui/A.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { buttonClass } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { Empty } from '../../ui/States.tsx'
import { ForwardCard } from './ForwardCard.tsx'
import { GroupsCard } from './GroupsCard.tsx'
import { HistoryCard } from './HistoryCard.tsx'
import { MarkPanel } from './MarkPanel.tsx'
import { MethodCard } from './MethodCard.tsx'
import { PricesCard } from './PricesCard.tsx'
import { RightsCard } from './RightsCard.tsx'
import { ScenariosCard } from './ScenariosCard.tsx'
import { ShockCard } from './ShockCard.tsx'
import { StepsCard } from './StepsCard.tsx'
import { Worth } from './Worth.tsx'
import { WhyCard } from './WhyCard.tsx'
import { basisIn, groupIn } from './words.ts'

/** What is compared with: so many days ago. */
const SINCE = [
  { value: '30', text: '30 days' },
  { value: '90', text: '90 days' },
  { value: '365', text: 'A year' },
] as const
type Since = (typeof SINCE)[number]['value']

/** What is what we promised worth, and owed? */
export function ValuePage() {
  useTitle('Value')
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const now = useNow()()
  const since = SINCE.find(({ value }) => value === search.since)?.value ?? '30'
  const ask: ValueAsk = {
    from: addDays(dayOf(now), -Number(since)),
    basis: basisIn(search.basis),
    by: groupIn(search.by),
  }
  const query = useQuery(valueQuery(ask))
  return (
    <>
      <PageHead
        title="Value"
        question="What is what we promised worth, and still owed?"
        actions={
          <>
            <Segmented<Since>
              label="Compared with"
              value={since}
              options={SINCE}
              onChange={(value) => setSearch({ since: value === '30' ? undefined : value }, 'replace')}
            />
            <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, valuePath(ask))} />
          </>
        }
      />
      <div className="mt-5 flex flex-col gap-4">
        <Ask query={query} height={560} label="the value">
          {(value) => <Found value={value} />}
        </Ask>
      </div>
      <MarkPanel hash={search.mark} onClose={() => setSearch({ mark: undefined })} />
    </>
  )
}

function Found({ value }: { value: Value }) {
  if (value.grants === 0)
    return (
      <section className="card" aria-label="Value">
        <Empty
          title="Nothing is owed"
          action={
            <A href="/grants" className={buttonClass('primary')}>
              Open grants
            </A>
          }
        >
          When the company promises compute, this page says what it is worth at today’s prices, what of it is
          still owed, and why that changes.
        </Empty>
      </section>
    )
  return (
    <>
      <Worth
        value={value}
        who={`${value.people} ${value.people === 1 ? 'person is' : 'people are'} still owed, from ${value.grants} ${value.grants === 1 ? 'grant' : 'grants'}`}
        company
      />
      <WhyCard value={value} />
      <ShockCard value={value} />
      <StepsCard value={value} own={false} />
      <GroupsCard value={value} />
      <PricesCard value={value} />
      <HistoryCard value={value} />
      <ForwardCard value={value} />
      <ScenariosCard of={null} basis={value.basis} />
      <RightsCard value={value} />
      <MethodCard value={value} />
    </>
  )
}
