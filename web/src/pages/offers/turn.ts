import { useMutation, useQueryClient } from '@tanstack/react-query'

import { offerQuery, takeTurn } from '../../lib/offers.ts'
import type { OfferTurn } from '../../lib/offers.ts'

type Taken = { readonly turn: OfferTurn; readonly body?: Readonly<Record<string, string>> }

/** A step of an offer; its answer is the offer as it then is, and the candidate's link where one was made. */
export function useTurn(id: string, onLink: (url: string | null) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ turn, body = {} }: Taken) => takeTurn(id, turn, body),
    onSuccess: async ({ offer, url }, { turn }) => {
      queries.setQueryData(offerQuery(id).queryKey, offer)
      // A link is told once: whatever ends it ends what is shown of it.
      if (url !== null || turn !== 'send') onLink(url)
      await Promise.all(
        ['offers', 'offer', 'offer-statistics'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
      )
    },
  })
}
export type Turn = ReturnType<typeof useTurn>
