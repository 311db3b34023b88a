import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { ApiError, write } from '../../lib/api.ts'
import { useRehearsal } from '../../lib/life.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { NotesProvider, Refused } from '../../ui/Field.tsx'

/** A change in two steps: what it would do, told by the server while the form is filled, then the change itself. */
export type Change<T> = {
  readonly method?: 'POST' | 'PATCH'
  readonly path: string
  /** Null while something is missing. */
  readonly ask: object | null
  readonly fields: ReactNode
  /** What it would do. */
  readonly show: (seen: T) => ReactNode
  /** False: there is nothing to confirm. */
  readonly worth?: (seen: T) => boolean
  readonly confirm: string
  readonly grave?: boolean
}

export const ChangeDialog = ({
  open,
  onClose,
  title,
  description,
  children,
}: {
  open: boolean
  onClose: () => void
  title: string
  description: string
  children: ReactNode
}) => (
  <Dialog open={open} onClose={onClose} shape="side" title={title} description={description}>
    {open && children}
  </Dialog>
)

export function ChangeForm<T>({
  method = 'POST',
  path,
  ask,
  fields,
  show,
  worth = () => true,
  confirm,
  grave = false,
  close,
}: Change<T> & { close: () => void }) {
  const queries = useQueryClient()
  const seen = useRehearsal<T>(method, path, ask)
  const change = useMutation({
    mutationFn: () => write<T>(method, path, ask ?? {}),
    onSuccess: async () => {
      close()
      await queries.invalidateQueries()
    },
  })
  const error = change.error ?? seen.error
  const notes =
    error instanceof ApiError && error.param !== null
      ? [{ param: error.param, message: error.message, tone: 'bad' as const }]
      : []
  const ready = seen.data !== null && !seen.old && worth(seen.data)
  return (
    <form
      className="flex flex-col gap-5"
      onChange={() => change.reset()}
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) change.mutate()
      }}
    >
      <NotesProvider value={notes}>
        <div className="flex flex-col gap-4">{fields}</div>
      </NotesProvider>
      <section
        aria-label="What would happen"
        aria-live="polite"
        aria-busy={ask !== null && seen.data === null && seen.error === null}
        className="flex flex-col gap-3 rounded-xl border border-line bg-sunken p-4 text-sm"
      >
        {error ? (
          <Refused>{saidAtField(error.message)}</Refused>
        ) : seen.data !== null ? (
          show(seen.data)
        ) : (
          <p className="text-ink-2">
            {ask === null ? 'Fill in what is missing; then it is told here what would happen.' : 'Reckoning…'}
          </p>
        )}
      </section>
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" look={grave ? 'danger' : 'primary'} disabled={!ready || change.isPending}>
          {change.isPending ? 'Writing…' : confirm}
        </Button>
      </div>
    </form>
  )
}
