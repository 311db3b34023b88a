import { useQuery } from '@tanstack/react-query'
import clsx from 'clsx'

import { useAddress, useSetSearch } from '../../lib/address.ts'
import { dayOf } from '../../lib/base.ts'
import { usageQuery } from '../../lib/queries.ts'
import { useNow, useSubject } from '../../lib/viewer.tsx'
import { useTitle } from '../../shell/useTitle.ts'
import { Ask } from '../../ui/Ask.tsx'
import { PageHead } from '../../ui/Card.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { CallPanel } from '../wallet/CallPanel.tsx'
import { BreakdownCard } from './BreakdownCard.tsx'
import { CallListCard } from './CallListCard.tsx'
import { DenialsCard } from './DenialsCard.tsx'
import { Filters } from './Filters.tsx'
import { SPANS, viewOf } from './period.ts'
import type { Span, View } from './period.ts'
import { TimeCard } from './TimeCard.tsx'
import { Total } from './Total.tsx'

/** What did my compute do, and what did it cost? */
export function UsagePage() {
  const { id, readOnly } = useSubject()
  const { search } = useAddress()
  const setSearch = useSetSearch()
  const today = dayOf(useNow()())
  const view = viewOf(search, today)
  const { from, to, by, step, filter } = view
  const query = useQuery({
    ...usageQuery(id, { from, to, by, step, ...filter }),
    // Controls keep their place and their focus while the next figures come; another person's never stand in.
    placeholderData: (last, of) => (of?.queryKey[1] === id ? last : undefined),
  })
  useTitle('Usage')
  const spans = (
    <Segmented<Span | ''>
      label="Period"
      value={view.span ?? ''}
      options={SPANS.map((value) => ({ value, text: value === '365' ? '1 year' : `${value} days` }))}
      onChange={(value) =>
        setSearch({
          days: value === '30' ? undefined : value,
          from: undefined,
          to: undefined,
          day: undefined,
          hour: undefined,
        })
      }
    />
  )
  return (
    <>
      {readOnly ? (
        <div className="mt-5 flex sm:justify-end">{spans}</div>
      ) : (
        <PageHead title="Usage" question="What did my compute do, and what did it cost?" actions={spans} />
      )}
      <div className="mt-5 flex flex-col gap-4">
        <Filters view={view} />
        <Ask query={query} height={980} label="usage">
          {(usage) => {
            // Words and links follow the figures that are shown, not those that are on their way.
            const shown: View = {
              ...view,
              from: usage.from,
              to: usage.to,
              by: usage.by,
              step: usage.step,
              days: Math.round((Date.parse(usage.to) - Date.parse(usage.from)) / 86_400_000) + 1,
            }
            return (
              <div
                aria-busy={query.isPlaceholderData}
                className={clsx(
                  'flex flex-col gap-4 transition-opacity',
                  query.isPlaceholderData && 'pointer-events-none opacity-60',
                )}
              >
                <Total usage={usage} view={shown} today={today} />
                <TimeCard usage={usage} view={shown} />
                <BreakdownCard usage={usage} view={shown} />
              </div>
            )
          }}
        </Ask>
        <CallListCard view={view} />
        <DenialsCard view={view} />
      </div>
      <CallPanel id={search.call} onClose={() => setSearch({ call: undefined })} />
    </>
  )
}
