import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { useRef } from 'react'

import { useGo } from '../../lib/address.ts'
import { ApiError, write } from '../../lib/api.ts'
import type { Offer, OfferPreview } from '../../lib/contract.ts'
import { offerPath, takeTurn } from '../../lib/offers.ts'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Refused, toField } from '../../ui/Field.tsx'
import type { Ask } from './ask.ts'

/** Keeps the draft, or submits it, and does not let anybody lose what they typed unasked. */
export function SaveBar({
  ask,
  preview,
  wants,
  change,
  changed,
  onRefused,
}: {
  ask: Ask
  /** Of exactly what stands in the fields; null: there is none yet. */
  preview: OfferPreview | null
  wants: string | null
  change: Offer | null
  /** Something was typed. */
  changed: boolean
  onRefused: (error: ApiError | null) => void
}) {
  const go = useGo()
  const queries = useQueryClient()
  const saved = useRef(false)
  // What was kept before a submission was refused is changed by the next try, not written again.
  const kept = useRef(change?.id ?? null)
  const save = useMutation({
    mutationFn: async (submit: boolean) => {
      if (kept.current === null) {
        const made = await write<Offer>('POST', '/api/v1/offers', ask)
        kept.current = made!.id
      } else await write<Offer>('PATCH', offerPath(kept.current), ask)
      if (submit) await takeTurn(kept.current, 'submit')
      return kept.current
    },
    onError: (error) => {
      const refusal = error instanceof ApiError ? error : null
      onRefused(refusal)
      if (refusal?.param) toField(refusal.param)
    },
    onSuccess: async (id) => {
      saved.current = true
      await Promise.all(
        ['offers', 'offer', 'templates'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
      )
      go(`/offers/${id}`)
    },
  })
  const refused = preview?.checks.some(({ severity }) => severity === 'refuse') ?? false
  return (
    <div className="flex flex-col gap-3">
      {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="min-w-0 flex-1 basis-60 text-sm text-pretty text-ink-2">
          {wants ??
            (refused
              ? 'It can be kept as a draft; what stands against it has to be mended before it is submitted.'
              : preview?.needed === 2
                ? 'Two persons have to approve it; the second is not its author.'
                : 'One person has to approve it.')}
        </p>
        <Button disabled={wants !== null || save.isPending} onClick={() => save.mutate(false)}>
          Save draft
        </Button>
        <Button
          look="primary"
          disabled={preview === null || wants !== null || refused || save.isPending}
          onClick={() => save.mutate(true)}
        >
          {save.isPending ? 'Saving…' : 'Submit for approval'}
        </Button>
      </div>
      <Unsaved on={() => changed && !saved.current} />
    </div>
  )
}

function Unsaved({ on }: { on: () => boolean }) {
  const blocker = useBlocker({ shouldBlockFn: on, enableBeforeUnload: on, withResolver: true })
  return (
    <Dialog
      open={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
      description="What you typed here was not kept."
    >
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
        <Button look="primary" data-focus onClick={() => blocker.reset?.()}>
          Stay
        </Button>
      </div>
    </Dialog>
  )
}
