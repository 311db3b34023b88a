import { ChevronLeft, ChevronRight } from 'lucide-react'

import { useSetSearch } from '../../lib/address.ts'
import { dayOf } from '../../lib/base.ts'
import { monthWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { Button } from '../../ui/Button.tsx'

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/

/** The month that the address asks for, this one when it asks for none. */
export function useMonth(asked: string | undefined): { readonly month: string; readonly current: string } {
  const current = dayOf(useNow()()).slice(0, 7)
  return { month: asked !== undefined && MONTH.test(asked) && asked <= current ? asked : current, current }
}

const shifted = (month: string, by: number): string => {
  const [year = 0, index = 1] = month.split('-').map(Number)
  return dayOf(Date.UTC(year, index - 1 + by, 1)).slice(0, 7)
}

/** One month back, one forth; the month itself is read between them. */
export function MonthPicker({ month, current }: { month: string; current: string }) {
  const setSearch = useSetSearch()
  const go = (to: string) => setSearch({ month: to === current ? undefined : to })
  return (
    <div role="group" aria-label="Month" className="inline-flex items-center gap-1 print:hidden">
      <Button
        look="quiet"
        aria-label="The month before"
        onClick={() => go(shifted(month, -1))}
        className="px-2"
      >
        <ChevronLeft size={16} aria-hidden />
      </Button>
      <span aria-live="polite" className="num min-w-20 text-center text-sm font-medium">
        {monthWords(Date.parse(`${month}-01`))}
      </span>
      <Button
        look="quiet"
        aria-label="The month after"
        disabled={month >= current}
        onClick={() => go(shifted(month, 1))}
        className="px-2"
      >
        <ChevronRight size={16} aria-hidden />
      </Button>
    </div>
  )
}
