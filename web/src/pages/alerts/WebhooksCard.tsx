import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'

import type { Webhook } from '../../lib/contract.ts'
import { curlOf } from '../../lib/links.ts'
import { webhooksPath, webhooksQuery } from '../../lib/queries.ts'
import type { WebhookOwner } from '../../lib/queries.ts'
import { useSession } from '../../lib/viewer.tsx'
import { Ask } from '../../ui/Ask.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { AddWebhook } from './AddWebhook.tsx'
import { RemoveWebhook } from './RemoveWebhook.tsx'
import { WebhookPanel } from './WebhookPanel.tsx'
import { WebhookState } from './WebhookState.tsx'
import { eventWords } from './answers.ts'

/** Alerts at an address of one's own: what goes there, whether it arrives, and a way to try it. */
export function WebhooksCard({ owner }: { owner: WebhookOwner }) {
  const session = useSession()
  const queries = useQueryClient()
  const query = useQuery(webhooksQuery(owner))
  const [adding, setAdding] = useState(false)
  const [openId, setOpenId] = useState<string | null>(null)
  const [removing, setRemoving] = useState<Webhook | null>(null)
  const mayWrite = owner === 'me' || session.permissions.includes('provider:write')
  const changed = () => queries.invalidateQueries({ queryKey: ['webhooks', owner] })
  const list = query.data?.webhooks ?? []
  return (
    <Card
      title="Webhooks"
      note={
        owner === 'me'
          ? 'Your alerts as signed requests to an address of yours, in the form of Standard Webhooks.'
          : 'Everybody’s alerts as signed requests to an address of the company, in the form of Standard Webhooks.'
      }
      flush
      actions={
        <>
          <Copy look="quiet" label="Copy as API call" text={curlOf(location.origin, webhooksPath(owner))} />
          {mayWrite && list.length > 0 && (
            <Button onClick={() => setAdding(true)}>
              <Plus size={14} aria-hidden /> Add an endpoint
            </Button>
          )}
        </>
      }
    >
      <Ask query={query} height={160} label="webhooks">
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty
              title="No endpoint yet"
              action={
                mayWrite && (
                  <Button look="primary" onClick={() => setAdding(true)}>
                    Add an endpoint
                  </Button>
                )
              }
            >
              Chat tools, pagers and scripts can hear of an alert within seconds.
            </Empty>
          ) : (
            <Endpoints webhooks={webhooks} open={setOpenId} remove={mayWrite ? setRemoving : null} />
          )
        }
      </Ask>
      <AddWebhook
        owner={owner}
        open={adding}
        types={query.data?.types ?? []}
        onClose={() => setAdding(false)}
        onAdded={() => void changed()}
      />
      <WebhookPanel
        owner={owner}
        webhook={list.find(({ id }) => id === openId) ?? null}
        mayWrite={mayWrite}
        onClose={() => setOpenId(null)}
        onRemove={(webhook) => {
          setOpenId(null)
          setRemoving(webhook)
        }}
        onChanged={() => void changed()}
      />
      <RemoveWebhook
        owner={owner}
        removing={removing}
        onClose={() => setRemoving(null)}
        onRemoved={() => void changed()}
      />
    </Card>
  )
}

const Endpoints = ({
  webhooks,
  open,
  remove,
}: {
  webhooks: readonly Webhook[]
  open: (id: string) => void
  remove: ((webhook: Webhook) => void) | null
}) => (
  <Table label="Webhook endpoints">
    <thead>
      <tr>
        <Th>Address</Th>
        <Th wide>Events</Th>
        <Th>State</Th>
        <Th right wide>
          <span className="sr-only">Actions</span>
        </Th>
      </tr>
    </thead>
    <tbody>
      {webhooks.map((webhook) => (
        <Tr key={webhook.id} onOpen={() => open(webhook.id)}>
          <Td className="max-w-56 sm:max-w-80">
            <button
              type="button"
              data-row
              title={webhook.url}
              onClick={() => open(webhook.id)}
              className="figure-link -my-1 block min-h-6 max-w-full truncate py-1 text-left font-medium"
            >
              {webhook.url}
            </button>
          </Td>
          <Td wide className="text-ink-2">
            {webhook.types === null ? 'All' : webhook.types.map(eventWords).join(', ')}
          </Td>
          <Td>
            <WebhookState webhook={webhook} />
          </Td>
          <Td right wide>
            {remove && (
              <Button
                look="danger"
                aria-label={`Remove ${webhook.url}`}
                onClick={() => remove(webhook)}
                className="-my-1"
              >
                Remove
              </Button>
            )}
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
