import type { Asset } from '#base/asset.ts'
import { dayOf, iso, type DateText } from '#base/time.ts'
import { BASES, type Basis, type Mark } from '#prices/hardware/mark.ts'
import type { Assumptions } from './assumptions.ts'
import type { UnitPrice } from './prices.ts'
import {
  changes,
  ownCost,
  perUnit,
  steps,
  sumBases,
  type BasisSum,
  type Change,
  type OwnCost,
  type Steps,
} from './sums.ts'
import type { HoldingValue, Point, Valuation } from './valued.ts'

/** The shapes of the people's API: amounts in nano-dollars, quantities in the smallest unit of their asset. */

export const GROUPS = ['person', 'entity', 'manager', 'level', 'country', 'asset'] as const
export type GroupBy = (typeof GROUPS)[number]

export type MarkFacts = {
  readonly hash: string
  readonly accelerator: string
  readonly tier: string
  readonly index: string | null
  /** Nano-dollars for an hour of one GPU. */
  readonly bid: bigint | null
  readonly mid: bigint
  readonly ask: bigint | null
  readonly n: number
  readonly level: number
  readonly stale_days: number
  readonly step: string
  readonly steps: readonly string[]
  readonly sources: readonly { readonly source: string; readonly licence: string; readonly rows: number }[]
}

export type AssetPrice = {
  readonly basis: Basis
  /** Nano-dollars for one of what people count; null: `reason` says why there is none. */
  readonly price: bigint | null
  readonly bid: bigint | null
  readonly ask: bigint | null
  readonly how: string | null
  readonly code: string | null
  readonly reason: string | null
  readonly mark: MarkFacts | null
  /** On the first of the two days. */
  readonly price_before: bigint | null
}

export type AssetValue = {
  readonly asset: Asset
  readonly unvested: bigint
  readonly vested: bigint
  readonly prices: readonly AssetPrice[]
  readonly own_cost: {
    readonly price: bigint | null
    readonly how: string | null
    readonly reason: string | null
  }
  readonly bases: readonly BasisSum[]
  readonly delivered: {
    readonly availability: number
    readonly efficiency: number
    readonly why: string
  } | null
}

export type ChangeView = {
  readonly cap: Change
  readonly expected: Change
  /** Assets without a price on the first of the two days: told at that of the last. */
  readonly opening_price: readonly Asset[]
}

export type Sums = {
  readonly bases: readonly BasisSum[]
  /** From the cap to the expected-use value, on the chosen basis. */
  readonly steps: Steps
  readonly own_cost: OwnCost
  readonly change: ChangeView
}

export type GroupRow = Sums & {
  readonly key: string
  readonly name: string
  readonly people: number
  readonly grants: number
}

export type AssumptionsView = {
  readonly interest: number
  readonly drift: number
  readonly turnover: {
    readonly hazard: number
    readonly leavers: number
    readonly person_years: number
    readonly weak: boolean
    readonly reasons: readonly string[]
  }
  /** Wallets with a fitted demand, and how many of those are little known. */
  readonly demand: { readonly fitted: number; readonly weak: number; readonly without: number }
}

export type ValueView = Sums & {
  readonly as_of: string
  readonly day: DateText
  readonly from: DateText
  readonly basis: Basis
  readonly people: number
  readonly grants: number
  readonly assets: readonly AssetValue[]
  readonly by: GroupBy
  readonly groups: readonly GroupRow[]
  readonly assumptions: AssumptionsView
}

export type GrantValueRow = Sums & {
  readonly grant_id: string
  readonly book_id: string
  readonly name: string
  readonly asset: Asset
  readonly unvested: bigint
  readonly vested: bigint
  readonly next_vest: { readonly date: DateText; readonly quantity: bigint } | null
  /** Of this grant's part of what its person would use; null: nobody has used enough to tell. */
  readonly demand: {
    readonly a_month: number
    readonly months: number
    readonly weak: boolean
    readonly reasons: readonly string[]
  } | null
}

export type PersonValueView = Omit<ValueView, 'by' | 'groups' | 'people'> & {
  readonly person: { readonly id: string; readonly name: string }
  readonly rows: readonly GrantValueRow[]
}

const sumsOf = (all: readonly HoldingValue[], basis: Basis): Sums => {
  const { cap, expected, openingPrice } = changes(all, basis)
  return {
    bases: sumBases(all),
    steps: steps(all, basis),
    own_cost: ownCost(all),
    change: { cap, expected, opening_price: openingPrice },
  }
}

const owing = ({ closing }: HoldingValue): boolean => closing.owed.unvested + closing.owed.vested > 0n

export function valueView(valuation: Valuation, basis: Basis, by: GroupBy): ValueView {
  const { holdings } = valuation
  const groups = [...Map.groupBy(holdings, (one) => groupOf(one, by).key)].map(([key, own]) => ({
    key,
    name: groupOf(own[0]!, by).name,
    people: count(own.filter(owing), (one) => one.holding.person.id),
    grants: count(own.filter(owing), (one) => one.holding.grant),
    ...sumsOf(own, basis),
  }))
  const capOf = (row: GroupRow): bigint => row.bases.find((one) => one.basis === basis)!.cap.total
  return {
    ...headOf(valuation, basis),
    ...sumsOf(holdings, basis),
    people: count(holdings.filter(owing), (one) => one.holding.person.id),
    grants: count(holdings.filter(owing), (one) => one.holding.grant),
    by,
    groups: groups.toSorted(
      (a, b) => (capOf(a) < capOf(b) ? 1 : capOf(a) > capOf(b) ? -1 : 0) || (a.name < b.name ? -1 : 1),
    ),
  }
}

export function personValueView(
  valuation: Valuation,
  person: { readonly id: string; readonly name: string },
  basis: Basis,
): PersonValueView {
  const { holdings } = valuation
  return {
    ...headOf(valuation, basis),
    ...sumsOf(holdings, basis),
    person,
    grants: count(holdings.filter(owing), (one) => one.holding.grant),
    rows: holdings.map((one) => rowOf(one, valuation, basis)),
  }
}

const headOf = (valuation: Valuation, basis: Basis) => ({
  as_of: iso(valuation.until),
  day: valuation.untilDay,
  from: valuation.fromDay,
  basis,
  assets: assetsOf(valuation),
  assumptions: assumptionsView(valuation),
})

function rowOf(one: HoldingValue, { use, until }: Valuation, basis: Basis): GrantValueRow {
  const { holding, closing, planned } = one
  const next = planned.filter(({ at }) => at > until).toSorted((a, b) => a.at - b.at)[0]
  const fitted = use.get(holding.wallet)
  return {
    grant_id: holding.grant,
    book_id: holding.book,
    name: holding.name,
    asset: holding.asset,
    unvested: closing.owed.unvested,
    vested: closing.owed.vested,
    next_vest: next ? { date: dayOf(next.at), quantity: next.quantity } : null,
    demand:
      closing.demand && fitted
        ? {
            a_month: closing.demand.active * closing.demand.mean,
            months: fitted.months.length,
            weak: fitted.weak,
            reasons: fitted.reasons,
          }
        : null,
    ...sumsOf([one], basis),
  }
}

function assetsOf({ holdings, assumptions }: Valuation): readonly AssetValue[] {
  return [...Map.groupBy(holdings, ({ holding }) => holding.asset)]
    .toSorted(([a], [b]) => (a === 'USD' ? -1 : b === 'USD' ? 1 : a < b ? -1 : 1))
    .map(([asset, own]) => {
      const [{ opening, closing }] = own as [HoldingValue]
      const { ownCost: cost } = closing
      return {
        asset,
        unvested: own.reduce((sum, one) => sum + one.closing.owed.unvested, 0n),
        vested: own.reduce((sum, one) => sum + one.closing.owed.vested, 0n),
        prices: BASES.map((basis) => priceView(asset, basis, closing.prices[basis], opening)),
        own_cost:
          cost.kind === 'priced'
            ? { price: perUnit(asset, cost.price), how: cost.how, reason: null }
            : { price: null, how: null, reason: cost.reason },
        bases: sumBases(own),
        delivered: deliveredView(asset, assumptions),
      }
    })
}

function priceView(asset: Asset, basis: Basis, found: UnitPrice, opening: Point): AssetPrice {
  const before = opening.prices[basis]
  const of = (price: Extract<UnitPrice, { kind: 'priced' }>['bid']): bigint | null =>
    price && perUnit(asset, price)
  const price_before = before.kind === 'priced' ? perUnit(asset, before.price) : null
  if (found.kind === 'unpriced')
    return {
      basis,
      price: null,
      bid: null,
      ask: null,
      how: null,
      code: found.code,
      reason: found.reason,
      mark: null,
      price_before,
    }
  return {
    basis,
    price: perUnit(asset, found.price),
    bid: of(found.bid),
    ask: of(found.ask),
    how: found.how,
    code: null,
    reason: null,
    mark: found.mark && markFacts(found.mark),
    price_before,
  }
}

export const markFacts = (mark: Mark): MarkFacts => ({
  hash: mark.hash,
  accelerator: mark.question.accelerator,
  tier: mark.question.tier,
  index: mark.question.index,
  bid: mark.bid,
  mid: mark.mid,
  ask: mark.ask,
  n: mark.n,
  level: mark.level,
  stale_days: mark.staleDays,
  step: mark.step,
  steps: mark.steps,
  sources: mark.sources,
})

function deliveredView(asset: Asset, { delivered }: Assumptions): AssetValue['delivered'] {
  const tier = /\/(guaranteed|priority|spot)$/.exec(asset)?.[1]
  return tier === 'guaranteed' || tier === 'priority' || tier === 'spot' ? delivered[tier] : null
}

function assumptionsView({ assumptions, use, holdings }: Valuation): AssumptionsView {
  const wallets = new Set(holdings.map(({ holding }) => holding.wallet))
  const fitted = [...wallets].flatMap((wallet) => use.get(wallet) ?? [])
  const { hazard, leavers, personYears, weak, reasons } = assumptions.turnover
  return {
    interest: assumptions.interest,
    drift: assumptions.drift,
    turnover: { hazard, leavers, person_years: personYears, weak, reasons },
    demand: {
      fitted: fitted.length,
      weak: fitted.filter((one) => one.weak).length,
      without: wallets.size - fitted.length,
    },
  }
}

function groupOf({ holding }: HoldingValue, by: GroupBy): { readonly key: string; readonly name: string } {
  const { person, asset } = holding
  switch (by) {
    case 'person':
      return { key: person.id, name: person.name }
    case 'manager':
      return { key: person.manager ?? 'none', name: person.managerName ?? 'Nobody above them' }
    case 'asset':
      return { key: asset, name: asset }
    case 'entity':
    case 'level':
    case 'country':
      return { key: person[by], name: person[by] }
  }
}

const count = <T>(all: readonly T[], key: (one: T) => string): number => new Set(all.map(key)).size
