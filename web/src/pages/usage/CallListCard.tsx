import { useInfiniteQuery } from '@tanstack/react-query'

import type { Call } from '../../lib/contract.ts'
import { table } from '../../lib/csv.ts'
import type { CallFilter, TimeFilter } from '../../lib/links.ts'
import { allCalls, callListPath, callListQuery } from '../../lib/queries.ts'
import { useSubject } from '../../lib/viewer.tsx'
import { A } from '../../ui/A.tsx'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Export } from '../../ui/Export.tsx'
import { Empty, Failure, Skeleton } from '../../ui/States.tsx'
import { CallTable } from '../wallet/CallsCard.tsx'
import { hourWords } from './period.ts'
import type { View } from './period.ts'

/** Every call that the filters meet, newest first; each opens why it cost what it cost. */
export function CallListCard({ view }: { view: View }) {
  const { id, readOnly } = useSubject()
  const filter: CallFilter & TimeFilter = {
    from: view.from,
    to: view.to,
    ...(view.hour !== null && { hour: view.hour }),
    ...view.filter,
  }
  const query = useInfiniteQuery(callListQuery(id, filter))
  const calls = query.data?.pages.flatMap((page) => page.calls) ?? []
  const narrow = view.hour !== null || Object.keys(view.filter).length > 0
  return (
    <Card
      title={view.hour === null ? 'Calls' : `Calls of ${hourWords(view.hour)} UTC`}
      note="Open a call to see why it cost what it cost."
      flush
      actions={
        calls.length > 0 && (
          <Export
            name={`calls-${view.from}-${view.to}`}
            path={callListPath(id, filter)}
            csv={async () => callsCsv((await allCalls(id, filter)).calls)}
            json={() => allCalls(id, filter)}
          />
        )
      }
    >
      {query.isPending && <Skeleton height={420} label="Loading calls" />}
      {query.isError && !query.data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data &&
        (calls.length > 0 ? (
          <CallTable calls={calls} />
        ) : (
          <Empty
            title={narrow ? 'No call meets these filters' : 'No call in this time'}
            action={
              !narrow &&
              !readOnly && (
                <A href="/keys" className={buttonClass('primary')}>
                  Set up a tool
                </A>
              )
            }
          >
            {narrow
              ? 'Remove a filter, or choose other days.'
              : 'The first call with a key appears here within seconds.'}
          </Empty>
        ))}
      {query.hasNextPage && (
        <div className="flex justify-center border-t border-line p-3">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Loading…' : 'Show more calls'}
          </Button>
        </div>
      )}
    </Card>
  )
}

/** As the API has it: nano-dollars and whole tokens, no rounding. */
const callsCsv = (calls: readonly Call[]): string => {
  const tokens = ITEMS
  return table([
    [...HEAD, 'key', ...tokens, 'held_nano_usd', 'cost_nano_usd', 'charged_nano_usd', 'absorbed_nano_usd'],
    ...calls.map((call) => [
      ...HEAD.map((name) => call[name]),
      call.key?.name ?? null,
      ...tokens.map((item) => call.tokens[item]),
      call.held,
      call.cost,
      call.charged,
      call.absorbed,
    ]),
  ])
}
const HEAD = [
  'id',
  'at',
  'door',
  'route',
  'model',
  'class',
  'provider',
  'upstream',
  'purpose',
  'status',
  'estimated',
  'variant',
] as const
const ITEMS = [
  'input',
  'audio_input',
  'cache_read',
  'audio_cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'searches',
] as const
