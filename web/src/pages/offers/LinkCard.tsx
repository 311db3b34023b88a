import type { Offer } from '../../lib/contract.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Time } from '../../ui/Time.tsx'
import type { Turn } from './turn.ts'

/** The candidate's way in: told once, replaced or ended at any time. */
export function LinkCard({ offer, url, turn }: { offer: Offer; url: string | null; turn: Turn }) {
  const { link } = offer
  const mayLink = offer.steps.includes('link')
  if (link === null && url === null && !mayLink) return null
  const works = link !== null && link.revoked_at === null
  return (
    <Card
      title="Their link"
      note="Whoever has it can read the offer and answer it, without signing in. A new one ends those before it."
    >
      <div className="flex flex-col gap-3 text-sm">
        {url !== null && (
          <div className="flex flex-col gap-2 rounded-xl bg-accent-soft p-3">
            <p className="font-medium">It is shown this once. Send it to {offer.candidate.name}:</p>
            <div className="flex flex-wrap items-center gap-2">
              <input
                readOnly
                aria-label="The candidate’s link"
                className="field h-9 min-w-0 flex-1 basis-60 font-mono text-xs"
                value={url}
                onFocus={(event) => event.target.select()}
              />
              <Copy text={url} look="primary" label="Copy link" />
            </div>
          </div>
        )}
        <p className="text-pretty text-ink-2">
          {link === null ? (
            'No link stands.'
          ) : link.revoked_at !== null ? (
            <>
              Revoked on <Time at={link.revoked_at} />: it opens nothing.
            </>
          ) : (
            <>
              Made on <Time at={link.created_at} />, opens until <Time at={link.expires_at} look="day" />.{' '}
              {openedWords(offer)}
            </>
          )}
        </p>
        {mayLink && (
          <div className="flex flex-wrap justify-end gap-2 print:hidden">
            {works && (
              <Button look="danger" disabled={turn.isPending} onClick={() => turn.mutate({ turn: 'revoke' })}>
                Revoke
              </Button>
            )}
            <Button disabled={turn.isPending} onClick={() => turn.mutate({ turn: 'link' })}>
              New link
            </Button>
          </div>
        )}
      </div>
    </Card>
  )
}

function openedWords({ events }: Offer): string {
  const opened = events.filter(({ kind }) => kind === 'viewed').length
  if (opened === 0) return 'It was not opened yet.'
  return opened === 1 ? 'It was opened.' : `It was opened on ${opened} days.`
}
