import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { write } from '../../lib/api.ts'
import type { Key } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'
import { keyPath } from '../../lib/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { typedDollars } from './limit.ts'
import { LimitFields, limitAsk, type LimitDraft } from './LimitFields.tsx'

type Props = { readonly editing: Key | null; readonly onClose: () => void; readonly onSaved: () => void }

/** Name, limit and last day of a key. What it may call stays: another key is for other models. */
export const EditKey = ({ editing, onClose, onSaved }: Props) => (
  <Dialog
    open={editing !== null}
    onClose={onClose}
    title={`Change ${editing?.name ?? 'key'}`}
    description="Every gateway follows within one second. A limit counts what was used already."
  >
    {editing && <Form key={editing.id} of={editing} cancel={onClose} done={onSaved} />}
  </Dialog>
)

function Form({ of, cancel, done }: { of: Key; cancel: () => void; done: () => void }) {
  const [name, setName] = useState(of.name)
  const [last, setLast] = useState(of.expires_at?.slice(0, 10) ?? '')
  const [draft, setDraft] = useState<LimitDraft>({
    text: of.limit ? typedDollars(nano(of.limit.amount)) : null,
    period: of.limit?.period ?? 'month',
  })
  const limit = limitAsk(draft)
  const save = useMutation({
    mutationFn: () =>
      write<Key>('PATCH', keyPath(of.id), {
        name: name.trim(),
        limit,
        ...(last !== (of.expires_at?.slice(0, 10) ?? '') && {
          expires_at: last === '' ? null : `${last}T23:59:59Z`,
        }),
      }),
    onSuccess: done,
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (limit !== 'wrong' && name.trim()) save.mutate()
      }}
    >
      <label className="flex flex-col gap-1 text-sm font-medium">
        Name
        <input
          required
          data-focus
          maxLength={80}
          className="field h-9 font-normal"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <LimitFields draft={draft} onChange={setDraft} />
      <label className="flex flex-col gap-1 text-sm font-medium">
        Last day
        <input
          type="date"
          className="field h-9 w-44 font-normal"
          value={last}
          onChange={(event) => setLast(event.target.value)}
        />
        <span className="font-normal text-ink-2">Empty: until it is revoked.</span>
      </label>
      {save.error && (
        <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {save.error.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={cancel}>
          Cancel
        </Button>
        <Button
          type="submit"
          look="primary"
          disabled={save.isPending || limit === 'wrong' || name.trim() === ''}
        >
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  )
}
