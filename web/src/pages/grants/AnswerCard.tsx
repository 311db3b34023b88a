import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Agreement } from '../../lib/agreements.ts'
import { dayOf } from '../../lib/base.ts'
import type { Contract } from '../../lib/grants.ts'
import { dateWords } from '../../lib/time.ts'
import { useNow } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { NotesProvider, Refused, TextField } from '../../ui/Field.tsx'
import { EntriesToBe } from './EntriesToBe.tsx'
import { entriesToBe } from './entries.ts'
import { Asked, Hash, useStep } from './StepDialog.tsx'

/** For the person to whom it is offered: what accepting does, what exactly is agreed to, and their name as the signature. */
export function AnswerCard({ grant, agreement }: { grant: Contract; agreement: Agreement }) {
  const queries = useQueryClient()
  const today = dayOf(useNow()())
  const accept = useStep(grant.id, 'accept', queries)
  const [name, setName] = useState('')
  const begins = grant.start_date <= today
  const on = begins ? today : grant.start_date
  return (
    <Card
      title="This is offered to you"
      note="Read what it says below. Your typed name is your signature; what you agree to is kept to the byte."
    >
      <form
        className="flex flex-col gap-4 text-sm"
        onSubmit={(event) => {
          event.preventDefault()
          accept.mutate({ typed_name: name, content_hash: agreement.content_hash })
        }}
      >
        <div className="flex flex-col gap-2">
          <p className="text-ink-2">
            {begins
              ? 'When you accept it begins at once, and the ledger writes:'
              : `When you accept it begins on ${dateWords(on)}, and the ledger then writes:`}
          </p>
          <EntriesToBe entries={entriesToBe(grant.quantity, grant.tranches, on)} asset={grant.asset} />
        </div>
        <Hash hash={agreement.content_hash} />
        <NotesProvider value={accept.error ? notesOf(accept.error) : []}>
          <TextField
            label="Type your name"
            param="typed_name"
            hint={`As it stands in the contract: ${grant.person.name}.`}
            className="max-w-sm"
            value={name}
            onChange={setName}
          />
        </NotesProvider>
        {accept.error && notesOf(accept.error).length === 0 && (
          <Refused>{saidAtField(accept.error.message)}</Refused>
        )}
        <div className="flex flex-wrap justify-end gap-2 print:hidden">
          <Asked
            grant={grant}
            step="decline"
            text="Decline"
            title="Decline this grant?"
            description="It is over then: the company can write another one."
            field={{ name: 'reason', label: 'Why', required: false }}
            confirm="Decline"
          />
          <Button type="submit" look="primary" disabled={accept.isPending || name.trim() === ''}>
            {accept.isPending ? 'Accepting…' : 'Accept'}
          </Button>
        </div>
      </form>
    </Card>
  )
}

const notesOf = (error: Error) =>
  'param' in error && error.param === 'typed_name'
    ? [{ param: 'typed_name', message: error.message, tone: 'bad' as const }]
    : []
