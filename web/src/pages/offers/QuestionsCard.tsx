import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Offer, OfferQuestion } from '../../lib/contract.ts'
import { answerQuestion } from '../../lib/offers.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Refused } from '../../ui/Field.tsx'
import { Time } from '../../ui/Time.tsx'

/** What the candidate asked; an answer stands on their page at once. */
export function QuestionsCard({ offer }: { offer: Offer }) {
  if (offer.questions.length === 0) return null
  const open = offer.questions.filter(({ answer }) => answer === null).length
  return (
    <Card
      title="Questions"
      note={
        open === 0
          ? 'Every one is answered.'
          : `${open} ${open === 1 ? 'waits' : 'wait'} for an answer, which the candidate reads on their page.`
      }
    >
      <ol className="flex flex-col gap-4 text-sm">
        {offer.questions.map((question) => (
          <li key={question.id}>
            <p className="whitespace-pre-line text-pretty font-medium">{question.text}</p>
            <p className="text-xs text-ink-3">
              {offer.candidate.name}, <Time at={question.asked_at} />
            </p>
            {question.answer === null ? (
              offer.steps.includes('answer') && <AnswerForm offer={offer} question={question} />
            ) : (
              <p className="mt-1 border-l-2 border-line-strong pl-3 text-pretty whitespace-pre-line text-ink-2">
                {question.answer}
              </p>
            )}
          </li>
        ))}
      </ol>
    </Card>
  )
}

function AnswerForm({ offer, question }: { offer: Offer; question: OfferQuestion }) {
  const [text, setText] = useState('')
  const queries = useQueryClient()
  const send = useMutation({
    mutationFn: () => answerQuestion(question.id, text.trim()),
    onSuccess: () =>
      Promise.all(['offer', 'offers'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  })
  return (
    <form
      className="mt-2 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate()
      }}
    >
      <textarea
        aria-label={`Answer to “${question.text.slice(0, 60)}”`}
        rows={2}
        maxLength={2000}
        className="field h-auto w-full py-2"
        placeholder={`Answer ${offer.candidate.name}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {send.error && <Refused>{saidAtField(send.error.message)}</Refused>}
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={send.isPending || text.trim() === ''}>
          {send.isPending ? 'Sending…' : 'Answer'}
        </Button>
      </div>
    </form>
  )
}
