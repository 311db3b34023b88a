import { DAY, dayOf, iso, startOfDay, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { cohortPrior, fitDemand } from '#valuation/demand-fit.ts'
import type { Demand } from '#valuation/demand.ts'
import type { Confidence } from '#valuation/fit.ts'
import { fitHazard } from '#valuation/turnover.ts'
import { spentWithin } from '../spent.ts'
import { DELIVERED, DRIFT, INTEREST, TURNOVER_PRIOR, type Assumptions } from './assumptions.ts'

/** So many whole months of use are looked back on. */
const MONTHS = 12

/** What is assumed as of an instant, with what the company's own people say of it. */
export async function assumptionsAt(sql: Sql, at: Millis): Promise<Assumptions> {
  const day = dayOf(at)
  const [row] = await sql.query<{ leavers: number; days: bigint }>(
    `select count(*) filter (where left_on <= $1)::int as leavers,
       coalesce(sum(least(coalesce(left_on, $1), $1) - hired_on) filter (where hired_on < $1), 0)::bigint as days
     from people.person`,
    [day],
  )
  const seen = { leavers: row!.leavers, personYears: Number(row!.days) / 365.25 }
  const { hazard, weak, reasons } = fitHazard(seen, TURNOVER_PRIOR)
  return {
    interest: INTEREST,
    drift: DRIFT,
    turnover: { hazard, weak, reasons, ...seen },
    delivered: DELIVERED,
  }
}

/** What somebody would use of a wallet in a month, in its smallest unit, and how well that is known. */
export type Use = Demand & Confidence & { readonly months: readonly number[] }

type Wallet = { readonly wallet: string; readonly asset: string }

/** So many colleagues say what one more would use: enough for a prior, and no more to read for one person than for all. */
const COHORT = 200

/**
 * Each wallet's monthly demand, fitted on the whole months before `at` in which it had something, and drawn towards what
 * colleagues with such a wallet use: the same ones whoever asks, so that a person and the company see one number. A wallet is
 * left out where too few people have used anything of its asset for that: then all that there is counts as used.
 * Index: wallet's key, what `spentWithin` says.
 */
export async function demandAt(
  sql: Sql,
  wallets: readonly Wallet[],
  at: Millis,
): Promise<ReadonlyMap<string, Use>> {
  const cohort = await sql.query<Wallet>(
    `select id as wallet, asset from (
       select id, asset, row_number() over (partition by asset order by id) as place from ledger.wallet where asset = any ($1)
     ) w where place <= $2 order by id`,
    [[...new Set(wallets.map(({ asset }) => asset))], COHORT],
  )
  const used = await monthsOf(sql, [...new Set([...wallets, ...cohort].map(({ wallet }) => wallet))], at)
  const fitted = new Map<string, Use>()
  for (const [asset, own] of Map.groupBy(wallets, (one) => one.asset)) {
    const alike = cohort.filter((one) => one.asset === asset)
    const people = alike.map(({ wallet }) => used.get(wallet) ?? [])
    const prior = cohortPrior(people.filter(({ length }) => length > 0))
    if (!prior) continue
    for (const { wallet } of own) {
      const mine = used.get(wallet) ?? []
      fitted.set(wallet, { ...fitDemand(mine, prior), months: mine })
    }
  }
  return fitted
}

/** What each wallet was charged in whole months, oldest first, from the month on in which it had something. */
async function monthsOf(
  sql: Sql,
  wallets: readonly string[],
  at: Millis,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const months = wholeMonths(at, MONTHS)
  const rows = await sql.query<{ wallet: string; since: Millis }>(
    `select wallet_id as wallet, min(effective_at) as since from ledger.lot
     where wallet_id = any ($1) and effective_at <= $2 group by 1`,
    [wallets, iso(at)],
  )
  const since = new Map(rows.map((row) => [row.wallet, row.since]))
  const spent = await spentWithin(sql, wallets, months)
  return new Map(
    wallets.map((wallet) => {
      const first = since.get(wallet) ?? Infinity
      const own = months.flatMap(({ from }, index) =>
        from >= first ? [Number(spent.get(wallet)?.[index] ?? 0n)] : [],
      )
      return [wallet, own.map((amount) => Math.max(0, amount))] as const
    }),
  )
}

/** The whole calendar months (UTC) before an instant, oldest first. */
export function wholeMonths(at: Millis, count: number): readonly { from: Millis; until: Millis }[] {
  const starts = [startOfDay(`${dayOf(at).slice(0, 7)}-01`)]
  while (starts.length <= count) starts.push(startOfDay(`${dayOf(starts.at(-1)! - DAY).slice(0, 7)}-01`))
  return starts
    .slice(1)
    .map((from, index) => ({ from, until: starts[index]! }))
    .toReversed()
}
