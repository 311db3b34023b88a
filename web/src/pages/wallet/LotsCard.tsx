import { useState } from 'react'

import { drawOrder, isOpen, scopeWords } from '../../lib/draw.ts'
import type { Lot } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'
import { Amount } from '../../ui/Amount.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Empty } from '../../ui/States.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'

const SHOWN = 6

/** The lots in the order in which they pay. */
export function LotsCard({ lots }: { lots: readonly Lot[] }) {
  const [all, setAll] = useState(false)
  const open = drawOrder(lots.filter(isOpen))
  const closed = drawOrder(lots.filter((lot) => !isOpen(lot)))
  const shown = all ? [...open, ...closed] : open.slice(0, SHOWN)
  const hidden = lots.length - Math.min(open.length, SHOWN)
  return (
    <Card
      title="Lots"
      note="Vested tranches, in the order in which they pay: by priority, then soonest expiry, then oldest."
      flush
      actions={
        hidden > 0 && (
          <Button look="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
            {all ? 'Show the next to pay' : `Show all ${lots.length}`}
          </Button>
        )
      }
    >
      {shown.length === 0 ? (
        <Empty title="No lot can pay now">
          {lots.length > 0
            ? 'All lots are used up or expired. The next tranche becomes a lot on the day it vests.'
            : 'The first tranche becomes a lot on the day it vests.'}
        </Empty>
      ) : (
        <LotTable lots={shown} open={open.length} />
      )}
    </Card>
  )
}

const LotTable = ({ lots, open }: { lots: readonly Lot[]; open: number }) => (
  <Table label="Lots in draw order">
    <thead>
      <tr>
        <Th wide="very">Draw</Th>
        <Th>Tranche</Th>
        <Th wide="very">Pays for</Th>
        <Th>Expires</Th>
        <Th right wide="very">
          Vested
        </Th>
        <Th right wide>
          Spent
        </Th>
        <Th right wide="very">
          Held
        </Th>
        <Th right>Available</Th>
      </tr>
    </thead>
    <tbody>
      {lots.map((lot, at) => (
        <Tr key={lot.id} className={at >= open ? 'text-ink-2' : ''}>
          <Td wide="very" className="num text-ink-3">
            {at < open ? at + 1 : '–'}
          </Td>
          <Td className="whitespace-nowrap">
            <span className="font-medium">{lot.grant_name}</span>{' '}
            <span className="text-ink-3">#{lot.tranche}</span>
            {lot.priority !== 50 && (
              <span className="text-ink-3 max-sm:hidden"> · priority {lot.priority}</span>
            )}
          </Td>
          <Td wide="very" className="whitespace-nowrap text-ink-2">
            {scopeWords(lot.scope)}
          </Td>
          <Td className="whitespace-nowrap text-ink-2">
            {lot.expires_at ? <Time at={lot.expires_at} look="day" /> : 'Never'}
          </Td>
          <Td wide="very" right className="text-ink-2">
            <Amount value={nano(lot.vested)} entries={{ lot: lot.id, kind: 'vested' }} />
          </Td>
          <Td wide right className="text-ink-2">
            <Amount value={nano(lot.spent)} entries={{ lot: lot.id, account: 'spent' }} />
          </Td>
          <Td wide="very" right className="text-ink-2">
            <Amount value={nano(lot.held)} entries={{ lot: lot.id, account: 'held' }} />
          </Td>
          <Td right className="font-medium">
            <Amount value={nano(lot.available)} entries={{ lot: lot.id, account: 'available' }} />
          </Td>
        </Tr>
      ))}
    </tbody>
  </Table>
)
