import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RefreshCw, Send } from 'lucide-react'
import { useState } from 'react'

import { write } from '../../lib/api.ts'
import type { Delivery, NewWebhook, Webhook } from '../../lib/contract.ts'
import { deliveriesQuery, webhookPath } from '../../lib/queries.ts'
import type { WebhookOwner } from '../../lib/queries.ts'
import { Ask } from '../../ui/Ask.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Empty } from '../../ui/States.tsx'
import { Time } from '../../ui/Time.tsx'
import { WebhookSecret } from './AddWebhook.tsx'
import { WebhookState } from './WebhookState.tsx'
import { eventWords } from './answers.ts'

type Props = {
  readonly owner: WebhookOwner
  readonly webhook: Webhook | null
  readonly mayWrite: boolean
  readonly onClose: () => void
  readonly onRemove: (webhook: Webhook) => void
  readonly onChanged: () => void
}

/** One endpoint: try it, switch it on or off, change its secret, and see what arrived. */
export const WebhookPanel = ({ owner, webhook, mayWrite, onClose, onRemove, onChanged }: Props) => (
  <Dialog
    open={webhook !== null}
    onClose={onClose}
    shape="side"
    title="Webhook endpoint"
    description={<span className="break-all">{webhook?.url}</span>}
  >
    {webhook && (
      <Body
        key={webhook.id}
        owner={owner}
        webhook={webhook}
        mayWrite={mayWrite}
        onRemove={() => onRemove(webhook)}
        onChanged={onChanged}
      />
    )}
  </Dialog>
)

function Body({
  owner,
  webhook,
  mayWrite,
  onRemove,
  onChanged,
}: {
  owner: WebhookOwner
  webhook: Webhook
  mayWrite: boolean
  onRemove: () => void
  onChanged: () => void
}) {
  const queries = useQueryClient()
  const query = useQuery(deliveriesQuery(owner, webhook.id))
  const [secret, setSecret] = useState<string | null>(null)
  const path = webhookPath(owner, webhook.id)
  // Switched on again, the server forgets that it failed.
  const enable = useMutation({
    mutationFn: (enabled: boolean) => write('PATCH', path, { enabled }),
    onSuccess: onChanged,
  })
  const test = useMutation({
    mutationFn: () => write('POST', `${path}/test`, {}),
    onSuccess: () => queries.invalidateQueries({ queryKey: deliveriesQuery(owner, webhook.id).queryKey }),
  })
  const renew = useMutation({
    mutationFn: () => write<NewWebhook>('POST', `${path}/secret`, {}),
    onSuccess: (made) => setSecret(made?.secret ?? null),
  })
  const off = webhook.disabled_at !== null
  const problem = test.error ?? enable.error ?? renew.error
  return (
    <div className="flex flex-col gap-5">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-2">
        <WebhookState webhook={webhook} />
        <span>{webhook.types === null ? 'All events' : webhook.types.map(eventWords).join(', ')}</span>
      </p>
      {mayWrite && secret === null && (
        <div className="flex flex-wrap gap-2">
          <Button look="primary" disabled={test.isPending || off} onClick={() => test.mutate()}>
            <Send size={14} aria-hidden /> {test.isPending ? 'Sending…' : 'Send a test'}
          </Button>
          <Button disabled={enable.isPending} onClick={() => enable.mutate(off)}>
            {off ? 'Switch on' : 'Switch off'}
          </Button>
          <Button look="quiet" disabled={renew.isPending} onClick={() => renew.mutate()}>
            <RefreshCw size={14} aria-hidden /> New secret
          </Button>
          <Button look="danger" className="sm:hidden" onClick={onRemove}>
            Remove
          </Button>
        </div>
      )}
      {secret !== null && (
        <section aria-label="New secret" className="flex flex-col gap-2">
          <p className="text-sm text-ink-2">Shown this once. For a day, the old one signs as well.</p>
          <WebhookSecret secret={secret} done={() => setSecret(null)} />
        </section>
      )}
      {problem && (
        <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {problem.message}
        </p>
      )}
      <section aria-label="Last deliveries">
        <h3 className="text-base font-semibold">Last deliveries</h3>
        <Ask query={query} height={240} label="deliveries">
          {({ deliveries }) =>
            deliveries.length === 0 ? (
              <Empty title="Nothing was sent yet">
                The next alert goes there. A test shows now whether it arrives.
              </Empty>
            ) : (
              <ol aria-live="polite" className="mt-2 flex flex-col divide-y divide-line">
                {deliveries.map((delivery) => (
                  <DeliveryRow key={delivery.event_id} delivery={delivery} />
                ))}
              </ol>
            )
          }
        </Ask>
      </section>
    </div>
  )
}

const TONES = { waiting: 'warn', delivered: 'good', failed: 'bad' } as const

const DeliveryRow = ({ delivery }: { delivery: Delivery }) => (
  <li className="flex flex-wrap items-baseline justify-between gap-x-3 py-2 text-sm">
    <span className="flex flex-wrap items-baseline gap-x-2">
      <Badge tone={TONES[delivery.state]}>{delivery.state}</Badge>
      <span className="font-medium">{eventWords(delivery.type)}</span>
      <span className="num text-ink-2">
        {delivery.status !== null && `HTTP ${delivery.status}`}
        {delivery.attempts > 1 && ` · ${delivery.attempts} attempts`}
      </span>
    </span>
    <span className="text-ink-3">
      <Time at={delivery.tried_at ?? delivery.at} />
    </span>
    {delivery.error !== null && <span className="basis-full break-words text-ink-2">{delivery.error}</span>}
    {delivery.next_at !== null && (
      <span className="basis-full text-ink-2">
        Next attempt <Time at={delivery.next_at} /> UTC
      </span>
    )}
  </li>
)
