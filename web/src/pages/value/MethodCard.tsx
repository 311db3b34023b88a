import type { ReactNode } from 'react'

import type { PersonValue, Value } from '../../lib/value.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { assetName } from './words.ts'

const percentOf = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`

/** How it is computed, and how little is known of some of it. */
export function MethodCard({ value }: { value: Value | PersonValue }) {
  const { turnover, demand, interest, drift } = value.assumptions
  return (
    <Card
      title="How it is computed, and where it is weak"
      note="Quantities are exact and come from the ledger; prices are frozen marks. What is expected is a model, and says so."
    >
      <dl className="grid gap-x-8 gap-y-4 text-sm md:grid-cols-2">
        <Item name="All that is owed" sure>
          What has not vested, and what has and was not spent, recomputed from ledger entries, times the price
          of the day. No assumption goes into it.
        </Item>
        <Item name="Change" sure>
          Movements are told at the first day’s price, the price at what is left: the parts sum to the change
          to the nano-dollar.
        </Item>
        <Item name="Who leaves" weak={turnover.weak}>
          {percentOf(1 - Math.exp(-turnover.hazard))} of people a year, from {turnover.leavers} who left in{' '}
          {Math.round(turnover.person_years)} years of people.
          <Reasons reasons={turnover.reasons} />
        </Item>
        <Item name="What is used" weak={demand.weak > 0 || demand.without > 0}>
          From metered months of each person, drawn towards what colleagues use
          {demand.without > 0 &&
            `; for ${demand.without} ${demand.without === 1 ? 'wallet' : 'wallets'} nobody has used enough to tell, and all of it counts as used`}
          {demand.weak > 0 && `; ${demand.weak} of ${demand.fitted} are little known yet`}.
        </Item>
        <Item name="Time" weak>
          A dollar in a year counts {percentOf(1 - Math.exp(-interest))} less.{' '}
          {drift === 0
            ? 'Prices are taken to stay as they are: where they go in the long run cannot be told from the data.'
            : `Prices are taken to change by ${percentOf(drift)} a year.`}
        </Item>
        {value.assets
          .filter(({ delivered }) => delivered && delivered.availability * delivered.efficiency < 1)
          .map(({ asset, delivered }) => (
            <Item key={asset} name={assetName(asset)} weak>
              {percentOf(delivered!.availability * delivered!.efficiency)} of the hours become work:{' '}
              {delivered!.why}.
            </Item>
          ))}
      </dl>
    </Card>
  )
}

const Reasons = ({ reasons }: { reasons: readonly string[] }) =>
  reasons.length === 0 ? null : <span className="block text-ink-3">{reasons.join('; ')}.</span>

const Item = ({
  name,
  sure = false,
  weak = false,
  children,
}: {
  name: string
  sure?: boolean
  weak?: boolean
  children: ReactNode
}) => (
  <div className="min-w-0">
    <dt className="flex flex-wrap items-center gap-2 font-medium">
      {name}
      {sure && <Badge tone="good">exact</Badge>}
      {weak && <Badge tone="warn">calibration weak</Badge>}
    </dt>
    <dd className="mt-0.5 text-pretty text-ink-2">{children}</dd>
  </div>
)
