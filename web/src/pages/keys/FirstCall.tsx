import { useQuery } from '@tanstack/react-query'
import { Check, LoaderCircle } from 'lucide-react'

import type { Key } from '../../lib/contract.ts'
import { keyQuery } from '../../lib/queries.ts'
import { A } from '../../ui/A.tsx'
import { Time } from '../../ui/Time.tsx'

/** Waits with the reader for the first call of a new key. */
export function FirstCall({ fresh }: { fresh: Key }) {
  const first = useQuery(keyQuery(fresh.id, true))
  const used = first.data?.first_used_at ?? fresh.first_used_at
  return (
    <div role="status" className="card flex flex-wrap items-center gap-3 px-4 py-3 text-sm sm:px-5">
      {used ? (
        <>
          <span className="flex size-6 items-center justify-center rounded-full bg-available-soft text-available">
            <Check size={14} aria-hidden />
          </span>
          <span className="min-w-0 flex-1">
            <strong className="font-semibold">First call received</strong> with {fresh.name},{' '}
            <Time at={used} /> UTC.
          </span>
          <A href="/" className="font-medium text-accent hover:underline">
            See what it cost
          </A>
        </>
      ) : (
        <>
          <LoaderCircle size={18} aria-hidden className="animate-spin text-ink-3" />
          <span>
            Waiting for the first call with <strong className="font-semibold">{fresh.name}</strong>…
          </span>
        </>
      )}
    </div>
  )
}
