import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { write } from '../../lib/api.ts'
import { calendarPath, calendarQuery } from '../../lib/grants.ts'
import type { Feed } from '../../lib/grants.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Failure } from '../../ui/States.tsx'
import { Time } from '../../ui/Time.tsx'

/** The dates in one's own calendar. The address is a secret, so it is shown once, like a key. */
export function CalendarCard() {
  const queries = useQueryClient()
  const query = useQuery(calendarQuery)
  const done = () => queries.invalidateQueries({ queryKey: ['calendar'] })
  const make = useMutation({ mutationFn: () => write<Feed>('POST', calendarPath), onSettled: done })
  const end = useMutation({
    mutationFn: () => write<Feed>('DELETE', calendarPath),
    onSuccess: () => make.reset(),
    onSettled: done,
  })
  const url = make.data?.url ?? null
  return (
    <Card
      title="In your calendar"
      note="Subscribe to an address, and your calendar shows when compute vests and the last day on which it can be spent."
    >
      <Ask query={query} height={64} label="the calendar">
        {({ created_at: since }) => (
          <div className="flex flex-col gap-3 text-sm">
            {url && (
              <>
                <p className="text-ink-2" role="status">
                  Here it is, once: whoever has it can read these dates, and nothing else.
                </p>
                <div className="flex flex-wrap items-center gap-2">
                  <code className="max-w-full min-w-0 flex-1 overflow-x-auto rounded-lg bg-sunken px-3 py-2 text-xs">
                    {url}
                  </code>
                  <Copy look="primary" label="Copy the address" text={url} />
                </div>
              </>
            )}
            {since && !url && (
              <p className="text-ink-2">
                There has been an address since <Time at={since} look="day" />. Lost it? Make another; the old
                one ends.
              </p>
            )}
            {(make.isError || end.isError) && (
              <Failure
                error={make.error ?? end.error}
                retry={() => (make.isError ? make.mutate() : end.mutate())}
              />
            )}
            <div className="flex flex-wrap gap-2 print:hidden">
              <Button
                look={since ? 'plain' : 'primary'}
                disabled={make.isPending}
                onClick={() => make.mutate()}
              >
                {since ? 'Make another address' : 'Make a calendar address'}
              </Button>
              {since && (
                <Button look="danger" disabled={end.isPending} onClick={() => end.mutate()}>
                  End it
                </Button>
              )}
            </div>
          </div>
        )}
      </Ask>
    </Card>
  )
}
