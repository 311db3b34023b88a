import { cost, outputAffordable, upperBound } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import { refuse, type Ask, type NoAsk } from './door.ts'
import { guessTokens, NO_TOKENS } from './relay/usage.ts'

/** What a picture of common size is billed at: only for estimates, never for bounds. */
const PLAIN_IMAGE = 1_000

/** What a call can cost: from the least it is worth making for to the most it can come to. nano-dollars. */
export type Plan = {
  readonly kind: 'plan'
  readonly min: bigint
  readonly max: bigint
  readonly floor: bigint
  /** Bound of the input in tokens. */
  readonly input: number
  /** A careful guess of the input, for estimates when no usage comes. */
  readonly plainInput: number
  /** Most output of one copy at `max`; null for routes without output. */
  readonly output: number | null
}

/**
 * Bounds a call at a price. `max` pays the input and all output that may come; `min` pays the input and the useful
 * floor of output. An input that only the context window bounds is refused when the price book does not know the window.
 */
export function planCall(ask: Ask, price: Price, bodyBytes: number): Plan | NoAsk {
  if (ask.input.window && price.contextWindow === null)
    return refuse(
      'route_closed',
      `The request names content outside its body, and the price book knows no context window of ${price.model}.`,
    )
  const input = ask.input.window ? Math.max(ask.input.tokens, price.contextWindow ?? 0) : ask.input.tokens
  // Pictures and files are spelled in far more bytes than they have tokens, and nothing above the window is read.
  const plain = guessTokens(bodyBytes - ask.input.data) + PLAIN_IMAGE * ask.input.images
  const plainInput = Math.min(plain, input, price.contextWindow ?? input)
  const copies = ask.output?.copies ?? 0
  const output = ask.output === null ? null : Math.min(ask.output.asked ?? price.maxOutput, price.maxOutput)
  const least = Math.min(output ?? 0, ask.output?.floor ?? 0)
  const min = upperBound(price, { input, output: least * copies })
  const max = upperBound(price, { input, output: (output ?? 0) * copies })
  const certain = cost(price, { ...NO_TOKENS, input: plainInput }).nano
  return { kind: 'plan', min, max, floor: certain < min ? certain : min, input, plainInput, output }
}

/**
 * The limit of output to write into the request, or null when the client's own stands: what was held pays for all it
 * asked. A client that sends none gets one, because only a written limit is surely kept. Never below the useful floor,
 * because less is never held.
 */
export function capOf(ask: Ask, plan: Plan, price: Price, held: bigint): number | null {
  if (ask.output === null || plan.output === null) return null
  const { asked, copies } = ask.output
  if (held >= plan.max) return asked === null || asked > plan.output ? plan.output : null
  const input = upperBound(price, { input: plan.input, output: 0 })
  const share = (held - input + BigInt(copies) - 1n) / BigInt(copies)
  let cap = outputAffordable(price, plan.input, input + share) ?? 0
  // The share of a copy is rounded up, so that the floor is never missed; all copies together may then be too dear.
  while (cap > 0 && upperBound(price, { input: plan.input, output: cap * copies }) > held) cap -= 1
  return Math.min(cap, plan.output)
}
