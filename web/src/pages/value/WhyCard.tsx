import { useState } from 'react'

import { Waterfall } from '../../charts/Waterfall.tsx'
import type { FallRow } from '../../charts/Waterfall.tsx'
import { nano, usd } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import type { Change, PersonValue, Value } from '../../lib/value.ts'
import { Card } from '../../ui/Card.tsx'
import { Segmented } from '../../ui/Segmented.tsx'
import { movedParts, signed, WHY, whySentence } from './words.ts'

type Which = 'cap' | 'expected'

/** Why it moved: from what it was to what it is, cause by cause; the parts sum to the change exactly. */
export function WhyCard({ value }: { value: Value | PersonValue }) {
  const [which, setWhich] = useState<Which>('cap')
  const change = value.change[which]
  return (
    <Card
      title="Why it moved"
      note={whySentence(change, value.from)}
      actions={
        <Segmented<Which>
          label="Of which value"
          value={which}
          options={[
            { value: 'cap', text: 'All that is owed' },
            { value: 'expected', text: 'Expected use' },
          ]}
          onChange={setWhich}
        />
      }
    >
      <Waterfall label="From then to now" rows={rowsOf(change, value)} />
      {value.change.opening_price.length > 0 && (
        <p className="mt-2 text-xs text-ink-3">
          Without a price on the first day, and told at the later one: {value.change.opening_price.join(', ')}
          .
        </p>
      )}
    </Card>
  )
}

const rowsOf = (change: Change, { from, day }: Value | PersonValue): FallRow[] => [
  {
    name: dateWords(from),
    amount: nano(change.opening),
    kind: 'total',
    text: usd(nano(change.opening)),
  },
  ...movedParts(change)
    .toSorted((a, b) => ORDER.indexOf(a.part) - ORDER.indexOf(b.part))
    .map(({ part, amount }): FallRow => ({
      name: WHY[part].name,
      says: amount > 0n ? WHY[part].up : WHY[part].down,
      amount,
      kind: 'part',
      text: signed(amount),
    })),
  { name: dateWords(day), amount: nano(change.closing), kind: 'total', text: usd(nano(change.closing)) },
]

/** What people did first, then what the market did. */
const ORDER = [
  'granted',
  'exchanged',
  'vesting',
  'use',
  'expiry',
  'forfeiture',
  'revocation',
  'price',
  'model',
] as const
