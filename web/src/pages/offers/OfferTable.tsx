import { useGo } from '../../lib/address.ts'
import { formatMoney } from '../../lib/base.ts'
import type { Millis } from '../../lib/base.ts'
import type { OfferRow } from '../../lib/contract.ts'
import { nano } from '../../lib/money.ts'
import { A } from '../../ui/A.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Table, Td, Th, Tr } from '../../ui/Table.tsx'
import { expiryOf, nextAction, STATUS } from './words.ts'

/** Offers, a row each; a row opens its offer. */
export function OfferTable({ offers, now }: { offers: readonly OfferRow[]; now: Millis }) {
  const go = useGo()
  return (
    <Table label="Offers">
      <thead>
        <tr>
          <Th>Candidate</Th>
          <Th>Status</Th>
          <Th wide>Next</Th>
          <Th right wide="very">
            Four years, as expected
          </Th>
          <Th right wide>
            Until
          </Th>
        </tr>
      </thead>
      <tbody>
        {offers.map((offer) => (
          <Tr key={offer.id} onOpen={() => go(`/offers/${offer.id}`)}>
            <Td className="min-w-40">
              <A
                data-row
                href={`/offers/${offer.id}`}
                className="figure-link inline-flex min-h-6 items-center font-medium"
              >
                {offer.candidate.name || 'Nobody yet'}
              </A>
              <span className="block text-xs text-ink-3">
                {[offer.title, offer.level].filter((part) => part !== '').join(', ')}
              </span>
              <span className="block text-xs text-ink-2 sm:hidden">{nextAction(offer, now)}</span>
            </Td>
            <Td>
              <Badge tone={STATUS[offer.status].tone}>{STATUS[offer.status].name}</Badge>
            </Td>
            <Td wide className="text-ink-2">
              {nextAction(offer, now)}
            </Td>
            <Td right wide="very">
              {offer.total ? formatMoney(nano(offer.total.total_expected), offer.currency) : '–'}
            </Td>
            <Td right wide>
              <Until offer={offer} now={now} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

function Until({ offer, now }: { offer: OfferRow; now: Millis }) {
  const { soon, says } = expiryOf(offer, now)
  return soon ? <Badge tone="warn">{says}</Badge> : <span className="text-ink-2">{says}</span>
}
