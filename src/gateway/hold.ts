import { Fault } from '#base/fault.ts'
import type { CallFacts } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import type { Held, Principal, Refusal, Spending } from '#spending/types.ts'
import { isBudget, type Ask, type MeteredRoute } from './door.ts'
import type { Log } from './log.ts'
import type { Patience } from './patience.ts'
import { planCall, type Plan } from './plan.ts'
import type { JsonBody } from './relay/body.ts'
import { releaseSurely } from './settle.ts'

export type Wanted = {
  readonly who: Principal
  readonly id: string
  readonly body: JsonBody
  readonly ask: Ask
  readonly plan: Plan
  readonly price: Price
  readonly scopes: readonly number[] | null
  readonly facts: CallFacts
}

export type Standing = {
  readonly kind: 'held'
  readonly amount: bigint
  readonly ask: Ask
  readonly plan: Plan
}

type Parts = { readonly spending: Spending; readonly log: Log; readonly clients: Patience }

/**
 * Holds for a call. The bound by bytes is nearly free, so it is tried first; only a wallet or a key too small for it makes
 * the input be counted exactly, where the route can do that, and is asked once more.
 */
export function holdCall(parts: Parts, route: MeteredRoute, wanted: Wanted): Promise<Standing | Refusal> {
  return holdOrUndo(parts, wanted, wanted.plan).then((first) =>
    first.kind === 'held'
      ? { kind: 'held', amount: first.amount, ask: wanted.ask, plan: wanted.plan }
      : holdCounted(parts, route, wanted, first),
  )
}

async function holdCounted(
  parts: Parts,
  route: MeteredRoute,
  wanted: Wanted,
  first: Refusal,
): Promise<Standing | Refusal> {
  const { ask, plan, body, price } = wanted
  if (!isBudget(first.code)) return first
  if (!mayHelp(wanted, first.short)) return withRemedy(first, wanted, plan)
  const counted = (await route.exact?.(body, ask, price.model)) ?? null
  const tighter = counted && planCall(counted, price, body.bytes.length)
  if (!counted || !tighter || tighter.kind === 'refused' || tighter.min >= plan.min)
    return withRemedy(first, wanted, plan)
  const second = await holdOrUndo(parts, wanted, tighter)
  return second.kind === 'held'
    ? { ...second, ask: counted, plan: tighter }
    : withRemedy(second, wanted, tighter)
}

/** More bytes than a token has in any text that people or programs write. */
const BYTES_AT_BEST = 8

/** Counting takes time, so an empty wallet does not get it: even the densest text would not be paid for. */
function mayHelp({ ask, plan, body, price }: Wanted, short: bigint | null): boolean {
  if (short === null) return true
  const tokens = Math.ceil(ask.input.tokens / BYTES_AT_BEST)
  const best = planCall({ ...ask, input: { ...ask.input, tokens } }, price, body.bytes.length)
  return best.kind === 'plan' && best.min <= plan.min - short
}

/** The remedy is told only where it is one: when the same call without the provider's tools could be paid. */
function withRemedy(refusal: Refusal, { ask, body, price }: Wanted, { min }: Plan): Refusal {
  const { provided, ...bare } = ask
  if (!provided) return refusal
  const without = planCall(bare, price, body.bytes.length)
  const helps = refusal.short === null || (without.kind === 'plan' && without.min <= min - refusal.short)
  return helps ? { ...refusal, message: `${refusal.message} ${provided.remedy}` } : refusal
}

/**
 * A hold whose answer was lost, or does not come, may stand: it is ended again, so that nobody waits for it to lapse. A
 * database that takes no commits would otherwise keep its clients waiting for as long as it stands still.
 */
function holdOrUndo(
  { spending, log, clients }: Parts,
  { who, id, scopes, facts }: Wanted,
  { min, max, floor }: Plan,
): Promise<Held | Refusal> {
  const undo = (error: unknown): never => {
    void releaseSurely(spending, { id, reason: 'the answer to the hold was lost' }, log)
    throw error
  }
  return clients
    .wait(spending.hold(who, { id, min, max, floor, scopes, facts }))
    .then((held) => held ?? undo(new Fault('unavailable', 'the ledger has not answered in time')), undo)
}
