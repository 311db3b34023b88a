import { iso, type Millis } from '#base/time.ts'
import { ceil, mul, rational, type Rational } from '#base/rational.ts'
import type { Sql } from '#db/sql.ts'
import { spentWithin } from '../spent.ts'
import { wholeMonths } from '../value/people.ts'
import { LEAST_PEOPLE } from './groups.ts'

/** What people of the company spend on models in a month. */

const MONTHS = 6
const MOST_WALLETS = 500
const NINE_OF_TEN = rational(9n, 10n)
const HALF = rational(1n, 2n)

/** Nano-dollars in a month, rounded up to two digits, so that they are nobody's own. */
export type UseOfMonth = { readonly people: number; readonly half: bigint; readonly nineOfTen: bigint }

/**
 * The months of people of a level (null: of everybody) in which they had something to spend: what half and nine of ten of them
 * stayed within. Null where too few people tell it. Index: wallet (person_id, asset), lot_wallet.
 */
export async function useOfMonth(
  sql: Sql,
  { level, now }: { readonly level: string | null; readonly now: Millis },
): Promise<UseOfMonth | null> {
  const months = wholeMonths(now, MONTHS)
  const wallets = await sql.query<{ wallet: string; since: Millis }>(
    `select w.id as wallet, min(l.effective_at) as since
     from (
       select w.id from ledger.wallet w join people.person p on p.id = w.person_id
       where w.asset = 'USD' and ($1::text is null or p.level = $1) order by w.id limit ${MOST_WALLETS}
     ) w join ledger.lot l on l.wallet_id = w.id and l.effective_at < $2
     group by w.id`,
    [level, iso(months.at(-1)!.from + 1)],
  )
  if (wallets.length < LEAST_PEOPLE) return null
  const spent = await spentWithin(
    sql,
    wallets.map(({ wallet }) => wallet),
    months,
  )
  const amounts = wallets.flatMap(({ wallet, since }) =>
    months.flatMap(({ from }, index) => (from >= since ? [spent.get(wallet)?.[index] ?? 0n] : [])),
  )
  return monthsTold(wallets.length, amounts)
}

/** Null where there is nothing to compare with. */
export function monthsTold(people: number, amounts: readonly bigint[]): UseOfMonth | null {
  if (people < LEAST_PEOPLE) return null
  const sorted = amounts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const nineOfTen = twoDigitsUp(at(sorted, NINE_OF_TEN))
  return nineOfTen > 0n ? { people, half: twoDigitsUp(at(sorted, HALF)), nineOfTen } : null
}

/** The smallest amount that so much of them do not exceed. */
function at(sorted: readonly bigint[], share: Rational): bigint {
  const rank = ceil(mul(share, rational(BigInt(sorted.length))))
  return sorted[Number(rank) - 1] ?? 0n
}

function twoDigitsUp(amount: bigint): bigint {
  if (amount <= 0n) return 0n
  const unit = 10n ** BigInt(Math.max(0, String(amount).length - 2))
  return ((amount + unit - 1n) / unit) * unit
}
