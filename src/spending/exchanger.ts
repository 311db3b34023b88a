import type { Asset, Exchangeable } from '#base/asset.ts'
import { uuidOf } from '#base/id.ts'
import { ceil, div, floor, mul, rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { PersonLot } from '#ledger/reads.ts'
import type { HoldResult } from '#ledger/types.ts'
import type { Rate } from '#prices/exchange.ts'
import { admits } from './policy.ts'
import type { ScopedCall } from './scopes.ts'

/** What a lot of another asset would bring: so many of its units for so many of those that are short, such as nano-dollars. */
export type Offer = { readonly lot: PersonLot; readonly rate: Rate; readonly worth: bigint }

/** Whether the grant of a lot lets it be exchanged into that asset: because its contract names it. */
export const named = (lot: PersonLot, into: Asset): boolean => lot.scope.exchange?.includes(into) === true

/** The lots that may pay for such a call when they are exchanged into what is short, in the order in which they are drawn. */
export function offers(
  lots: readonly PersonLot[],
  call: ScopedCall,
  now: Millis,
  rateOf: (asset: Exchangeable) => Rate | null,
  into: Asset = 'USD',
  allowed: (lot: PersonLot, into: Asset) => boolean = named,
): readonly Offer[] {
  return lots
    .filter(
      (lot) => lot.asset !== into && allowed(lot, into) && isSpendable(lot, now) && admits(lot.scope, call),
    )
    .toSorted(inDrawOrder)
    .flatMap((lot) => {
      const rate = rateOf(lot.asset)
      const worth = rate ? floor(mul(rational(lot.available), rate.rate)) : 0n
      return rate && worth > 0n ? [{ lot, rate, worth }] : []
    })
}

/** Of each lot in turn as few units as bring what is needed; all there is when that is less. */
export function share(
  from: readonly Offer[],
  needed: bigint,
): readonly { readonly offer: Offer; readonly amount: bigint }[] {
  let left = needed
  return from.flatMap((offer) => {
    if (left <= 0n) return []
    const enough = ceil(div(rational(left), offer.rate.rate))
    const amount = enough < offer.lot.available ? enough : offer.lot.available
    left -= floor(mul(rational(amount), offer.rate.rate))
    return [{ offer, amount }]
  })
}

/** A call that found too few dollars: from the least it is worth making for to what it may come to. */
export type ShortCall = ScopedCall & {
  readonly id: string
  readonly person: string
  readonly wallet: string
  readonly min: bigint
  readonly max: bigint
  readonly hold: () => Promise<HoldResult>
}

/**
 * Other calls of the person may take what this one saw or brought. Each time somebody is paid by it, so this ends; and
 * nobody is refused while there is enough to exchange.
 */
const ROUNDS = 20

export type Exchanger = ReturnType<typeof openExchanger>

/**
 * Exchanges what is missing when a hold is short. The calls of one person take turns, so that the second of two that
 * are short at once sees what the first one brought and held.
 */
export function openExchanger({
  db,
  ledger,
  rateOf,
  world,
}: {
  db: Db
  ledger: Pick<Ledger, 'lotsOf' | 'lockTogether' | 'converted'>
  rateOf: (asset: Exchangeable, at: Millis) => Rate | null
  world: World
}) {
  const turns = new Map<string, Promise<unknown>>()

  const offersFor = (lots: readonly PersonLot[], call: ShortCall): readonly Offer[] => {
    const now = world.now()
    return offers(lots, call, now, (asset) => rateOf(asset, now))
  }

  /** False when all there is would not be enough; then nothing is exchanged. */
  async function bring(sql: Sql, call: ShortCall, round: number): Promise<boolean> {
    const first = offersFor(await ledger.lotsOf(sql, call.person), call)
    if (first.length === 0) return false
    const wallets = new Set([call.wallet, ...first.map(({ lot }) => lot.wallet)])
    await ledger.lockTogether(sql, [...wallets], world.now())
    const lots = await ledger.lotsOf(sql, call.person)
    const now = world.now()
    // What another process brought may do for this call too. Once it turned out to be taken, this call brings its own.
    const there = lots
      .filter((lot) => lot.wallet === call.wallet && isSpendable(lot, now) && admits(lot.scope, call))
      .reduce((sum, lot) => sum + lot.available, 0n)
    if (there >= call.min && round === 0) return true
    const missing = there >= call.min ? call.max : call.max - there
    // What was not locked is left alone: it came in between, and the next call finds it.
    const standing = offersFor(lots, call).filter(({ lot }) => wallets.has(lot.wallet))
    const worth = standing.reduce((sum, offer) => sum + offer.worth, 0n)
    if (there + worth < call.min) return false
    for (const { offer, amount } of share(standing, missing)) {
      await ledger.converted(sql, now, {
        id: uuidOf('exchange', call.id, offer.lot.id, String(round)),
        lot: offer.lot.id,
        amount,
        to: { wallet: call.wallet, asset: 'USD' },
        rate: offer.rate.rate,
        basis: offer.rate.basis,
      })
    }
    return true
  }

  async function attempt(call: ShortCall, short: HoldResult, waited: boolean): Promise<HoldResult> {
    let result = waited ? await call.hold() : short
    for (let round = 0; round < ROUNDS && result.kind === 'short'; round += 1) {
      if (!(await db.tx((sql) => bring(sql, call, round)))) break
      result = await call.hold()
    }
    return result
  }

  return {
    /** Holds again, with what could be exchanged; `short` as it was when nothing could. */
    async again(call: ShortCall, short: HoldResult): Promise<HoldResult> {
      if (offersFor(await ledger.lotsOf(db, call.person), call).length === 0) return short
      const before = turns.get(call.person)
      const turn = (before ?? Promise.resolve())
        .catch(() => {})
        .then(() => attempt(call, short, before !== undefined))
      turns.set(call.person, turn)
      try {
        return await turn
      } finally {
        if (turns.get(call.person) === turn) turns.delete(call.person)
      }
    },
  }
}

export const isSpendable = (lot: PersonLot, now: Millis): boolean =>
  lot.available > 0n && lot.effectiveAt <= now && (lot.expiresAt === null || lot.expiresAt > now)

const inDrawOrder = (a: PersonLot, b: PersonLot): number =>
  a.priority - b.priority ||
  (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) ||
  a.effectiveAt - b.effectiveAt ||
  (a.id < b.id ? -1 : 1)
