import { formatQuantity } from '#base/quantity.ts'
import { addDays } from '#base/time.ts'
import type { OutlookItem } from '#reports/outlook.ts'
import type { CalendarEvent } from './calendar.ts'

const TITLES: Readonly<Record<OutlookItem['kind'], (quantity: string) => string>> = {
  vest: (quantity) => `${quantity} vests`,
  expire: (quantity) => `Up to ${quantity} expires`,
  roll_over: (quantity) => `Up to ${quantity} rolls over`,
}

/** A person's calendar: one entry for each day, grant and kind of change. What expires is told on the day before, its last. */
export function datesOf(items: readonly OutlookItem[], site: string): readonly CalendarEvent[] {
  const days = new Map<string, OutlookItem[]>()
  for (const one of items) {
    const key = `${one.kind} ${one.grant_id} ${one.date}`
    days.set(key, [...(days.get(key) ?? []), one])
  }
  return [...days.values()].map((same) => {
    const [first] = same
    const { kind, grant_id: grant, grant_name: name, asset, date } = first!
    const quantity = formatQuantity(
      asset,
      same.reduce((sum, one) => sum + one.quantity, 0n),
    )
    return {
      // By tranche, not by day: a date that moves keeps its entry.
      id: `${kind}-${grant}-${first!.tranche}@perq`,
      day: kind === 'vest' ? date : addDays(date, -1),
      title: TITLES[kind](quantity),
      words: kind === 'vest' ? `From “${name}”.` : `From “${name}”: the last day on which it can be spent.`,
      link: `${site}/vesting`,
    }
  })
}
