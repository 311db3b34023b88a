import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'

import { write } from '../../lib/api.ts'
import type { NewWebhook } from '../../lib/contract.ts'
import { webhooksPath } from '../../lib/queries.ts'
import type { WebhookOwner } from '../../lib/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { eventWords } from './answers.ts'

type Props = {
  readonly owner: WebhookOwner
  readonly open: boolean
  readonly types: readonly string[]
  readonly onClose: () => void
  readonly onAdded: () => void
}

/** Address and events; then the secret that its receiver verifies by, once. */
export function AddWebhook({ owner, open, types, onClose, onAdded }: Props) {
  const [secret, setSecret] = useState<string | null>(null)
  const close = () => {
    setSecret(null)
    onClose()
  }
  return (
    <Dialog
      open={open}
      // The secret is shown once: only its own button ends that step, no stray click or Esc.
      onClose={() => secret === null && close()}
      title={secret === null ? 'Add an endpoint' : 'Save the secret now'}
      description={
        secret === null
          ? 'Each alert is sent there at once, and again while it does not arrive.'
          : 'It is shown this once. Your receiver verifies signatures with it.'
      }
    >
      {secret === null ? (
        <Form
          owner={owner}
          types={types}
          cancel={close}
          done={(made) => {
            setSecret(made.secret)
            onAdded()
            if (made.secret === null) close()
          }}
        />
      ) : (
        <WebhookSecret secret={secret} done={close} />
      )}
    </Dialog>
  )
}

function Form({
  owner,
  types,
  cancel,
  done,
}: Pick<Props, 'owner' | 'types'> & { cancel: () => void; done: (made: NewWebhook) => void }) {
  const id = useId()
  const [url, setUrl] = useState('')
  const [some, setSome] = useState(false)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const add = useMutation({
    mutationFn: () =>
      write<NewWebhook>('POST', webhooksPath(owner), { url: url.trim(), types: some ? chosen : null }),
    onSuccess: (made) => made && done(made),
  })
  const ready = url.trim() !== '' && (!some || chosen.length > 0)
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) add.mutate()
      }}
    >
      <label className="flex flex-col gap-1 text-sm font-medium">
        Address
        <input
          data-focus
          required
          type="url"
          maxLength={2_000}
          className="field h-9 font-normal"
          placeholder="https://hooks.example.com/perq"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
      </label>
      <fieldset className="flex flex-col gap-2 text-sm">
        <legend className="mb-1 font-medium">Events</legend>
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={`${id}-types`} checked={!some} onChange={() => setSome(false)} />
          All, also those to come
        </label>
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={`${id}-types`} checked={some} onChange={() => setSome(true)} />
          Only some
        </label>
        {some && (
          <div className="max-h-44 overflow-y-auto rounded-lg border border-line p-2">
            {types.map((type) => (
              <label key={type} className="flex min-h-7 items-center gap-2 px-1">
                <input
                  type="checkbox"
                  checked={chosen.includes(type)}
                  onChange={(event) =>
                    setChosen(
                      event.target.checked ? [...chosen, type] : chosen.filter((other) => other !== type),
                    )
                  }
                />
                {eventWords(type)} <span className="font-mono text-xs text-ink-3">{type}</span>
              </label>
            ))}
          </div>
        )}
      </fieldset>
      {add.error && (
        <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {add.error.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={cancel}>
          Cancel
        </Button>
        <Button type="submit" look="primary" disabled={add.isPending || !ready}>
          {add.isPending ? 'Adding…' : 'Add endpoint'}
        </Button>
      </div>
    </form>
  )
}

export const WebhookSecret = ({ secret, done }: { secret: string; done: () => void }) => (
  <div className="flex flex-col gap-4">
    <code
      aria-label="Secret"
      tabIndex={0}
      className="rounded-lg border border-line bg-sunken px-3 py-2.5 font-mono text-sm break-all select-all"
    >
      {secret}
    </code>
    <div className="flex flex-wrap justify-end gap-2">
      <Copy text={secret} label="Copy secret" />
      <Button look="primary" onClick={done}>
        I saved it
      </Button>
    </div>
  </div>
)
