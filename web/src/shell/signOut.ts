import { useQueryClient } from '@tanstack/react-query'

import { useGo } from '../lib/address.ts'
import { ApiError, forget, write } from '../lib/api.ts'

/** Ends the session on the server first; what is kept here goes with it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  const go = useGo()
  return async () => {
    const ended = await write('DELETE', '/api/v1/session').then(
      () => true,
      (error: unknown) => error instanceof ApiError && error.status === 401,
    )
    forget()
    go(`/signed-out?reason=${ended ? 'bye' : 'unsure'}`, 'replace')
    queries.clear()
  }
}
