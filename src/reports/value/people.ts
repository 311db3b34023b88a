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

/**
 * Each wallet's monthly demand, fitted on the whole months before `at` in which it had something, and drawn towards what
 * colleagues with such a wallet use. A wallet is left out where too few people have used anything of its asset for that:
 * then all that there is counts as used.
 */
export async function demandAt(
  sql: Sql,
  wallets: readonly { readonly wallet: string; readonly asset: string }[],
  at: Millis,
): Promise<ReadonlyMap<string, Use>> {
  const months = wholeMonths(at, MONTHS)
  const ids = wallets.map(({ wallet }) => wallet)
  const since = new Map(
    (
      await sql.query<{ wallet: string; since: Millis }>(
        `select wallet_id as wallet, min(effective_at) as since from ledger.lot
         where wallet_id = any ($1) and effective_at <= $2 group by 1`,
        [ids, iso(at)],
      )
    ).map((row) => [row.wallet, row.since]),
  )
  const spent = await spentWithin(sql, ids, months)
  const used = new Map(
    wallets.map(({ wallet }) => {
      const first = since.get(wallet) ?? Infinity
      const own = months.flatMap(({ from }, index) =>
        from >= first ? [Number(spent.get(wallet)?.[index] ?? 0n)] : [],
      )
      return [wallet, own.map((amount) => Math.max(0, amount))] as const
    }),
  )
  const fitted = new Map<string, Use>()
  for (const own of Map.groupBy(wallets, ({ asset }) => asset).values()) {
    const people = own.map(({ wallet }) => used.get(wallet) ?? [])
    const prior = cohortPrior(people.filter(({ length }) => length > 0))
    if (!prior) continue
    for (const { wallet } of own) {
      const mine = used.get(wallet) ?? []
      fitted.set(wallet, { ...fitDemand(mine, prior), months: mine })
    }
  }
  return fitted
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
