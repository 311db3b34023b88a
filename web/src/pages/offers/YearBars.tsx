import type { OfferWorth, OfferYear } from '../../lib/contract.ts'
import { formatMoney } from '../../lib/base.ts'
import { nano, share, sum } from '../../lib/money.ts'

/** The parts of a year, in the order in which they are paid; compute to what is expected, and from there to all of it. */
const PARTS = [
  {
    name: 'Cash',
    look: 'bg-[var(--series-1)]',
    of: (year: OfferYear) => sum([year.salary, year.bonus, year.signing, year.benefits].map(nano)),
  },
  { name: 'Equity', look: 'bg-[var(--series-3)]', of: (year: OfferYear) => nano(year.equity) },
  {
    name: 'Compute, as expected',
    look: 'bg-[var(--series-2)]',
    of: (year: OfferYear) => nano(year.compute_expected),
  },
  {
    name: 'Compute, the rest if all is used',
    look: 'cue-beyond',
    of: (year: OfferYear) => nano(year.compute_cap) - nano(year.compute_expected),
  },
] as const

/** Four years, a bar each; the figures stand in the table below them. */
export function YearBars({ worth, currency }: { worth: OfferWorth; currency: string }) {
  const most = worth.years.reduce((top, { total_cap: cap }) => (nano(cap) > top ? nano(cap) : top), 1n)
  const shown = PARTS.filter(({ of }) => of(worth.total) > 0n)
  return (
    <figure className="flex flex-col gap-2">
      <ol className="flex flex-col gap-1.5 text-sm">
        {worth.years.map((year) => (
          <li key={year.year} className="grid grid-cols-[48px_minmax(0,1fr)_auto] items-center gap-2">
            <span className="text-ink-2">Year {year.year}</span>
            <span aria-hidden className="flex h-5 gap-px overflow-hidden rounded-md">
              {shown.map(({ name, look, of }) => (
                <span
                  key={name}
                  title={`${name}: ${formatMoney(of(year), currency)}`}
                  className={look}
                  style={{ width: `${share(of(year), most) * 100}%` }}
                />
              ))}
            </span>
            <span className="num text-right">{formatMoney(nano(year.total_cap), currency)}</span>
          </li>
        ))}
      </ol>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {shown.map(({ name, look }) => (
          <span key={name} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2.5 rounded-[3px] ${look}`} /> {name}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}
