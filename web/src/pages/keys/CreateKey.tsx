import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'

import { write } from '../../lib/api.ts'
import type { Purpose } from '../../lib/base.ts'
import type { NewKey } from '../../lib/contract.ts'
import { keysPath, setupQuery } from '../../lib/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { LimitFields, limitAsk, type LimitDraft } from './LimitFields.tsx'

const PURPOSES: readonly { value: Purpose; text: string }[] = [
  { value: 'work', text: 'Work' },
  { value: 'learning', text: 'Learning' },
  { value: 'personal', text: 'Personal' },
  { value: 'open_source', text: 'Open source' },
]

type Props = {
  readonly open: boolean
  readonly onClose: () => void
  readonly onCreated: (key: NewKey) => void
}

/** Name, purpose, models, limit; then the secret, once. */
export function CreateKey({ open, onClose, onCreated }: Props) {
  const [created, setCreated] = useState<NewKey | null>(null)
  const close = () => {
    onClose()
    setCreated(null)
  }
  return (
    <Dialog
      open={open}
      // The secret is shown once: only its own button ends that step, no stray click or Esc.
      onClose={() => created === null && close()}
      title={created ? 'Save your key now' : 'Create a key'}
      description={
        created
          ? 'It is shown this once. Perq keeps only its hash.'
          : 'It spends from your wallet, wherever it is used.'
      }
    >
      {created ? (
        <Secret created={created} done={close} />
      ) : (
        <Form
          cancel={close}
          done={(key) => {
            setCreated(key)
            onCreated(key)
          }}
        />
      )}
    </Dialog>
  )
}

function Form({ cancel, done }: { cancel: () => void; done: (key: NewKey) => void }) {
  const id = useId()
  const setup = useQuery(setupQuery)
  const [name, setName] = useState('')
  const [purpose, setPurpose] = useState<Purpose>('work')
  const [limited, setLimited] = useState(false)
  const [models, setModels] = useState<readonly string[]>([])
  const [draft, setDraft] = useState<LimitDraft>({ text: null, period: 'month' })
  const limit = limitAsk(draft)
  const create = useMutation({
    mutationFn: () =>
      write<NewKey>('POST', keysPath('me'), {
        name: name.trim(),
        purpose,
        limit,
        ...(limited && { models }),
      }),
    onSuccess: (key) => key && done(key),
  })
  const known = setup.data?.models
  const all = [...(known?.anthropic ?? []), ...(known?.openai ?? []), ...(known?.gemini ?? [])]
  const problem = limited && models.length === 0 ? 'Choose at least one model, or allow all.' : null
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!problem && limit !== 'wrong' && name.trim()) create.mutate()
      }}
    >
      <label className="flex flex-col gap-1 text-sm font-medium">
        Name
        <input
          data-focus
          required
          maxLength={80}
          className="field h-9 font-normal"
          placeholder="Claude Code on my laptop"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className="flex flex-col gap-1 text-sm font-medium">
        Purpose
        <select
          className="field h-9 font-normal"
          value={purpose}
          aria-describedby={`${id}-purpose`}
          onChange={(event) => {
            const chosen = PURPOSES.find((option) => option.value === event.target.value)
            if (chosen) setPurpose(chosen.value)
          }}
        >
          {PURPOSES.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
        <span id={`${id}-purpose`} className="font-normal text-ink-2">
          Recorded with each call: some grants pay for some purposes only, and taxes may differ.
        </span>
      </label>
      <fieldset className="flex flex-col gap-2 text-sm">
        <legend className="mb-1 font-medium">Models</legend>
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={`${id}-models`} checked={!limited} onChange={() => setLimited(false)} />
          All that you may use
        </label>
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={`${id}-models`} checked={limited} onChange={() => setLimited(true)} />
          Only some
        </label>
        {limited && (
          <div className="max-h-44 overflow-y-auto rounded-lg border border-line p-2">
            {all.map((model) => (
              <label key={model} className="flex min-h-7 items-center gap-2 px-1">
                <input
                  type="checkbox"
                  checked={models.includes(model)}
                  onChange={(event) =>
                    setModels(
                      event.target.checked ? [...models, model] : models.filter((other) => other !== model),
                    )
                  }
                />
                {model}
              </label>
            ))}
          </div>
        )}
        {problem && <p className="text-ink-2">{problem}</p>}
      </fieldset>
      <LimitFields draft={draft} onChange={setDraft} />
      {create.error && (
        <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {create.error.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={cancel}>
          Cancel
        </Button>
        <Button
          type="submit"
          look="primary"
          disabled={create.isPending || problem !== null || limit === 'wrong' || name.trim() === ''}
        >
          {create.isPending ? 'Creating…' : 'Create key'}
        </Button>
      </div>
    </form>
  )
}

const Secret = ({ created, done }: { created: NewKey; done: () => void }) => (
  <div className="flex flex-col gap-4">
    <code
      aria-label="Secret"
      tabIndex={0}
      className="rounded-lg border border-line bg-sunken px-3 py-2.5 font-mono text-sm break-all select-all"
    >
      {created.secret}
    </code>
    <p className="text-sm text-ink-2">
      Put it into a password manager or your shell’s environment. The snippets under this dialog carry it
      until you leave the page.
    </p>
    <div className="flex flex-wrap justify-end gap-2">
      <Copy text={created.secret} label="Copy key" />
      <Button look="primary" onClick={done}>
        I saved it
      </Button>
    </div>
  </div>
)
