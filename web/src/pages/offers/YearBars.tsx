import { formatMoney } from '../../lib/base.ts'
import type { OfferWorth } from '../../lib/contract.ts'
import { nano, share } from '../../lib/money.ts'
import { partsIn } from '../offer/parts.ts'
import '../offer/offer.css'

/** Four years, a bar each, in the parts and patterns of the candidate's page; the figures stand in the table below. */
export function YearBars({ worth, currency }: { worth: OfferWorth; currency: string }) {
  const parts = partsIn({ worth })
  const most = worth.years.reduce((top, { total_cap: cap }) => (nano(cap) > top ? nano(cap) : top), 1n)
  return (
    <figure className="flex flex-col gap-2">
      <ol className="flex flex-col gap-1.5 text-sm">
        {worth.years.map((year) => (
          <li key={year.year} className="grid grid-cols-[48px_minmax(0,1fr)_auto] items-center gap-2">
            <span className="text-ink-2">Year {year.year}</span>
            <span aria-hidden className="flex h-5 gap-px overflow-hidden rounded-md">
              {parts.map(({ id, name, cue, of }) => (
                <span
                  key={id}
                  title={`${name}: ${formatMoney(of(year), currency)}`}
                  className={cue}
                  style={{ width: `${share(of(year), most) * 100}%` }}
                />
              ))}
            </span>
            <span className="num text-right">{formatMoney(nano(year.total_cap), currency)}</span>
          </li>
        ))}
      </ol>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {parts.map(({ id, name, cue }) => (
          <span key={id} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`size-2.5 rounded-[3px] ${cue}`} /> {name}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}
