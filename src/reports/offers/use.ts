import { quantityName } from '#base/quantity.ts'
import type { Asset } from '#base/asset.ts'
import { halfEven, mul, rational } from '#base/rational.ts'
import { DAY, iso, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Share } from '#offers/worth.ts'
import { LEAST_PEOPLE } from './groups.ts'

/** What had no time to be used says nothing about use. */
const OLD = 90 * DAY
/** So many wallets are looked at; beyond, more of them say nothing new. */
const MOST_WALLETS = 2_000
/** What is taken where the company cannot tell: near the middle of 60 to 90 %, which is what is reported of budgets. */
export const ASSUMED_USE = '0.75'
const PLACES = 4

/** What people were given more than 90 days ago, and what they used of it: nobody's own surplus of use counts for another. */
export type Seen = { readonly people: number; readonly used: bigint; readonly had: bigint }

/**
 * What of a grant of this asset is expected to be used by somebody of the level: as people of the level use theirs, else as
 * everybody does, each only where enough do; else a stated assumption. `now`: as of when.
 */
export async function expectedUse(
  sql: Sql,
  { asset, level, now }: { readonly asset: Asset; readonly level: string; readonly now: Millis },
): Promise<Share> {
  const of = async (some: string | null): Promise<Seen> => seenOf(sql, { asset, level: some, now })
  return shareOf({ asset, level, peers: await of(level), all: await of(null) })
}

/** The ladder itself. */
export function shareOf({
  asset,
  level,
  peers,
  all,
}: {
  readonly asset: Asset
  readonly level: string
  readonly peers: Seen
  readonly all: Seen
}): Share {
  const what = quantityName(asset)
  const told = (who: string, { people }: Seen): string =>
    `of the ${what} that came more than 90 days ago, as ${people} people ${who} have used theirs`
  if (isEnough(peers)) return { share: decimal(peers), why: told(`of level ${level} here`, peers) }
  if (isEnough(all)) {
    const few = `fewer than ${LEAST_PEOPLE} people of level ${level} have any to tell by`
    return { share: decimal(all), why: `${told('of the whole company', all)}; ${few}` }
  }
  return {
    share: ASSUMED_USE,
    why: `an assumption: fewer than ${LEAST_PEOPLE} people here have had ${what} for more than 90 days`,
  }
}

const isEnough = ({ people, had }: Seen): boolean => people >= LEAST_PEOPLE && had > 0n

function decimal({ used, had }: Seen): string {
  const scale = 10n ** BigInt(PLACES)
  const scaled = halfEven(mul(rational(used, had), rational(scale)))
  return `${scaled / scale}.${String(scaled % scale).padStart(PLACES, '0')}`.replace(/\.?0+$/, '')
}

/** Index: wallet (person_id, asset), lot_wallet. */
async function seenOf(
  sql: Sql,
  { asset, level, now }: { readonly asset: Asset; readonly level: string | null; readonly now: Millis },
): Promise<Seen> {
  const [row] = await sql.query<Seen>(
    `select count(*)::int as people, coalesce(sum(least(spent, had)), 0)::bigint as used, coalesce(sum(had), 0)::bigint as had
     from (
       select w.id, sum(l.vested) filter (where l.effective_at <= $3) as had, sum(l.spent) as spent
       from (
         select w.id from ledger.wallet w join people.person p on p.id = w.person_id
         where w.asset = $1 and ($2::text is null or p.level = $2) order by w.id limit ${MOST_WALLETS}
       ) w join ledger.lot l on l.wallet_id = w.id
       group by w.id
     ) s where had > 0`,
    [asset, level, iso(now - OLD)],
  )
  return row!
}
