import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { grantPolicyPath, grantPolicyQuery } from '../../lib/agreements.ts'
import type { GrantPolicy } from '../../lib/agreements.ts'
import { write } from '../../lib/api.ts'
import { DENOMINATIONS, decimalQuantity, parseQuantity } from '../../lib/base.ts'
import type { Denomination } from '../../lib/base.ts'
import { usd } from '../../lib/money.ts'
import { useSession } from '../../lib/viewer.tsx'
import { saidAtField } from '../../lib/refusals.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Refused } from '../../ui/Field.tsx'
import { QuantityField } from '../../ui/QuantityField.tsx'

const UNIT: Readonly<Record<Denomination, string>> = {
  usd: 'dollars',
  seat_month: 'seat-months',
  gpu_hour: 'GPU-hours',
  node_hour: 'node-hours',
  exaflop_day: 'exaFLOP-days',
  token: 'tokens',
}
const LABELS: Readonly<Record<Denomination, string>> = {
  usd: 'Dollars',
  seat_month: 'Seat-months',
  gpu_hour: 'GPU-hours',
  node_hour: 'Node-hours',
  exaflop_day: 'exaFLOP-days',
  token: 'Tokens',
}

const said = (denomination: Denomination, amount: string): string =>
  denomination === 'usd'
    ? usd(BigInt(amount))
    : `${decimalQuantity(denomination, BigInt(amount)).replace(/^\d+/, grouped)} ${UNIT[denomination]}`

const grouped = (whole: string): string => whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** How many have to agree before pay is promised. */
export function policySays({ two_above: two }: GrantPolicy): string {
  const limits = DENOMINATIONS.flatMap((one) => {
    const amount = two[one]
    return amount === undefined ? [] : [said(one, amount)]
  })
  if (limits.length === 0) return 'One person approves each grant; nobody approves their own pay.'
  const last = limits.length > 1 ? ` or ${limits.pop()!}` : ''
  return `Above ${limits.join(', ')}${last} two persons approve a grant, and the second is not its author. Below, one does. Nobody approves their own pay.`
}

export function PolicyCard() {
  const session = useSession()
  const mayRead = session.permissions.includes('policy:read')
  const mayWrite = session.permissions.includes('approval:write')
  const { data } = useQuery({ ...grantPolicyQuery, enabled: mayRead })
  const [open, setOpen] = useState(false)
  if (!data) return null
  return (
    <Card
      title="Who has to agree"
      note={policySays(data)}
      actions={mayWrite && <Button onClick={() => setOpen(true)}>Change</Button>}
    >
      <p className="text-sm text-ink-2">
        {mayWrite
          ? 'You set the rule and write no grants: those who promise pay do not decide who checks them.'
          : 'Administrators set this rule, because they write no grants.'}
      </p>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Who has to agree"
        description="A grant of more than so much needs two persons. Empty: one is enough."
      >
        <Form policy={data} close={() => setOpen(false)} />
      </Dialog>
    </Card>
  )
}

function Form({ policy, close }: { policy: GrantPolicy; close: () => void }) {
  const queries = useQueryClient()
  const [texts, setTexts] = useState<Readonly<Partial<Record<Denomination, string>>>>(() =>
    Object.fromEntries(
      DENOMINATIONS.flatMap((one) => {
        const amount = policy.two_above[one]
        return amount === undefined ? [] : [[one, decimalQuantity(one, BigInt(amount))]]
      }),
    ),
  )
  const save = useMutation({
    mutationFn: () =>
      write<GrantPolicy>('PUT', grantPolicyPath, {
        two_above: Object.fromEntries(
          DENOMINATIONS.flatMap((one) => {
            const text = (texts[one] ?? '').trim()
            return text === '' ? [] : [[one, String(parseQuantity(one, text) ?? text)]]
          }),
        ),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['grant-policy'] })
      close()
    },
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        {DENOMINATIONS.map((one) => (
          <QuantityField
            key={one}
            label={LABELS[one]}
            param={`two_above.${one}`}
            denomination={one}
            asset={null}
            value={texts[one] ?? ''}
            onChange={(text) => setTexts({ ...texts, [one]: text })}
          />
        ))}
      </div>
      {save.error && <Refused>{saidAtField(save.error.message)}</Refused>}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" look="primary" disabled={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}
