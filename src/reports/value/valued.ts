import { DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Db, Sql } from '#db/sql.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import type { Demand } from '#valuation/demand.ts'
import { snapshot } from '../snapshot.ts'
import type { Assumptions } from './assumptions.ts'
import { WHOLE, type Owed, type Shares } from './attribution.ts'
import { chainOf, type Chain } from './fair.ts'
import { holdings, type Holding } from './holdings.ts'
import { assumptionsAt, demandAt, type Use } from './people.ts'
import { plannedAt, type Planned } from './plan.ts'
import { openUnitPrices, type PriceRooms, type UnitPrice } from './prices.ts'

/** One of two instants, with everything that a holding is worth at it. */
export type Point = {
  readonly owed: Owed
  readonly prices: Readonly<Record<Basis, UnitPrice>>
  readonly ownCost: UnitPrice
  readonly chain: Chain
  readonly demand: Demand | null
}

export type HoldingValue = {
  readonly holding: Holding
  readonly opening: Point
  readonly closing: Point
  readonly planned: readonly Planned[]
}

export type Valuation = {
  /** The instants that what is owed was recomputed at: the ends of UTC days, or now. */
  readonly from: Millis
  readonly until: Millis
  readonly fromDay: DateText
  readonly untilDay: DateText
  readonly assumptions: Assumptions
  readonly holdings: readonly HoldingValue[]
  /** Of each wallet, where use has been metered. */
  readonly use: ReadonlyMap<string, Use>
}

export type Of = { readonly person?: string | null; readonly grant?: string | null }
export type Span = { readonly from: DateText; readonly until: DateText; readonly now: Millis }

/**
 * Everything that is owed at the ends of two days, priced on every basis. What is owed and what is known of people is
 * read in one snapshot; prices are marks, which are frozen as they are made.
 */
export async function valued(
  { db, ...rooms }: PriceRooms & { readonly db: Db },
  span: Span,
  of: Of = {},
): Promise<Valuation> {
  const [from, until] = [endOf(span.from, span.now), endOf(span.until, span.now)]
  const read = await snapshot(db, (sql) => readAll(sql, { from, until }, of))
  const prices = openUnitPrices(rooms)
  const at = async (holding: Holding, day: DateText): Promise<Pick<Point, 'prices' | 'ownCost'>> => ({
    prices: Object.fromEntries(
      await Promise.all(
        BASES.map(async (basis) => [basis, await prices.price(holding.asset, basis, day)] as const),
      ),
    ) as Record<Basis, UnitPrice>,
    ownCost: await prices.ownCost(holding.asset, day),
  })
  const values: HoldingValue[] = []
  for (const { holding, opening, closing, planned } of read.holdings) {
    values.push({
      holding,
      planned,
      opening: { ...opening, ...(await at(holding, span.from)) },
      closing: { ...closing, ...(await at(holding, span.until)) },
    })
  }
  return { ...read, from, until, fromDay: span.from, untilDay: span.until, holdings: values }
}

/** What is expected is told by the day: it does not change while somebody looks at it. */
const endOfDay = (at: Millis): Millis => startOfDay(dayOf(at)) + DAY

/** The last moment of a UTC day; of today, this one. */
export const endOf = (day: DateText, now: Millis): Millis =>
  day >= dayOf(now) ? now : startOfDay(day) + DAY - 1

async function readAll(sql: Sql, { from, until }: { from: Millis; until: Millis }, of: Of) {
  const all = await holdings(sql, { from, until }, of)
  const grants = [...new Set(all.map(({ grant }) => grant))]
  const wallets = [...new Map(all.map((one) => [one.wallet, one])).values()]
  const [before, after] = [await plannedAt(sql, grants, from), await plannedAt(sql, grants, until)]
  const assumptions = await assumptionsAt(sql, until)
  const [useBefore, use] = [await demandAt(sql, wallets, from), await demandAt(sql, wallets, until)]
  const sums = { opening: totals(all, 'opening'), closing: totals(all, 'closing') }
  return {
    assumptions,
    use,
    holdings: all.map((holding) => {
      const own = holding.book === holding.grant
      const [planned, plannedBefore] = [after, before].map((plans) =>
        own ? (plans.get(holding.grant) ?? []) : [],
      ) as [readonly Planned[], readonly Planned[]]
      const point = (
        when: 'opening' | 'closing',
        plans: readonly Planned[],
        demands: ReadonlyMap<string, Use>,
      ) => {
        const demand = partOf(demands.get(holding.wallet), holding[when], sums[when].get(holding.wallet))
        const lots = holding.lots.flatMap(({ expiresAt, ...left }) =>
          left[when] > 0n ? [{ quantity: left[when], expiresAt }] : [],
        )
        const one = { asset: holding.asset, owed: holding[when], lots, planned: plans }
        return {
          owed: holding[when],
          demand,
          chain: chainOf(one, endOfDay(when === 'opening' ? from : until), demand, assumptions),
        }
      }
      return {
        holding,
        planned,
        opening: point('opening', plannedBefore, useBefore),
        closing: point('closing', planned, use),
      }
    }),
  }
}

const size = ({ unvested, vested }: Owed): bigint => unvested + vested

function totals(all: readonly Holding[], when: 'opening' | 'closing'): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const one of all) sums.set(one.wallet, (sums.get(one.wallet) ?? 0n) + size(one[when]))
  return sums
}

/** Several grants of one wallet share what its person uses, by how much is left of each. */
function partOf(use: Use | undefined, owed: Owed, whole: bigint | undefined): Demand | null {
  if (!use) return null
  const { active, mean, variation } = use
  const share = whole ? Number(size(owed)) / Number(whole) : 1
  return { active, mean: mean * share, variation }
}

/** Where nothing was owed, what moved is told at the other end's shares. */
export function sharesBetween(
  { opening, closing }: Pick<HoldingValue, 'opening' | 'closing'>,
  of: (chain: Chain) => Shares,
): { readonly opening: Shares; readonly closing: Shares } {
  const [a, b] = [of(opening.chain), of(closing.chain)]
  const side = (name: 'unvested' | 'vested'): readonly [bigint, bigint] => {
    if (opening.owed[name] === 0n) return [b[name], b[name]]
    return closing.owed[name] === 0n ? [a[name], a[name]] : [a[name], b[name]]
  }
  const [unvested, vested] = [side('unvested'), side('vested')]
  return {
    opening: { unvested: unvested[0], vested: vested[0] },
    closing: { unvested: unvested[1], vested: vested[1] },
  }
}

export const AT_CAP = (): Shares => WHOLE
