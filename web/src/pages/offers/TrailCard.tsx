import type { Offer } from '../../lib/contract.ts'
import { Card } from '../../ui/Card.tsx'
import { Time } from '../../ui/Time.tsx'
import { eventWords } from './words.ts'

/** What happened to it, version by version, the newest first. */
export function TrailCard({ offer }: { offer: Offer }) {
  if (offer.events.length === 0) return null
  return (
    <Card title="What happened" note="Everything that was done to this offer, by whom and when.">
      <ol className="flex flex-col gap-3 text-sm">
        {offer.events.toReversed().map((event) => (
          <li key={event.id} className="grid gap-x-6 sm:grid-cols-[minmax(140px,200px)_minmax(0,1fr)]">
            <span className="text-ink-2">
              <Time at={event.at} look="row" />
            </span>
            <span>
              <span className="font-medium">{eventWords(event.kind)}</span>
              {event.by_name !== null && ` by ${event.by_name}`}
              <span className="text-ink-3"> · version {event.version}</span>
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

const noteOf = (body: Readonly<Record<string, string>>): string | null =>
  body['reason'] ?? body['note'] ?? body['text'] ?? null
