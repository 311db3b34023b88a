import { useMutation, useQueryClient } from '@tanstack/react-query'

import { write } from '../../lib/api.ts'
import { formatQuantity } from '../../lib/base.ts'
import { creditsPath } from '../../lib/cluster.ts'
import type { Breach, Statement } from '../../lib/cluster.ts'
import { nano } from '../../lib/money.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Refused } from '../../ui/Field.tsx'
import { breachWords } from './words.ts'

/** What will be written, before it is: a grant of its own, promised and vested at once. */
export function CreditDialog({
  breach,
  statement,
  person,
  onClose,
}: {
  breach: Breach | null
  statement: Statement
  person: string
  onClose: () => void
}) {
  const queries = useQueryClient()
  const credit = useMutation({
    mutationFn: (of: Breach) =>
      write('POST', creditsPath(person), {
        month: statement.month,
        asset: statement.asset,
        grant_id: of.grant_id,
        breach: of.key,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['sla'] })
      onClose()
    },
  })
  const amount = breach ? formatQuantity(statement.asset, nano(breach.remedy)) : ''
  return (
    <Dialog
      open={breach !== null}
      onClose={onClose}
      title="Credit what was not kept"
      description="As the contract says. It cannot be undone; it would be corrected by another entry."
    >
      {breach && (
        <div className="flex flex-col gap-4">
          <p className="text-sm text-pretty">
            {breachWords(breach, statement)}. The contract credits{' '}
            <span className="num font-semibold">{amount}</span>.
          </p>
          <div>
            <h3 className="text-sm font-medium">The ledger gets these entries</h3>
            <ol className="mt-1.5 flex flex-col gap-1 rounded-lg bg-sunken px-3 py-2 text-sm text-ink-2">
              <li>
                granted: <span className="num">{amount}</span>, promised → unvested
              </li>
              <li>
                vested: <span className="num">{amount}</span>, unvested → available, to be spent within a year
              </li>
            </ol>
          </div>
          {credit.error && <Refused>{credit.error.message}</Refused>}
          <div className="flex flex-wrap gap-2">
            <Button
              look="primary"
              data-focus
              disabled={credit.isPending}
              onClick={() => credit.mutate(breach)}
            >
              {credit.isPending ? 'Writing…' : `Credit ${amount.split(' ')[0] ?? ''} hours`}
            </Button>
            <Button look="quiet" onClick={onClose}>
              Not now
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
