import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { CandidateOffer, CandidateTerms } from '../../lib/contract.ts'
import { askAbout, offerLinkQuery } from '../../lib/offer-link.ts'
import { instantDay } from '../../lib/time.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Field, inputClass, Refused } from '../../ui/Field.tsx'
import { useDoing } from './useDoing.ts'

const MOST_TEXT = 2_000

/** Asked and answered here; the answer comes on this page. */
export function QuestionsCard({
  token,
  view,
  offer,
}: {
  token: string
  view: CandidateOffer
  offer: CandidateTerms
}) {
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const asking = useDoing()
  const open = view.status === 'open'
  if (!open && offer.questions.length === 0) return null
  const send = () =>
    asking.run(async () => {
      const asked = await askAbout(token, text.trim())
      queries.setQueryData(offerLinkQuery(token).queryKey, {
        ...view,
        offer: { ...offer, questions: [...offer.questions.filter(({ id }) => id !== asked.id), asked] },
      })
      setText('')
    })
  return (
    <Card
      title="Questions and answers"
      note="Whoever made the offer answers here. Come back with the same link."
      className={offer.questions.length === 0 ? 'print:hidden' : ''}
    >
      <div className="flex flex-col gap-4">
        {offer.questions.length > 0 && (
          <ol className="flex flex-col gap-3" aria-label="Questions so far">
            {offer.questions.map((one) => (
              <li key={one.id} className="rounded-xl border border-line p-3">
                <p className="text-xs text-ink-2">You asked on {instantDay(Date.parse(one.asked_at))}</p>
                <p className="wrap-anywhere whitespace-pre-line">{one.text}</p>
                {one.answer === null ? (
                  <p className="mt-2 text-sm text-ink-2">Not answered yet.</p>
                ) : (
                  <div className="mt-2 border-l-2 border-accent pl-3">
                    <p className="text-xs text-ink-2">
                      {view.company} answered
                      {one.answered_at && ` on ${instantDay(Date.parse(one.answered_at))}`}
                    </p>
                    <p className="wrap-anywhere whitespace-pre-line">{one.answer}</p>
                  </div>
                )}
              </li>
            ))}
          </ol>
        )}
        {open && (
          <form
            className="flex flex-col gap-3 print:hidden"
            onSubmit={(event) => {
              event.preventDefault()
              send()
            }}
          >
            <Field label="Ask a question">
              {(wired) => (
                <textarea
                  {...wired}
                  rows={3}
                  maxLength={MOST_TEXT}
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                  className={inputClass(wired, 'h-auto min-h-20 py-2')}
                />
              )}
            </Field>
            {asking.refusal && <Refused>{asking.refusal}</Refused>}
            <div>
              <Button type="submit" disabled={asking.busy || text.trim() === ''}>
                {asking.busy ? 'Sending…' : 'Send the question'}
              </Button>
            </div>
          </form>
        )}
      </div>
    </Card>
  )
}
