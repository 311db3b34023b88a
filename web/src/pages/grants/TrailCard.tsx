import type { Contract } from '../../lib/grants.ts'
import { titled } from '../../lib/words.ts'
import { Card } from '../../ui/Card.tsx'
import { DateOf, Time } from '../../ui/Time.tsx'

/** What happened to the contract, the newest first. */
export function TrailCard({ grant }: { grant: Contract }) {
  if (grant.events.length === 0) return null
  return (
    <Card title="What happened" note="Everything that was done to this contract, by whom and when.">
      <ol className="flex flex-col gap-3 text-sm">
        {grant.events.toReversed().map((event) => (
          <li key={event.id} className="grid gap-x-6 sm:grid-cols-[minmax(140px,200px)_minmax(0,1fr)]">
            <span className="text-ink-2">
              <Time at={event.at} look="row" />
            </span>
            <span>
              <span className="font-medium">{titled(event.kind)}</span>
              {event.by ? ` by ${event.by.name}` : ' by Perq'}
              {event.on !== event.at.slice(0, 10) && (
                <>
                  {' '}
                  for <DateOf date={event.on} />
                </>
              )}
              {noteOf(event.body) !== null && (
                <span className="block text-pretty text-ink-2">{noteOf(event.body)}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function noteOf(body: Readonly<Record<string, unknown>>): string | null {
  const said = body['reason'] ?? body['note'] ?? body['event']
  return typeof said === 'string' && said !== '' ? said : null
}
