import type { ReactNode } from 'react'

import { SpreadChart } from '../../charts/SpreadChart.tsx'
import { useSetSearch } from '../../lib/address.ts'
import { nano, percent, usdExact, usdHeading } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { basisOf } from '../../lib/value.ts'
import type { PersonValue, Value } from '../../lib/value.ts'
import { Badge } from '../../ui/Badge.tsx'
import { assetName, BASIS, shocked, spread, STALE_DAYS } from './words.ts'

const orNull = (amount: string | null): bigint | null => (amount === null ? null : BigInt(amount))

/** The first number, the prices it lies between, and the four figures that explain it. */
export function Worth({
  value,
  who,
  company,
}: {
  value: Value | PersonValue
  /** "40 people are still owed of 60 grants". */
  who: string
  company: boolean
}) {
  const setSearch = useSetSearch()
  const { basis } = value
  const own = basisOf(value, basis)
  const cap = nano(own.cap.total)
  const between = spread(value)
  return (
    <>
      <section aria-label="What it is worth" className="card p-4 sm:p-5">
        <div className="grid gap-6 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
          <div className="min-w-0">
            <p
              className="num text-[44px] leading-[52px] font-semibold tracking-[-0.03em]"
              title={usdExact(cap)}
              data-figure="cap"
            >
              {usdHeading(cap)}
            </p>
            <p className="max-w-[52ch] text-base text-pretty text-ink-2">
              is what it would cost today to buy all the compute that {who}. {BASIS[basis].name} price,{' '}
              {dateWords(value.day)}.
            </p>
            {between && between.low.basis !== between.high.basis && (
              <p className="mt-3 max-w-[56ch] text-sm text-pretty text-ink-2">
                There is no single price of compute. Depending on which one counts, the same promise is worth
                from{' '}
                <strong className="num font-medium text-ink">
                  {usdHeading(nano(between.low.cap.total))}
                </strong>{' '}
                ({BASIS[between.low.basis].name.toLowerCase()}) to{' '}
                <strong className="num font-medium text-ink">
                  {usdHeading(nano(between.high.cap.total))}
                </strong>{' '}
                ({BASIS[between.high.basis].name.toLowerCase()}).
              </p>
            )}
            <Old value={value} />
            {own.missing.length > 0 && <Without value={value} />}
          </div>
          <div className="min-w-0">
            <h2 className="px-2 pb-1 text-sm text-ink-2">On four bases, never blended</h2>
            <SpreadChart
              label="The same promise at four prices; choose which one this page tells"
              rows={value.bases.map((one) => {
                const total = nano(one.cap.total)
                return {
                  key: one.basis,
                  name: BASIS[one.basis].short,
                  mid: total === 0n && one.missing.length > 0 ? null : total,
                  low: orNull(one.bid),
                  high: orNull(one.ask),
                  none: 'no price',
                  chosen: one.basis === basis,
                  onChoose: () =>
                    setSearch({ basis: one.basis === 'replacement' ? undefined : one.basis }, 'replace'),
                }
              })}
            />
            <p className="px-2 pt-2 text-xs text-pretty text-ink-3">
              {BASIS[basis].says} The bars reach from the bid to the ask, where there are both.
            </p>
          </div>
        </div>
      </section>
      <section
        aria-label="Key figures"
        className="card grid grid-cols-1 divide-y divide-line overflow-hidden sm:grid-cols-2 sm:divide-y-0 lg:grid-cols-4 [&>*]:border-line sm:[&>*:nth-child(even)]:border-l sm:[&>*:nth-child(n+3)]:border-t lg:[&>*]:border-t-0! lg:[&>*+*]:border-l"
      >
        <Stat name="Vested" figure={nano(own.cap.vested)} of={cap}>
          {company
            ? 'Earned: people may spend it at any time.'
            : 'Earned: yours to spend, also after a price fall.'}
        </Stat>
        <Stat name="Not yet vested" figure={nano(own.cap.unvested)} of={cap}>
          {company
            ? 'Promised for later; forfeited by who leaves first.'
            : 'Promised for later: it vests while you stay.'}
        </Stat>
        <Stat name="Expected use" figure={nano(own.expected.total)} of={cap}>
          {company
            ? 'What is likely to be asked for, after leaving, waiting and unused caps.'
            : 'What is likely to reach you: what you use, what vests, what it is worth by then.'}
        </Stat>
        {company ? (
          <Stat name="Costs the company" figure={nano(value.own_cost.expected)} of={nano(value.own_cost.cap)}>
            Expected, at its own cost; {usdHeading(nano(value.own_cost.cap))} if all of it is used.
          </Stat>
        ) : (
          <Stat name="If hours cost half" figure={shocked(own, -50)} of={cap}>
            What stays when prices of hours fall by half: dollars stay dollars.
          </Stat>
        )}
      </section>
    </>
  )
}

const Stat = ({
  name,
  figure,
  of,
  children,
}: {
  name: string
  figure: bigint
  of: bigint
  children: ReactNode
}) => (
  <div className="p-4 sm:px-5">
    <h2 className="text-sm text-ink-2">{name}</h2>
    <p className="mt-1 flex items-baseline gap-2">
      <span className="num text-xl font-semibold tracking-[-0.015em]" title={usdExact(figure)}>
        {usdHeading(figure)}
      </span>
      <span className="num text-xs text-ink-3">{percent(figure, of)}</span>
    </p>
    <p className="mt-1 text-sm text-pretty text-ink-2">{children}</p>
  </div>
)

/** The age of the prices, once it is more than a month. */
function Old({ value }: { value: Value | PersonValue }) {
  const days = Math.max(
    0,
    ...value.assets.flatMap(({ prices }) =>
      prices.flatMap(({ basis, mark }) => (basis === value.basis && mark ? [mark.stale_days] : [])),
    ),
  )
  if (days <= STALE_DAYS) return null
  return (
    <p className="mt-3 max-w-[56ch] text-sm text-pretty text-ink-2">
      <Badge tone="warn">prices are up to {days} days old</Badge> Nobody recorded newer ones; each week since
      takes 1 % off.
    </p>
  )
}

const Without = ({ value }: { value: Value | PersonValue }) => {
  const { missing } = basisOf(value, value.basis)
  return (
    <p className="mt-3 max-w-[56ch] text-sm text-pretty text-ink-2">
      <Badge tone="warn">
        {missing.length === 1 ? 'one kind has no price' : `${missing.length} kinds have no price`}
      </Badge>{' '}
      {missing.map(({ asset }) => assetName(asset)).join(', ')}: in none of these sums. The prices below say
      why.
    </p>
  )
}
