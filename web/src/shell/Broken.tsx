import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'

import { ApiError } from '../lib/api.ts'
import { Failure } from '../ui/States.tsx'
import { SignedOut } from './SignedOut.tsx'

/** The boundary of every page: a session that ended leads to the door, all else says its code and offers a retry. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter()
  const boundary = useQueryErrorResetBoundary()
  if (error instanceof ApiError && error.status === 401) return <SignedOut />
  return (
    <div className="mx-auto max-w-xl p-6">
      <div className="card">
        <Failure
          error={error}
          retry={() => {
            boundary.reset()
            reset()
            void router.invalidate()
          }}
        />
      </div>
    </div>
  )
}
