import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { CandidateOffer, CandidateTerms } from '../../lib/contract.ts'
import { acceptOffer, declineOffer, offerLinkQuery } from '../../lib/offer-link.ts'
import { dateWords } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Field, inputClass, Refused } from '../../ui/Field.tsx'
import { useDoing } from './useDoing.ts'

/** Accept by one's typed name, or decline: the one place where something is decided. */
export function AnswerCard({ token, offer }: { token: string; offer: CandidateTerms }) {
  const [declining, setDeclining] = useState(false)
  return (
    <Card
      id="answer"
      title="Your answer"
      note={`You can answer to the end of ${dateWords(offer.expires_on)} (UTC).`}
      className="scroll-mt-4 print:hidden"
    >
      {declining ? (
        <Decline token={token} back={() => setDeclining(false)} />
      ) : (
        <Accept token={token} offer={offer} decline={() => setDeclining(true)} />
      )}
    </Card>
  )
}

function useAnswered(token: string): (view: CandidateOffer) => void {
  const queries = useQueryClient()
  return (view) => {
    queries.setQueryData(offerLinkQuery(token).queryKey, view)
    window.scrollTo({ top: 0 })
  }
}

function Accept({ token, offer, decline }: { token: string; offer: CandidateTerms; decline: () => void }) {
  const [name, setName] = useState('')
  const doing = useDoing()
  const answered = useAnswered(token)
  return (
    <form
      className="flex max-w-xl flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        doing.run(async () => answered(await acceptOffer(token, name, offer.content_hash)))
      }}
    >
      <Field
        label="Type your full name to accept"
        hint={`As it stands in the letter: ${offer.candidate.name}. Your name, the time and the SHA-256 of this offer are kept, so that nobody can change what you agreed to.`}
      >
        {(wired) => (
          <input
            {...wired}
            autoComplete="name"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className={inputClass(wired)}
          />
        )}
      </Field>
      <p className="font-mono text-xs text-ink-2 wrap-anywhere">SHA-256 {offer.content_hash}</p>
      {doing.refusal && <Refused>{doing.refusal}</Refused>}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={doing.busy || name.trim() === ''}>
          {doing.busy ? 'Accepting…' : 'Accept the offer'}
        </Button>
        <Button look="quiet" onClick={decline}>
          Decline…
        </Button>
      </div>
    </form>
  )
}

function Decline({ token, back }: { token: string; back: () => void }) {
  const [reason, setReason] = useState('')
  const doing = useDoing()
  const answered = useAnswered(token)
  return (
    <form
      className="flex max-w-xl flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        doing.run(async () => answered(await declineOffer(token, reason.trim())))
      }}
    >
      <Field label="Why, if you like" hint="It goes to those who made the offer. You need not say anything.">
        {(wired) => (
          <textarea
            {...wired}
            autoFocus
            rows={3}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            className={inputClass(wired, 'h-auto min-h-20 py-2')}
          />
        )}
      </Field>
      {doing.refusal && <Refused>{doing.refusal}</Refused>}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="danger" disabled={doing.busy}>
          {doing.busy ? 'Declining…' : 'Decline the offer'}
        </Button>
        <Button look="quiet" onClick={back}>
          Back
        </Button>
      </div>
    </form>
  )
}
