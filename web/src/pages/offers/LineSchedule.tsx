import { ChevronRight } from 'lucide-react'

import { CumulativeChart } from '../../charts/CumulativeChart.tsx'
import { cumulative } from '../../charts/geometry.ts'
import { DAY, startOfDay } from '../../lib/base.ts'
import type { DateText } from '../../lib/base.ts'
import type { OfferLine } from '../../lib/contract.ts'
import { amountShort, nano, sum } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'

/** How much of a grant will have vested by when, as the server planned it from what stands in the fields. */
export function LineSchedule({
  line,
  startsOn,
  today,
}: {
  line: OfferLine
  startsOn: DateText
  today: DateText
}) {
  const { tranches, asset } = line
  const says = scheduleSays(line)
  const [first, last] = [tranches[0], tranches.at(-1)]
  if (!first || !last) return <p className="mt-3 text-sm text-ink-2">{says}</p>
  const from = Math.min(startOfDay(startsOn), startOfDay(first.date))
  return (
    <details className="group mt-3 border-t border-line pt-2">
      <summary className="flex min-h-6 list-none items-start gap-1.5 text-sm [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden
          className="mt-[3px] shrink-0 text-ink-3 transition-transform group-open:rotate-90"
        />
        <span className="text-pretty">
          <span className="font-medium">{amountShort(nano(line.quantity), asset)}</span>{' '}
          <span className="text-ink-2">{says}</span>
        </span>
      </summary>
      <div className="mt-2">
        <CumulativeChart
          steps={cumulative(tranches.map((tranche) => ({ ...tranche, state: 'upcoming' })))}
          asset={asset}
          whole="Of what has a date"
          span={{ from, to: Math.max(startOfDay(last.date), from + 30 * DAY), now: startOfDay(today) }}
          label={`What will have vested over time. ${says}`}
        />
      </div>
    </details>
  )
}

export function scheduleSays({ tranches, asset, quantity }: OfferLine): string {
  const planned = sum(tranches.map((tranche) => nano(tranche.quantity)))
  const rest = nano(quantity) - planned
  const waits = rest > 0n ? ` ${amountShort(rest, asset)} waits for an event.` : ''
  const [first, last] = [tranches[0], tranches.at(-1)]
  if (!first || !last) return `Nothing has a day yet.${waits}`
  if (tranches.length === 1) return `on ${dateWords(first.date)}.${waits}`
  return `in ${tranches.length} tranches, ${dateWords(first.date)} to ${dateWords(last.date)}.${waits}`
}
