import { parseAsset, type Asset } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { mul, ONE, rational, type Rational } from '#base/rational.ts'
import { DAY, startOfDay, type DateText } from '#base/time.ts'
import type { Exchange } from '#prices/exchanges.ts'
import { chipNamed } from '#prices/hardware/chips.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import type { Basis, Mark, MarkTier } from '#prices/hardware/mark.ts'

/** Where prices come from: marks of hardware, and what the company stated that one asset is worth in another. */
export type PriceRooms = {
  readonly hardware: Pick<Hardware, 'mark'>
  readonly exchange: Pick<Exchange, 'rate' | 'accelerators' | 'utilisation'>
}

/** Nano-dollars for one smallest unit, or why there is none; never a silent nothing. */
export type UnitPrice =
  | {
      readonly kind: 'priced'
      readonly price: Rational
      readonly bid: Rational | null
      readonly ask: Rational | null
      /** Null: no market price went into it. */
      readonly mark: Mark | null
      /** How the mark, or the stated rate, becomes the price of one unit. */
      readonly how: string
    }
  | { readonly kind: 'unpriced'; readonly code: string; readonly reason: string }

export type UnitPrices = ReturnType<typeof openUnitPrices>

/** Prices of whole assets, each asked once. */
export function openUnitPrices({ hardware, exchange }: PriceRooms) {
  const known = new Map<string, Promise<UnitPrice>>()

  async function gpu(
    accelerator: string,
    tier: MarkTier,
    basis: Basis,
    day: DateText,
    gpus = 1n,
  ): Promise<UnitPrice> {
    if (!chipNamed(accelerator))
      return unpriced('unknown_accelerator', `no prices of ${accelerator} are kept`)
    const found = await hardware.mark({ accelerator, basis, tier, asOf: day })
    if (found.kind === 'none') return unpriced('no_price', found.why.join('; '))
    const each = (nano: bigint): Rational => rational(nano * gpus, 3_600n)
    const { bid, mid, ask } = found.mark
    return {
      kind: 'priced',
      price: each(mid),
      bid: bid === null ? null : each(bid),
      ask: ask === null ? null : each(ask),
      mark: found.mark,
      how:
        gpus === 1n
          ? 'the mark of an hour, by the second'
          : `${gpus} times the mark of an hour, by the second`,
    }
  }

  const stated = (asset: Asset, day: DateText): UnitPrice => {
    const rate = exchange.rate(asset, 'USD', lastMoment(day))
    return rate
      ? { kind: 'priced', price: rate.rate, bid: rate.rate, ask: rate.rate, mark: null, how: rate.basis }
      : unpriced('no_rate', `nobody has stated what ${asset} is worth: "perq exchange set ${asset} USD" does`)
  }

  async function find(asset: Asset, basis: Basis, day: DateText): Promise<UnitPrice> {
    const parsed = parseAsset(asset)
    invariant(parsed, `${asset} is an asset`)
    const { accelerator = '', tier, gpusPerNode = 1 } = parsed.unit
    const market: MarkTier = tier === 'spot' ? 'spot' : 'on_demand'
    switch (parsed.denomination) {
      case 'usd':
        return { kind: 'priced', price: ONE, bid: ONE, ask: ONE, mark: null, how: 'a dollar is a dollar' }
      case 'gpu_hour':
        return gpu(accelerator, market, basis, day)
      case 'node_hour':
        return gpu(accelerator, market, basis, day, BigInt(gpusPerNode))
      case 'exaflop_day': {
        const rate = exchange.rate(asset, YARDSTICK, lastMoment(day))
        if (!rate) return stated(asset, day)
        const hour = await gpu('H100-SXM', 'on_demand', basis, day)
        if (hour.kind === 'unpriced') return hour
        const scaled = (one: Rational | null): Rational | null => one && mul(one, rate.rate)
        const price = mul(hour.price, rate.rate)
        return { ...hour, price, bid: scaled(hour.bid), ask: scaled(hour.ask), how: rate.basis }
      }
      case 'seat_month':
      case 'token':
        return stated(asset, day)
    }
  }

  return {
    /** What one smallest unit is worth at the end of a UTC day. */
    price(asset: Asset, basis: Basis, day: DateText): Promise<UnitPrice> {
      const key = `${asset} ${basis} ${day}`
      const before = known.get(key)
      if (before) return before
      const asked = find(asset, basis, day)
      known.set(key, asked)
      return asked
    },

    /** What it costs the company: what it stated itself, else what owning costs. */
    async ownCost(asset: Asset, day: DateText): Promise<UnitPrice> {
      if (asset === 'USD') return this.price(asset, 'cost', day)
      if (exchange.rate(asset, 'USD', lastMoment(day))) return stated(asset, day)
      // What is counted in operations runs on hours, and those may have a rate of the company's own.
      const hours = exchange.rate(asset, YARDSTICK, lastMoment(day))
      const hour = hours && exchange.rate(YARDSTICK, 'USD', lastMoment(day))
      if (hour)
        return {
          kind: 'priced',
          price: mul(hours.rate, hour.rate),
          bid: null,
          ask: null,
          mark: null,
          how: `${hours.basis}; ${hour.basis}`,
        }
      return this.price(asset, 'cost', day)
    },
  }
}

/** What exaFLOP-days are run on where nothing else is said. */
const YARDSTICK = 'GPU_SECOND/H100-SXM/guaranteed'

const lastMoment = (day: DateText): number => startOfDay(day) + DAY - 1

const unpriced = (code: string, reason: string): Extract<UnitPrice, { kind: 'unpriced' }> => ({
  kind: 'unpriced',
  code,
  reason,
})
