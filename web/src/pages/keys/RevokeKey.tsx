import { useMutation } from '@tanstack/react-query'

import { write } from '../../lib/api.ts'
import type { Key } from '../../lib/contract.ts'
import { keyPath } from '../../lib/queries.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'

/** It cannot be undone, so it says first what happens. */
export function RevokeKey({
  revoking,
  onClose,
  onRevoked,
}: {
  revoking: Key | null
  onClose: () => void
  onRevoked: (key: Key) => void
}) {
  const revoke = useMutation({
    mutationFn: (key: Key) => write('DELETE', keyPath(key.id)),
    onSuccess: (_, key) => {
      onRevoked(key)
      onClose()
    },
  })
  const close = () => {
    revoke.reset()
    onClose()
  }
  return (
    <Dialog open={revoking !== null} onClose={close} title={`Revoke ${revoking?.name ?? 'key'}?`}>
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-sm text-ink-2">
        <li>Within one second every call with {revoking?.prefix ?? 'it'}… is refused, everywhere.</li>
        <li>Calls that already run finish and are charged; what they do not need comes back.</li>
        <li>No money moves: your balance stays as it is. Past calls keep their key’s name.</li>
        <li>A revoked key cannot be revived. You can create another at any time.</li>
      </ul>
      {revoke.error && (
        <p role="alert" className="mt-3 rounded-lg bg-danger-soft px-3 py-2 text-sm text-danger">
          {revoke.error.message}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Keep it
        </Button>
        <Button look="danger" disabled={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking)}>
          {revoke.isPending ? 'Revoking…' : 'Revoke key'}
        </Button>
      </div>
    </Dialog>
  )
}
