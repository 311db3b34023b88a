import { Fault } from '#base/fault.ts'
import { compare, fromDecimal, halfEven, rational, type Rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import { chipNamed, type Chip, type Form } from '../chips.ts'
import { perGpu } from '../import.ts'
import type { PriceTier, Said } from '../observation.ts'
import { providerNamed } from '../providers.ts'
import { judged } from '../quality.ts'
import { quantile } from '../statistics.ts'
import type { Skipped } from '../store.ts'
import type { TokenSaid } from '../tokens.ts'

/** Bytes of one address, within limits of size and time. Throws Fault `unavailable`, `too_large`. */
export type Get = (url: string, ask?: { readonly post?: string }) => Promise<Uint8Array>

/** A document as it came, and what its name tells: a provider, a region. */
export type Document = { readonly name: string; readonly bytes: Uint8Array }

export type Parsed = {
  readonly observations: readonly Said[]
  readonly tokens: readonly TokenSaid[]
  readonly skipped: readonly Skipped[]
}

/** A public source of prices. */
export type Feed = {
  readonly name: string
  /** Null: needs an account; its documents are imported from files. */
  readonly collect: ((get: Get) => Promise<readonly Document[]>) | null
  /** What documents say that were seen at `seenAt`. Throws Fault `invalid` when they are not what the source is known to send. */
  readonly parse: (documents: readonly Document[], seenAt: Millis) => Parsed
}

export type Offer = {
  readonly provider: string
  /** As the source writes it. */
  readonly accelerator: string
  readonly form?: Form | null
  readonly gpus: number
  /** Dollars an hour for all of them. */
  readonly usd: Rational
  readonly tier: PriceTier
  readonly region: string | null
  readonly termMonths?: number
  readonly offer?: string
  readonly effectiveFrom?: Millis
  readonly note?: string
}

export const textOf = ({ bytes }: Document): string => new TextDecoder().decode(bytes)

/** JSON of a shape that the caller checks. */
export function jsonOf(feed: string, document: Document): unknown {
  try {
    return JSON.parse(textOf(document)) as unknown
  } catch (error) {
    throw new Fault('invalid', `${feed}: ${document.name} is no JSON; the source may have moved`, {
      cause: error,
    })
  }
}

/** A number as a source writes it, by its shortest text: exact. Null for anything else. */
export const decimalOf = (value: unknown): Rational | null =>
  typeof value === 'number' || typeof value === 'string' ? fromDecimal(String(value).trim()) : null

const MOST_EXAMPLES = 5

/**
 * Gathers the offers of a feed. Those of one provider that differ in nothing that a mark looks at are one observation: their median,
 * with the least and the most.
 */
export function gather({ source, licence, seenAt }: { source: string; licence: string; seenAt: Millis }) {
  const offers = new Map<string, { readonly first: Draft; readonly prices: Rational[] }>()
  const skipped = new Map<string, { count: number; examples: string[] }>()

  function skip(why: string, example: string): void {
    const standing = skipped.get(why) ?? { count: 0, examples: [] }
    standing.count += 1
    if (standing.examples.length < MOST_EXAMPLES) standing.examples.push(example.slice(0, 100))
    skipped.set(why, standing)
  }

  return {
    skip,

    add(offer: Offer, example: string): void {
      const named = chipNamed(offer.accelerator)
      if (!named) return skip('not an accelerator that prices are kept of', example)
      const provider = providerNamed(offer.provider)
      if (provider === null) return skip('no provider', example)
      if (offer.usd.n <= 0n) return skip('a price of 0: not offered', example)
      if (!Number.isInteger(offer.gpus) || offer.gpus < 1) return skip('no whole GPU in it', example)
      const priceNano = perGpu(offer.usd, offer.gpus)
      if (offer.gpus > 1 && isBelow(priceNano, named.chip))
        return skip('divided by its GPUs it is less than any such chip is offered for', example)
      const draft: Draft = {
        provider,
        accelerator: named.chip.id,
        form: offer.form ?? named.form,
        tier: offer.tier,
        region: offer.region?.slice(0, 60) || null,
        termMonths: offer.termMonths ?? null,
        offer: (offer.offer ?? '').slice(0, 100),
        effectiveFrom: offer.effectiveFrom ?? seenAt,
        note: offer.note ?? null,
      }
      const key = JSON.stringify(draft)
      const standing = offers.get(key)
      if (standing) standing.prices.push(rational(priceNano))
      else offers.set(key, { first: draft, prices: [rational(priceNano)] })
    },

    done(feed: string, tokens: readonly TokenSaid[] = []): Parsed {
      if (offers.size === 0 && tokens.length === 0) {
        const why = [...skipped].map(([reason, { count }]) => `${count}: ${reason}`).join('; ')
        throw new Fault('invalid', `${feed}: nothing in it is a price that is kept (${why || 'it is empty'})`)
      }
      const observations = [...offers.values()].map(({ first, prices }) =>
        judged({ ...first, ...spread(prices), observedAt: seenAt, source, licence }),
      )
      return {
        observations,
        tokens,
        skipped: [...skipped].map(([why, { count, examples }]) => ({ why, count, examples })),
      }
    },
  }
}

type Draft = Pick<
  Said,
  'provider' | 'accelerator' | 'form' | 'tier' | 'region' | 'termMonths' | 'offer' | 'effectiveFrom' | 'note'
>

const isBelow = (priceNano: bigint, { floorNano }: Chip): boolean => priceNano < floorNano

/** Least, median and most. */
export function spread(prices: readonly Rational[]): Pick<Said, 'priceNano' | 'lowNano' | 'highNano'> {
  const sorted = prices.toSorted(compare)
  return {
    priceNano: halfEven(quantile(sorted, rational(1n, 2n))),
    lowNano: halfEven(sorted[0]!),
    highNano: halfEven(sorted.at(-1)!),
  }
}
