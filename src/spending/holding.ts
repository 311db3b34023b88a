import { never } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { HoldRequest, HoldResult } from '#ledger/types.ts'
import type { Budget } from './alerts/budget.ts'
import type { Exchanger } from './exchanger.ts'
import type { Entered, Guard } from './guard/guard.ts'
import * as refusals from './refusals.ts'
import type { Scopes } from './scopes.ts'
import type { Held, Principal, Refusal, Spending } from './types.ts'

type HoldCall = Parameters<Spending['hold']>[1]
type Short = HoldResult & { kind: 'short' }
type Asked = { readonly who: Principal; readonly call: HoldCall; readonly max: bigint; readonly at: Millis }

/**
 * The way of a hold: what the guard lets in is asked of the ledger, once more for a wallet that seems short, and a no becomes
 * words. Every call comes by here, so nothing waits that need not.
 */
export function openHolding({
  guard,
  ledger,
  scopes,
  exchanger,
  budget,
  world,
  holdFor,
  nextVest,
  whom,
}: {
  readonly guard: Pick<Guard, 'enter' | 'held' | 'released'>
  readonly ledger: Pick<Ledger, 'hold'>
  readonly scopes: Pick<Scopes, 'reread'>
  /** Null: nothing is exchanged. */
  readonly exchanger: Exchanger | null
  /** Null where nobody is told. */
  readonly budget: Pick<Budget, 'touched'> | null
  readonly world: World
  readonly holdFor: Millis
  readonly nextVest: (person: string) => Promise<refusals.NextVest | null>
  readonly whom: () => string
}): Spending['hold'] {
  function askFor({ who, call, max, at }: Asked, ids: readonly number[] | null): Promise<HoldResult> {
    const { id, min, floor, facts, lasting } = call
    const expiresAt = at + (lasting?.for ?? holdFor)
    const request: HoldRequest = { id, wallet: who.wallet, min, max, floor, scopes: ids, expiresAt, facts }
    return ledger.hold(lasting ? { ...request, owner: lasting.owner } : request, at)
  }

  /** For a wallet that seems short. */
  async function askAgain(asked: Asked, first: Short): Promise<HoldResult> {
    const { who, call, max } = asked
    const { id, min, facts, scopes: admitting } = call
    const anew = (ids: readonly number[] | null) => askFor({ ...asked, at: world.now() }, ids)
    let result: HoldResult = first
    if (admitting !== null) {
      // A lot may have vested with a scope that memory does not have yet: nobody is refused for that.
      const reread = await scopes.reread(facts)
      if (reread.some((scope) => !admitting.includes(scope))) result = await anew(reread)
    }
    if (result.kind !== 'short' || !exchanger) return result
    const { wallet, person } = who
    // Exchanged lots may have a scope of their own: it is read again, whatever was known before.
    const hold = async () => anew(admitting && (await scopes.reread(facts)))
    const { class: kind, provider, purpose } = facts
    const short = { id, person: person.id, wallet, min, max, class: kind, provider, purpose, hold }
    return exchanger.again(short, result)
  }

  function answer({ who, call, max }: Asked, result: HoldResult): Held | Refusal | Promise<Refusal> {
    const { id, min } = call
    if (result.kind === 'held') {
      if (result.amount !== max) guard.held(id, result.amount)
      return { kind: 'held', amount: result.amount }
    }
    // When no answer came, the hold may stand: it stays counted until the caller releases it.
    guard.released(id)
    switch (result.kind) {
      case 'short':
        budget?.touched(who.wallet, who.person.id, true)
        return refuse(result, min, who.person.id)
      case 'capped':
        return refusals.capped(min, result.left, result.resetsAt)
      case 'unknown_wallet':
        return refusals.noWallet(whom())
      case 'conflict':
        return refusals.repeatedCall()
      default:
        return never(result)
    }
  }

  async function refuse({ available, held }: Short, needed: bigint, person: string): Promise<Refusal> {
    return refusals.short({ needed, available, held }, await nextVest(person), whom())
  }

  function entered(who: Principal, call: HoldCall, at: Millis, to: Entered): Promise<Held | Refusal> {
    if (to.kind === 'refused') return Promise.resolve(to)
    const asked: Asked = { who, call, max: to.max, at }
    return askFor(asked, call.scopes).then((first) =>
      first.kind === 'short'
        ? askAgain(asked, first).then((result) => answer(asked, result))
        : answer(asked, first),
    )
  }

  /** On its own, because a function makes room on every call for what another one within it keeps. */
  const after = (who: Principal, call: HoldCall, entering: Promise<Entered>): Promise<Held | Refusal> =>
    entering.then((to) => entered(who, call, world.now(), to))

  return (who, call) => {
    const { id, min, max, facts, lasting } = call
    const at = world.now()
    const until = at + (lasting?.for ?? holdFor)
    const entering = guard.enter(who, { id, min, max, class: facts.class, until }, at)
    return entering instanceof Promise ? after(who, call, entering) : entered(who, call, at, entering)
  }
}
