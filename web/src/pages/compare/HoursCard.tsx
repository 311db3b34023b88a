import type { ComparedOffers, SideItem, SideView } from '../../lib/contract/compare.ts'
import { nano, usd, usdShort } from '../../lib/money.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { STANDING_WORDS } from './asked.ts'

/** Decimal text with separators, whole from a hundred on. */
export function countWords(text: string): string {
  const [whole = '0', fraction = ''] = text.split('.')
  const told = BigInt(whole).toLocaleString('en-US')
  return whole.length > 2 || fraction === '' ? told : `${told}.${fraction.slice(0, 2)}`
}

/** What the compute of each offer is for one person: every factor in sight. */
export function HoursCard({ found }: { found: ComparedOffers }) {
  if (found.offers.every(({ items }) => items.length === 0)) return null
  return (
    <Card
      title="The compute, for one person"
      note="Pools and clusters are divided among those who share them: GPU-hours of a tier that are one person’s, not a number of machines."
    >
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-2">
        {found.offers.map((offer, index) => (
          <Side key={index} offer={offer} />
        ))}
      </div>
    </Card>
  )
}

function Side({ offer }: { offer: SideView }) {
  const { same_work: same, items } = offer
  return (
    <section aria-label={offer.name} className="min-w-0 break-inside-avoid">
      <h3 className="font-semibold">{offer.name}</h3>
      {items.length === 0 && <p className="mt-1 text-sm text-ink-2">No compute.</p>}
      <ul className="mt-2 flex flex-col gap-4">
        {items.map((item, index) => (
          <li key={index}>
            <Item item={item} />
          </li>
        ))}
      </ul>
      {same && (
        <p className="mt-4 border-t border-line pt-3 text-sm text-pretty">
          All of it is the work of <strong className="num font-semibold">{countWords(same.hours)}</strong>{' '}
          hours of {same.accelerator} over four years, {countWords(same.expected)} of them expected to be
          used: {countWords(same.gpu_years)} GPU-years, or {countWords(same.exaflop_days)} exaFLOP-days.
        </p>
      )}
    </section>
  )
}

const TONES = { right: 'good', cap: 'warn', best_effort: 'warn' } as const

function Item({ item }: { item: SideItem }) {
  const { hours, factors, price, reason } = item
  return (
    <div className="text-sm">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">{item.name}</span>
        <Badge tone={TONES[item.standing]}>{STANDING_WORDS[item.standing]}</Badge>
      </p>
      {factors.length > 0 && (
        <p className="mt-1 text-pretty text-ink-2">
          {factors.map(({ value, says, by }, index) => (
            <span key={says}>
              {index > 0 && (by === 'over' ? ' ÷ ' : ' × ')}
              <span className="num text-ink">{countWords(value)}</span>{' '}
              <span className="text-xs">({says})</span>
            </span>
          ))}
        </p>
      )}
      {hours && (
        <p className="mt-1 text-pretty text-ink-2">
          <strong className="num font-semibold text-ink">{countWords(hours.total)}</strong> hours of{' '}
          {hours.accelerator}, {hours.tier}: {hours.years.map(countWords).join(' · ')} by year.{' '}
          {countWords(hours.expected)} of them become work that is expected to be used.
        </p>
      )}
      {price ? (
        <p className="mt-1 text-ink-2">
          <span className="num text-ink">{usd(nano(price.each))}</span> for one {price.unit}: up to{' '}
          <span className="num text-ink">{usdShort(nano(item.total.cap))}</span>,{' '}
          <span className="num text-ink">{usdShort(nano(item.total.expected))}</span> expected.
        </p>
      ) : (
        <p className="mt-1 text-held">It is in no sum: {reason}.</p>
      )}
    </div>
  )
}
