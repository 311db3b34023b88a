import { useMutation } from '@tanstack/react-query'

import { write } from '../../lib/api.ts'
import type { Webhook } from '../../lib/contract.ts'
import { webhookPath } from '../../lib/queries.ts'
import type { WebhookOwner } from '../../lib/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** It cannot be undone, so it says first what happens. */
export function RemoveWebhook({
  owner,
  removing,
  onClose,
  onRemoved,
}: {
  owner: WebhookOwner
  removing: Webhook | null
  onClose: () => void
  onRemoved: () => void
}) {
  const remove = useMutation({
    mutationFn: (webhook: Webhook) => write('DELETE', webhookPath(owner, webhook.id)),
    onSuccess: () => {
      onRemoved()
      onClose()
    },
  })
  const close = () => {
    remove.reset()
    onClose()
  }
  return (
    <Dialog open={removing !== null} onClose={close} title="Remove this endpoint?">
      <p className="text-sm break-all text-ink">{removing?.url}</p>
      <ul className="mt-3 flex list-disc flex-col gap-1.5 pl-5 text-sm text-ink-2">
        <li>Nothing is sent there any more, also not what still waits to be sent.</li>
        <li>Its deliveries and its secret are forgotten. Alerts themselves stay.</li>
      </ul>
      {remove.error && (
        <p role="alert" className="mt-3 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {remove.error.message}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Keep it
        </Button>
        <Button look="danger" disabled={remove.isPending} onClick={() => removing && remove.mutate(removing)}>
          {remove.isPending ? 'Removing…' : 'Remove endpoint'}
        </Button>
      </div>
    </Dialog>
  )
}
