import { dayOf, isDate, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { Fault } from '#base/fault.ts'
import type { Period } from './facts.ts'

/** `2026-09`, a UTC month. */
export type MonthText = string

/** [first day, first day after). Throws Fault `invalid` for what is no month. */
export function daysOf(month: MonthText): { readonly from: DateText; readonly until: DateText } {
  const from = `${month}-01`
  if (!isDate(from))
    throw new Fault('invalid', `month is "${month}"; give a month as YYYY-MM, such as 2026-09`, {
      param: 'month',
    })
  const [year, index] = month.split('-').map(Number)
  return { from, until: dayOf(Date.UTC(year!, index!, 1)) }
}

export function periodOf(month: MonthText, asOf: Millis): Period {
  const { from, until } = daysOf(month)
  return { from: startOfDay(from), until: startOfDay(until), asOf }
}

export const thisMonth = (now: Millis): MonthText => dayOf(now).slice(0, 7)
