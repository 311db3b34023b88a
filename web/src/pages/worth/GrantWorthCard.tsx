import { amountShort, nano, percent, usd, usdExact } from '../../lib/money.ts'
import { dateWords } from '../../lib/time.ts'
import { basisOf } from '../../lib/value.ts'
import type { GrantWorth, PersonValue } from '../../lib/value.ts'
import { A } from '../../ui/A.tsx'
import { Amount } from '../../ui/Amount.tsx'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { BASIS } from '../value/words.ts'

/** Grant by grant, two numbers that stay two: the most it can be, and what of it is likely to be used. */
export const GrantWorthCard = ({ value }: { value: PersonValue }) => (
  <Card
    flush
    title="Grant by grant"
    note={`At ${BASIS[value.basis].name.toLowerCase()} price. The first number is the most a grant can give, the second what of it is likely to be used.`}
  >
    <ul className="border-t border-line">
      {value.rows
        .filter((row) => nano(row.unvested) + nano(row.vested) > 0n)
        .map((row) => (
          <Row key={row.book_id} row={row} value={value} />
        ))}
    </ul>
  </Card>
)

function Row({ row, value: { basis } }: { row: GrantWorth; value: PersonValue }) {
  const own = basisOf(row, basis)
  const [cap, expected] = [nano(own.cap.total), nano(own.expected.total)]
  const [vested, unvested] = [nano(row.vested), nano(row.unvested)]
  const [missing] = own.missing
  const { asset } = row
  return (
    <li className="grid gap-x-6 gap-y-2 border-b border-line px-4 py-3 last:border-b-0 sm:px-5 md:grid-cols-[minmax(0,6fr)_minmax(0,3fr)_minmax(0,3fr)]">
      <div className="min-w-0">
        <A
          href={`/grants/${row.grant_id}`}
          data-row
          className="figure-link inline-flex min-h-6 items-center font-medium"
        >
          {row.name}
        </A>
        <p className="text-sm text-pretty text-ink-2">
          <Amount value={vested + unvested} asset={asset} /> still owed:{' '}
          <Amount
            value={vested}
            asset={asset}
            unit={false}
            entries={{ account: 'available', grant: row.grant_id }}
          />{' '}
          vested,{' '}
          <Amount
            value={unvested}
            asset={asset}
            unit={false}
            entries={{ account: 'unvested', grant: row.grant_id }}
          />{' '}
          to come
          {row.next_vest &&
            `; ${amountShort(nano(row.next_vest.quantity), asset).split(' ')[0]} on ${dateWords(row.next_vest.date)}`}
          .
        </p>
        <p className="text-xs text-pretty text-ink-3">{useWords(row)}</p>
      </div>
      {missing ? (
        <p className="text-sm text-pretty text-ink-2 md:col-span-2">
          <Badge tone="warn">no price</Badge> {missing.reason}
        </p>
      ) : (
        <>
          <Two name="At most" amount={cap} says={bought(row)} figure={`cap-${row.book_id}`} />
          <Two
            name="Expected use"
            amount={expected}
            says={`${percent(expected, cap) ?? '0%'} of it`}
            figure={`expected-${row.book_id}`}
          />
        </>
      )}
    </li>
  )
}

const Two = ({
  name,
  amount,
  says,
  figure,
}: {
  name: string
  amount: bigint
  says: string
  figure: string
}) => (
  <div className="min-w-0 max-md:flex max-md:items-baseline max-md:justify-between max-md:gap-3">
    <p className="text-sm text-ink-2">{name}</p>
    <p className="num text-lg font-semibold tracking-[-0.01em]" title={usdExact(amount)} data-figure={figure}>
      {usd(amount)}
    </p>
    <p className="text-xs text-ink-3 max-md:hidden">{says}</p>
  </div>
)

const bought = (row: GrantWorth): string =>
  row.asset === 'USD' ? 'a dollar is a dollar' : 'bought elsewhere today'

/** What is known of its use, in words. */
function useWords({ demand, asset }: GrantWorth): string {
  if (demand === null)
    return 'Nobody has used enough of such a grant to tell: all that is there counts as used.'
  const month = amountShort(BigInt(Math.round(demand.a_month)), asset)
  const known = demand.weak ? `; little known yet: ${demand.reasons.join('; ')}` : ''
  return `Expected use: ${month} a month, from ${demand.months} ${demand.months === 1 ? 'month' : 'months'} of use${known}.`
}
