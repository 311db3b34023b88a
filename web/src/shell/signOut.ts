import { useQueryClient } from '@tanstack/react-query'

import { useGo } from '../lib/address.ts'
import { forget, write } from '../lib/api.ts'

/** Ends the session on the server first; what is kept here goes with it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  const go = useGo()
  return async () => {
    await write('DELETE', '/api/v1/session').catch(() => null)
    forget()
    go('/signed-out?reason=bye', 'replace')
    queries.clear()
  }
}
