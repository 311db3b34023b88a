import { iso } from '#base/time.ts'
import { formatUsd, PICO_PER_NANO } from '#base/money.ts'
import { cost } from './cost.ts'
import type { CostLine, Price, TokenCounts } from './types.ts'

export type Explanation = {
  readonly provider: string
  readonly model: string
  readonly class: string
  readonly version: number
  /** Null for a call that is answered at once. */
  readonly variant: 'batch' | null
  readonly source: string
  /** ISO 8601; null when the source names no date. */
  readonly effectiveFrom: string | null
  /** The total input above which the tier that applied begins; null for the base rates. */
  readonly tierAbove: number | null
  readonly lines: readonly {
    readonly item: CostLine['item']
    readonly tokens: number
    /** Dollars, exact: `$1.75`, for as many as `per` says. */
    readonly rate: string
    readonly per: 'million tokens' | 'thousand searches'
    /** pico-dollars, exact. */
    readonly costPico: bigint
  }[]
  readonly costNano: bigint
  /** Every digit: `$0.000808`. */
  readonly cost: string
}

/** Why a call costs what it costs, line by line. */
export function explain(price: Price, tokens: TokenCounts): Explanation {
  const { nano, lines, tier } = cost(price, tokens)
  return {
    provider: price.provider,
    model: price.model,
    class: price.class,
    version: price.version,
    variant: price.variant ?? null,
    source: price.source,
    effectiveFrom: price.effectiveFrom === 0 ? null : iso(price.effectiveFrom),
    tierAbove: tier,
    lines: lines.map((line) => ({
      item: line.item,
      tokens: line.tokens,
      ...rateOf(line),
      costPico: line.costPico,
    })),
    costNano: nano,
    cost: formatUsd(nano, 'exact'),
  }
}

const rateOf = ({ item, ratePico }: CostLine): Pick<Explanation['lines'][number], 'rate' | 'per'> =>
  item === 'web_search'
    ? { rate: formatUsd(ratePico, 'exact'), per: 'thousand searches' }
    : { rate: perMillion(ratePico), per: 'million tokens' }

/** Pico-dollars per token are micro-dollars per million tokens, a thousand nano-dollars each. */
export const perMillion = (ratePico: bigint): string => formatUsd(ratePico * PICO_PER_NANO, 'exact')
