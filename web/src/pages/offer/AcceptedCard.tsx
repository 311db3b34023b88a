import { CircleCheck } from 'lucide-react'

import type { CandidateOffer, CandidateTerms } from '../../lib/contract.ts'
import { wayIn } from '../../lib/offer-link.ts'
import { clockWords, dateWords, instantDay } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { Refused } from '../../ui/Field.tsx'
import { useDoing } from './useDoing.ts'

/** What was agreed, and the way in. */
export function AcceptedCard({
  token,
  offer,
  accepted,
}: {
  token: string
  offer: CandidateTerms
  accepted: NonNullable<CandidateOffer['accepted']>
}) {
  const doing = useDoing()
  const at = Date.parse(accepted.at)
  return (
    <section aria-label="Accepted" className="card border-available p-4 sm:p-5">
      <h2 className="flex items-center gap-2 text-lg font-semibold">
        <CircleCheck size={18} className="text-available" aria-hidden /> You accepted this offer
      </h2>
      <p className="mt-1 text-pretty">
        {accepted.typed_name}, on {instantDay(at)} at {clockWords(at)} UTC. Your first day is{' '}
        {dateWords(offer.position.starts_on)}.
        {offer.worth.lines.length > 0 && ' From then on your grants run and your keys work.'}
      </p>
      <p className="mt-1 font-mono text-xs text-ink-2 wrap-anywhere">
        SHA-256 of what you accepted: {accepted.content_hash}
      </p>
      {accepted.signed_in ? (
        <p className="mt-3 text-sm text-ink-2">
          You have signed in before: open Perq as you did then, or ask an administrator for a new sign-in
          link.
        </p>
      ) : (
        <div className="mt-3 flex flex-col gap-2">
          <div>
            <Button
              look="primary"
              disabled={doing.busy}
              onClick={() => doing.run(async () => window.location.assign((await wayIn(token)).url))}
            >
              {doing.busy ? 'Opening…' : 'Sign in and look around'}
            </Button>
          </div>
          {doing.refusal && <Refused>{doing.refusal}</Refused>}
        </div>
      )}
    </section>
  )
}
