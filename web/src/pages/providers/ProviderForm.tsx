import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { write } from '../../lib/api.ts'
import type { Provider } from '../../lib/contract.ts'
import { providerPath, providersPath } from '../../lib/queries.ts'
import { providerName } from '../../lib/words.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

const PROTOCOLS = ['openai', 'anthropic', 'gemini'] as const
const BASES: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com',
}

type Props = {
  readonly open: boolean
  /** Absent: a new one. */
  readonly provider?: Provider
  readonly onClose: () => void
  readonly onDone: (provider: Provider) => void
}

/** Sets up a provider, or changes one. The key goes in and never comes out. */
export const ProviderForm = ({ open, provider, onClose, onDone }: Props) => (
  <Dialog
    open={open}
    onClose={onClose}
    title={provider ? `Change ${provider.name}` : 'Add a provider'}
    description="Calls are sent here with the company’s key. The key is kept sealed and never shown again."
  >
    <Form provider={provider} cancel={onClose} done={onDone} />
  </Dialog>
)

function Form({
  provider,
  cancel,
  done,
}: {
  provider: Provider | undefined
  cancel: () => void
  done: (provider: Provider) => void
}) {
  const [name, setName] = useState(provider?.name ?? '')
  const [protocol, setProtocol] = useState<string>(provider?.protocol ?? 'openai')
  const [baseUrl, setBaseUrl] = useState(provider?.base_url ?? '')
  const [key, setKey] = useState('')
  const [models, setModels] = useState(provider?.models?.join(', ') ?? '')
  const [priority, setPriority] = useState(String(provider?.priority ?? 50))
  const save = useMutation({
    mutationFn: () => {
      const globs = models.split(',').map((glob) => glob.trim())
      const named = globs.filter((glob) => glob !== '')
      const shared = {
        base_url: baseUrl.trim(),
        models: named.length > 0 ? named : null,
        priority: Number(priority),
        ...(key && { key }),
      }
      return provider
        ? write<Provider>('PATCH', providerPath(provider.id), shared)
        : write<Provider>('POST', providersPath, { name: name.trim(), protocol, ...shared })
    },
    onSuccess: (saved) => saved && done(saved),
  })
  return (
    <form
      className="flex flex-col gap-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault()
        // A panel behind this dialog must not take the event for its own.
        event.stopPropagation()
        save.mutate()
      }}
    >
      {!provider && (
        <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-3">
          <label className="flex flex-col gap-1 font-medium">
            Name
            <input
              required
              data-focus
              maxLength={100}
              className="field h-9 font-normal"
              placeholder="OpenAI, main account"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <label className="flex flex-col gap-1 font-medium">
            Protocol
            <select
              className="field h-9 font-normal"
              value={protocol}
              onChange={(event) => setProtocol(event.target.value)}
            >
              {PROTOCOLS.map((each) => (
                <option key={each} value={each}>
                  {providerName(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <label className="flex flex-col gap-1 font-medium">
        Base URL
        <input
          required
          data-focus={provider !== undefined || undefined}
          type="url"
          maxLength={500}
          className="field h-9 font-normal"
          placeholder={BASES[protocol]}
          value={baseUrl}
          onChange={(event) => setBaseUrl(event.target.value)}
        />
        <span className="font-normal text-ink-2">What an SDK of the protocol would be given.</span>
      </label>
      <label className="flex flex-col gap-1 font-medium">
        Key
        <input
          type="password"
          autoComplete="off"
          className="field h-9 font-normal"
          placeholder={provider?.has_key ? 'Leave empty to keep the one that is set' : 'The company’s key'}
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-3">
        <label className="flex flex-col gap-1 font-medium">
          Models
          <input
            className="field h-9 font-normal"
            placeholder="Every model; or gpt-5*, gpt-4.1"
            value={models}
            onChange={(event) => setModels(event.target.value)}
          />
        </label>
        <label className="flex flex-col gap-1 font-medium">
          Priority
          <input
            type="number"
            min={0}
            max={100}
            required
            className="field h-9 w-24 font-normal"
            value={priority}
            onChange={(event) => setPriority(event.target.value)}
          />
        </label>
      </div>
      <p className="text-ink-2">
        Of several providers that serve a model the lowest number goes first; the next takes over when it
        fails.
      </p>
      {save.error && (
        <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-danger">
          {save.error.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={cancel}>
          Cancel
        </Button>
        <Button type="submit" look="primary" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : provider ? 'Save' : 'Add provider'}
        </Button>
      </div>
    </form>
  )
}
