import { z } from 'zod'
import { formatUsd } from '#base/money.ts'
import { iso, type Millis } from '#base/time.ts'
import { SPANS, type Span } from '../guard/rolling.ts'

/** What people are told, as facts; the words are made from them here, so that better words reach old alerts too. */

const nano = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt),
])
const velocity = { window: z.enum(SPANS), spent: nano, baseline: nano, allowed: nano }
const factsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('velocity_notify'), ...velocity }),
  z.object({ kind: z.literal('velocity_slow'), ...velocity }),
  z.object({ kind: z.literal('velocity_paused'), ...velocity }),
  z.object({ kind: z.literal('velocity_resumed'), times: z.int(), until: z.int() }),
  z.object({ kind: z.literal('absorbed'), call: z.string(), cost: nano, absorbed: nano }),
  z.object({ kind: z.literal('budget'), percent: z.int(), spent: nano, budget: nano, since: z.int() }),
  z.object({ kind: z.literal('seat_unbacked'), product: z.string(), month: z.string() }),
])

export type AlertFacts = z.infer<typeof factsSchema>
export type AlertKind = AlertFacts['kind']
export const ALERT_KINDS = [
  'velocity_notify',
  'velocity_slow',
  'velocity_paused',
  'velocity_resumed',
  'absorbed',
  'budget',
  'seat_unbacked',
] as const satisfies readonly AlertKind[]

export type Alert = {
  readonly id: string
  readonly at: Millis
  readonly person: { readonly id: string; readonly name: string } | null
  readonly facts: AlertFacts
  readonly seenAt: Millis | null
}

export type AlertWords = { readonly title: string; readonly message: string; readonly link: string }

/** Facts as the database keeps them: amounts as decimal text. Throws for a kind that this version does not know. */
export const parseFacts = (kind: string, body: unknown): AlertFacts =>
  factsSchema.parse({ ...(body as object), kind })

const LAST: Readonly<Record<Span, string>> = {
  five_minutes: 'the last five minutes',
  hour: 'the last hour',
  day: 'the last 24 hours',
}

/** "$412.00 in the last hour; usual is $38.00 at most". A baseline of 0: too little history. */
export const burstWords = ({
  window,
  spent,
  baseline,
}: {
  window: Span
  spent: bigint
  baseline: bigint
}): string =>
  `${formatUsd(spent)} in ${LAST[window]}; ` +
  (baseline > 0n
    ? `usual is ${formatUsd(baseline)} at most`
    : 'there is too little history to call that usual')

/** What the person reads, or (`own` false) somebody who looks after the company. */
export function wordsOf(facts: AlertFacts, own = true): AlertWords {
  switch (facts.kind) {
    case 'velocity_notify':
      return {
        title: 'Spending faster than usual',
        message: `${burstWords(facts)}. Nothing is slowed yet.`,
        link: '/alerts',
      }
    case 'velocity_slow':
      return {
        title: 'Calls are slowed',
        message: `${burstWords(facts)}. Large calls now pass one at a time${own ? '; confirm that it is you to go on at full speed' : ''}.`,
        link: '/alerts',
      }
    case 'velocity_paused':
      return {
        title: 'Calls are paused until you confirm',
        message: `${burstWords(facts)}. ${own ? 'It is your own money: confirm in one click and the next call goes through' : 'It is their own money: they alone confirm, in one click'}.`,
        link: '/alerts',
      }
    case 'velocity_resumed':
      return {
        title: 'Confirmed: calls go on',
        message: `The limits are ${facts.times} times the usual ones until ${iso(facts.until).slice(0, 16).replace('T', ' ')} UTC.`,
        link: '/alerts',
      }
    case 'absorbed':
      return {
        title: 'A call cost more than was held for it',
        message: `It cost ${formatUsd(facts.cost)}; ${formatUsd(facts.absorbed)} of it was carried by the company, not by the wallet.`,
        link: `/usage?call=${facts.call}`,
      }
    case 'budget':
      return {
        title: facts.percent >= 100 ? 'The wallet is used up' : `${facts.percent} % of the wallet is used`,
        message: `${formatUsd(facts.spent)} of ${formatUsd(facts.budget)} since the last tranche vested on ${iso(facts.since).slice(0, 10)}.`,
        link: '/',
      }
    case 'seat_unbacked':
      return {
        title: 'A subscription was used without a seat',
        message: `${facts.product} was used in ${facts.month}, and no month of a seat was granted for it. Nothing was charged${own ? '; ask your people team for a seat' : ''}.`,
        link: '/',
      }
  }
}
