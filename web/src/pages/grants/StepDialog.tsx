import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'

import { takeStep } from '../../lib/agreements.ts'
import type { Step } from '../../lib/agreements.ts'
import { contractQuery } from '../../lib/grants.ts'
import type { Contract } from '../../lib/grants.ts'
import { Worded } from '../../ui/WordDialog.tsx'

/** One step of a grant; its answer is the grant as it then is. */
export const useStep = (id: string, step: Step, queries: QueryClient) =>
  useMutation({
    mutationFn: (body: Readonly<Record<string, string>>) => takeStep(id, step, body),
    onSuccess: async (grant) => {
      if (grant) queries.setQueryData(contractQuery(id).queryKey, grant)
      await Promise.all(
        ['contracts', 'contract', 'wallet', 'grants', 'outlook'].map((key) =>
          queries.invalidateQueries({ queryKey: [key] }),
        ),
      )
    },
  })

export const Hash = ({ hash }: { hash: string }) => (
  <p className="text-ink-2">
    SHA-256 of what is agreed to <code className="block font-mono text-xs break-all text-ink">{hash}</code>
  </p>
)

/** A step of a grant that wants a word with it. */
export function Asked({
  grant,
  step,
  ...asked
}: Omit<Parameters<typeof Worded>[0], 'run'> & { readonly grant: Contract; readonly step: Step }) {
  const act = useStep(grant.id, step, useQueryClient())
  return <Worded {...asked} run={act.mutateAsync} />
}
