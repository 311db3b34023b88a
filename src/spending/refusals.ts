import { formatUsd } from '#base/money.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Price } from '#prices/types.ts'
import { weightsOf } from '#prices/weights.ts'
import type { Principal, Refusal } from './types.ts'
import { PURPOSES } from './policy.ts'

/** What people read at their client when a call is refused: one or two sentences that end in what to do. */

export type NextVest = { readonly date: DateText; readonly quantity: bigint }

export const unknownModel = (provider: string, model: string): Refusal =>
  refusal(
    'unknown_model',
    `The price book has no price for ${provider} model "${shown(model)}", so it cannot be charged. ` +
      'GET /v1/models lists those that can be used; an operator adds one with "perq price-override".',
  )

export const unknownPurpose = (asked: string): Refusal =>
  refusal(
    'invalid',
    `"${shown(asked)}" is no purpose: the header x-perq-purpose takes ${PURPOSES.join(', ')}.`,
  )

export function classNotAllowed(who: Principal, price: Price, contact: string): Refusal {
  const weights = weightsOf(price)
  const other = weights === 'open' ? 'proprietary' : 'open'
  // Said only where it makes a difference.
  const kind = who.classes[other].includes(price.class) ? `${weights} ` : ''
  const may = kind === '' ? list(who.classes[weights]) : `${list(who.classes[weights])} ${weights}`
  return refusal(
    'model_not_allowed',
    `${price.model} is a ${kind}${price.class} model and level ${who.person.level} may use ${may} models. ${contact}`,
  )
}

export const keyNotAllowed = (who: Principal, model: string): Refusal =>
  refusal(
    'model_not_allowed',
    `The key "${who.key.name}" is limited to ${list(who.key.models ?? [])}; ${shown(model)} is not among them. ` +
      'Use another key or make a new one.',
  )

/** `available` is what lots that may pay for this call have; `held` is what running calls hold in the whole wallet. */
export function short(
  { needed, available, held }: { needed: bigint; available: bigint; held: bigint },
  vest: NextVest | null,
  contact: string,
): Refusal {
  const rounded = formatUsd(needed) === formatUsd(available)
  const usd = (nano: bigint): string => formatUsd(nano, rounded ? 'exact' : 'cents')
  const running = held > 0n ? ` (${formatUsd(held)} is held by calls that are running)` : ''
  const next = vest ? `${formatUsd(vest.quantity)} vests on ${vest.date}` : 'no further vest is planned'
  return {
    kind: 'refused',
    code: 'budget_exhausted',
    message: `This call needs at least ${usd(needed)} and your wallet has ${usd(available)} for it${running}; ${next}. ${contact}`,
    short: needed - available,
  }
}

/** `left` is what the key's own limit admits until `resetsAt` (null: it never renews). */
export function capped(needed: bigint, left: bigint, resetsAt: Millis | null): Refusal {
  const rounded = formatUsd(needed) === formatUsd(left)
  const usd = (nano: bigint): string => formatUsd(nano, rounded ? 'exact' : 'cents')
  const until = resetsAt === null ? '' : ` until ${dayOf(resetsAt)} (UTC)`
  return {
    kind: 'refused',
    code: 'key_budget_exhausted',
    message:
      `This key's budget is short: ${usd(left)} left${until}, and this call needs at least ${usd(needed)}; ` +
      'raise it on Keys & setup or use another key.',
    short: needed - left,
  }
}

export const noWallet = (contact: string): Refusal =>
  refusal('budget_exhausted', `You have no wallet yet. ${contact}`)

export const repeatedCall = (): Refusal =>
  refusal('invalid', 'This call id was used for another call. Send the call again with a new one.')

const refusal = (code: Refusal['code'], message: string): Refusal => ({
  kind: 'refused',
  code,
  message,
  short: null,
})

/** Names come from outside: bounded, and without what could break a line of a terminal. */
const shown = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80)

const list = (items: readonly string[]): string => items.join(', ')
