import { useMutation, useQueryClient } from '@tanstack/react-query'

import { write } from './api.ts'
import type { Guard } from './contract.ts'
import { guardPath, guardQuery } from './queries.ts'

const KEY = ['resume']

/** "This is me": one's own money goes on at once; what the server answers is shown, not what was hoped. */
export function useResume() {
  const queries = useQueryClient()
  return useMutation({
    mutationKey: KEY,
    mutationFn: () => write<Guard>('POST', `${guardPath('me')}/resume`, {}),
    onSuccess: async (guard) => {
      if (guard) queries.setQueryData(guardQuery('me').queryKey, guard)
      await queries.invalidateQueries({ queryKey: ['alerts'] })
    },
  })
}
