import { formatUsd } from '#base/money.ts'
import type { Millis } from '#base/time.ts'
import { SECOND } from '#base/time.ts'
import { burstWords } from '../alerts/alert.ts'
import type { Refusal } from '../types.ts'
import type { Span } from './rolling.ts'
import type { Pause } from './store.ts'

/** What people read at their client when the guard stops a call. `at` is where one click confirms. */

export function paused(pause: Pause, at: string): Refusal {
  const facts = { window: pause.span, spent: pause.spent, baseline: pause.baseline }
  // One call alone, larger than anything before it.
  const what =
    pause.wanted > pause.spent
      ? `this call could bring the last 24 hours to ${formatUsd(pause.wanted)}; so far it was ${burstWords(facts)}`
      : burstWords(facts)
  return {
    kind: 'refused',
    code: 'velocity_paused',
    message: `your calls are paused: ${what}. Confirm in one click at ${at}, then send the call again; it is your own money and nobody else is asked.`,
    short: null,
  }
}

export function slow(
  { window, spent, baseline, wait }: { window: Span; spent: bigint; baseline: bigint; wait: Millis },
  at: string,
): Refusal {
  const retryAfter = Math.ceil(wait / SECOND)
  return {
    kind: 'refused',
    code: 'velocity_slow',
    message: `you are spending faster than usual (${burstWords({ window, spent, baseline })}). Wait ${retryAfter} s, or confirm in one click at ${at}.`,
    short: null,
    retryAfter,
  }
}

/** Calls that are sent as one: waiting would not let them pass. */
export const together = (
  facts: { readonly window: Span; readonly spent: bigint; readonly baseline: bigint },
  at: string,
): Refusal => ({
  kind: 'refused',
  code: 'velocity_slow',
  message: `you are spending faster than usual (${burstWords(facts)}), and large calls pass one at a time. Confirm in one click at ${at}, then send the batch again.`,
  short: null,
})

/** Not much was spent yet, but what runs holds all that the day allows. */
export function waiting(held: bigint, wait: Millis, at: string): Refusal {
  const retryAfter = Math.ceil(wait / SECOND)
  return {
    kind: 'refused',
    code: 'velocity_slow',
    message: `calls that are running hold ${formatUsd(held)}, as much as a day of yours may come to. Wait ${retryAfter} s until some of them end, or confirm in one click at ${at}.`,
    short: null,
    retryAfter,
  }
}
