import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { takeStep } from '../../lib/agreements.ts'
import type { Step } from '../../lib/agreements.ts'
import { contractQuery } from '../../lib/grants.ts'
import type { Contract } from '../../lib/grants.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Refused } from '../../ui/Field.tsx'

/** One step of a grant; its answer is the grant as it then is. */
export const useStep = (id: string, step: Step, queries: QueryClient) =>
  useMutation({
    mutationFn: (body: Readonly<Record<string, string>>) => takeStep(id, step, body),
    onSuccess: async (grant) => {
      if (grant) queries.setQueryData(contractQuery(id).queryKey, grant)
      await Promise.all(
        ['contracts', 'contract', 'wallet', 'grants', 'outlook'].map((key) =>
          queries.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })

/** A step that wants a word with it. */
export function StepDialog({
  grant,
  step,
  open,
  onClose,
  title,
  description,
  field,
  confirm,
}: {
  grant: Contract
  step: Step
  open: boolean
  onClose: () => void
  title: string
  description: string
  field: { readonly name: string; readonly label: string; readonly required: boolean }
  confirm: string
}) {
  return (
    <Dialog open={open} onClose={onClose} title={title} description={description}>
      <Form grant={grant} step={step} field={field} confirm={confirm} close={onClose} />
    </Dialog>
  )
}

function Form({
  grant,
  step,
  field,
  confirm,
  close,
}: {
  grant: Contract
  step: Step
  field: { readonly name: string; readonly label: string; readonly required: boolean }
  confirm: string
  close: () => void
}) {
  const [text, setText] = useState('')
  const queries = useQueryClient()
  const act = useStep(grant.id, step, queries)
  const said = text.trim()
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        act.mutate(said === '' ? {} : { [field.name]: said }, { onSuccess: close })
      }}
    >
      <label className="flex flex-col gap-1 text-sm font-medium">
        {field.label}
        <textarea
          data-focus
          required={field.required}
          maxLength={500}
          rows={3}
          className="field h-auto py-2 font-normal"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey))
              event.currentTarget.form?.requestSubmit()
          }}
        />
        {!field.required && <span className="font-normal text-ink-2">May be left empty.</span>}
      </label>
      {act.error && <Refused>{saidAtField(act.error.message)}</Refused>}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" look="primary" disabled={act.isPending || (field.required && said === '')}>
          {confirm}
        </Button>
      </div>
    </form>
  )
}

export const Hash = ({ hash }: { hash: string }) => (
  <p className="text-ink-2">
    SHA-256 of what is agreed to <code className="block font-mono text-xs break-all text-ink">{hash}</code>
  </p>
)

type AskedProps = Omit<Parameters<typeof StepDialog>[0], 'open' | 'onClose'> & {
  readonly text: string
  readonly look?: 'primary' | 'plain' | 'quiet'
}

/** A button that asks for a word before it does its step. */
export function Asked({ text, look = 'plain', ...dialog }: AskedProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {text}
      </Button>
      <StepDialog {...dialog} open={open} onClose={() => setOpen(false)} />
    </>
  )
}
