import { inputNano, outputAffordable, upperBound } from '#prices/cost.ts'
import type { Price, Rates } from '#prices/types.ts'
import { refuse, type Ask, type Limits, type NoAsk } from './door.ts'
import { guessTokens } from './relay/usage.ts'

/** What a picture of common size is billed at: only for estimates, never for bounds. */
const PLAIN_IMAGE = 1_000

/**
 * The most uses of a provider's tools that are held for, and what they may add to a hold before their number is cut
 * to one: much for a client that names a limit, little for one that only carries such a tool along.
 */
const ASKED_USES = { most: 8, nano: 10_000_000_000n }
const CARRIED_USES = { most: 3, nano: 2_500_000_000n }

/** What a call can cost: from the least it is worth making for to the most it can come to. nano-dollars. */
export type Plan = {
  readonly kind: 'plan'
  readonly min: bigint
  readonly max: bigint
  readonly floor: bigint
  /** Bound of all input in tokens, at the most uses of the provider's tools. */
  readonly input: number
  /** A careful guess of the input, for estimates when no usage comes. */
  readonly plainInput: number
  /** Most output of one copy at `max`; null for routes without output. */
  readonly output: number | null
  /** The most uses of the provider's tools, and the least that a hold pays for; null without such tools. */
  readonly uses: { readonly most: number; readonly least: number } | null
  /** The bound of what is read first, and what every use of the provider's tools can make the model read once more. */
  readonly first: number
  readonly again: number
}

/**
 * Bounds a call at a price. `max` pays the input and all output that may come; `min` pays the input and the useful
 * floor of output. An input that only the context window bounds is refused when the price book does not know the window.
 */
export function planCall(ask: Ask, price: Price, bodyBytes: number): Plan | NoAsk {
  const { provided } = ask
  const outside = ask.input.window || provided !== undefined
  const window = windowOf(ask, price)
  if (outside && window === null)
    return refuse(
      'route_closed',
      `The request names content outside its body, and the price book knows no context window of ${price.model}.`,
    )
  if (provided && provided.searching > 0 && price.fees?.webSearch === undefined)
    return refuse(
      'route_closed',
      `The price book knows no fee for web searches of ${price.model}. ${provided.remedy}`,
      'tools',
    )
  const first = ask.input.window ? Math.max(ask.input.tokens, window ?? 0) : ask.input.tokens
  if (longWithoutPrice(ask, price, outside ? (window ?? first) : first))
    return refuse(
      'route_closed',
      `The price book knows no price of ${price.model} for more than ${price.contextWindow} tokens of context.`,
    )
  const bounds = boundPrice(ask, price)
  const again = provided ? (window ?? 0) * provided.tools : 0
  const most = provided ? mostUses(ask, bounds, first, again) : 0
  const uses = provided ? { most, least: Math.min(most, 1) } : null
  const input = first + most * again
  // Pictures and files are spelled in far more bytes than they have tokens, and nothing above the window is read.
  const plain = guessTokens(bodyBytes - ask.input.data) + PLAIN_IMAGE * ask.input.images
  const plainInput = Math.min(plain, first, window ?? first)
  const copies = ask.output?.copies ?? 0
  const output = ask.output === null ? null : Math.min(ask.output.asked ?? price.maxOutput, price.maxOutput)
  const leastOutput = Math.min(output ?? 0, ask.output?.floor ?? 0)
  const min = upperBound(bounds, boundsOf(ask, { first, again }, uses?.least ?? 0, leastOutput * copies))
  const max = upperBound(bounds, boundsOf(ask, { first, again }, most, (output ?? 0) * copies))
  const certain = inputNano(bounds, plainInput)
  const floor = certain < min ? certain : min
  return { kind: 'plan', min, max, floor, input, plainInput, output, uses, first, again }
}

/**
 * The limits to write into the request; null where the client's own stands, because what was held pays for all it asked.
 * A client that sends no limit gets one, because only a written limit is surely kept. Output is never below the useful
 * floor, because less is never held; of the provider's tools as many uses are left as the rest pays for, and one at least.
 */
export function limitsOf(ask: Ask, plan: Plan, price: Price, held: bigint): Limits {
  if (plan.uses === null && isWhole(plan, held))
    return { output: ownLimit(ask, plan) ? null : plan.output, uses: null }
  const at = boundPrice(ask, price)
  const uses = plan.uses === null ? 0 : usesWithin(ask, plan, at, held)
  const given = ask.provided?.asked ?? null
  return {
    output: capOf(ask, plan, at, { held, uses }),
    uses: plan.uses === null || (given !== null && given <= uses) ? null : uses,
  }
}

/** The client's own limit says it, and need not be written. */
const ownLimit = ({ output }: Ask, plan: Plan): boolean =>
  output !== null && output.asked !== null && plan.output !== null && output.asked <= plan.output

/** What was held pays for everything that was planned for. */
const isWhole = (plan: Plan, held: bigint): boolean => held >= plan.max

function capOf(
  ask: Ask,
  plan: Plan,
  at: Price,
  { held, uses }: { held: bigint; uses: number },
): number | null {
  if (ask.output === null || plan.output === null) return null
  const { copies } = ask.output
  const bounds = boundsOf(ask, plan, uses, plan.output * copies)
  if (held >= upperBound(at, bounds)) return ownLimit(ask, plan) ? null : plan.output
  const before = upperBound(at, { ...bounds, output: 0 })
  const share = (held - before + BigInt(copies) - 1n) / BigInt(copies)
  let cap =
    outputAffordable(at, bounds.input, before + share, { searches: bounds.searches, audio: bounds.audio }) ??
    0
  // The share of a copy is rounded up, so that the floor is never missed; all copies together may then be too dear.
  while (cap > 0 && upperBound(at, { ...bounds, output: cap * copies }) > held) cap -= 1
  return Math.min(cap, plan.output)
}

/** Uses give way before output does: the most that leave room for all of it, or the fewest. */
function usesWithin(ask: Ask, plan: Plan, at: Price, held: bigint): number {
  const { most, least } = plan.uses ?? { most: 0, least: 0 }
  const output = (plan.output ?? 0) * (ask.output?.copies ?? 0)
  let uses = most
  while (uses > least && upperBound(at, boundsOf(ask, plan, uses, output)) > held) uses -= 1
  return uses
}

const boundsOf = (
  ask: Ask,
  { first, again }: Pick<Plan, 'first' | 'again'>,
  uses: number,
  output: number,
) => ({
  input: first + uses * again,
  output,
  searches: uses * (ask.provided?.searching ?? 0),
  audio: ask.input.audio ?? false,
})

function mostUses(ask: Ask, at: Price, first: number, again: number): number {
  const asked = ask.provided?.asked ?? null
  const limit = asked === null ? CARRIED_USES : ASKED_USES
  const none = upperBound(at, boundsOf(ask, { first, again }, 0, 0))
  let most = Math.min(asked ?? limit.most, limit.most)
  while (most > 1 && upperBound(at, boundsOf(ask, { first, again }, most, 0)) - none > limit.nano) most -= 1
  return most
}

const windowOf = (ask: Ask, price: Price): number | null =>
  price.contextWindow === null ? null : Math.max(price.contextWindow, ask.window ?? 0)

/** More context than the book's window, at a model whose price for that is not in the book. */
const longWithoutPrice = (ask: Ask, price: Price, input: number): boolean =>
  ask.window !== undefined &&
  price.contextWindow !== null &&
  price.contextWindow < ask.window &&
  input > price.contextWindow &&
  price.tiers.length === 0

/** The price without the rates that this request cannot reach: what is not marked for the cache is not written to it. */
function boundPrice({ caches }: Ask, price: Price): Price {
  if (caches === undefined) return price
  const known = bounded[caches].get(price)
  if (known) return known
  const made = withoutCache(price, caches)
  bounded[caches].set(price, made)
  return made
}

/** A price never changes, so neither does what is left of it. */
const bounded = { nothing: new WeakMap<Price, Price>(), '5m': new WeakMap<Price, Price>() }

function withoutCache(price: Price, caches: NonNullable<Ask['caches']>): Price {
  const within = (rates: Rates): Rates => {
    const cacheWrite5m = caches === 'nothing' ? rates.input : rates.cacheWrite5m
    return { ...rates, cacheWrite5m, cacheWrite1h: cacheWrite5m }
  }
  return {
    ...price,
    rates: within(price.rates),
    tiers: price.tiers.map((tier) => ({ ...tier, rates: within(tier.rates) })),
  }
}
