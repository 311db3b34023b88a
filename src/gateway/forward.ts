import { MINUTE, type Millis } from '#base/time.ts'
import { invariant } from '#base/invariant.ts'
import type { CallStatus, Tokens } from '#ledger/types.ts'
import { costNano } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import { answerFailure, type Caller } from './answer.ts'
import { attemptOf, type AttemptCall } from './attempt.ts'
import type { Parts, Visit } from './call.ts'
import type { Ask, Door, MeteredRoute, Place } from './door.ts'
import { onEnd, type Ending } from './endings.ts'
import type { Kind } from './genai.ts'
import { limitsOf, type Plan } from './plan.ts'
import type { JsonBody } from './relay/body.ts'
import { relay, type RelayJob, type Settled, type Try } from './relay/relay.ts'
import type { EventReader } from './relay/stream.ts'
import type { Payload, UpstreamFailure, UpstreamRequest } from './relay/transport.ts'
import { chargeable, type Reading } from './relay/usage.ts'
import { releaseSurely, settleSurely } from './settle.ts'
import type { CallTrace } from './trace.ts'
import type { Upstream } from './upstreams/upstreams.ts'

/** After the first upstream was asked, how long the last may still be. */
const PASS_ON_WITHIN = MINUTE

/** What goes to the upstream: the client's headers without its credentials, then the company's. */
export function upstreamRequest(
  { heading }: Visit,
  upstream: Upstream,
  asked: string,
  body: Payload | null,
): UpstreamRequest {
  const { origin, path, headers, keep } = heading.way(upstream, asked)
  // Without a body it is another request.
  if (body === null) return { origin, path, method: 'GET', headers, body }
  return { origin, path, method: 'POST', headers, keep, body }
}

/** What a reply is charged for that ended without its usage. */
async function estimateOf(reading: Reading, plan: Plan, maxOutput: number): Promise<Tokens> {
  const counted = (await reading.counted?.().catch(() => null)) ?? null
  const guess = { plainInput: plan.plainInput, maxInput: plan.input, maxOutput, counted }
  return chargeable(reading, guess).tokens
}

/** How the events of a reply are read. A stream is open for long, so its reader is made before, and the body let go. */
const readerOf = ({ route, body, place, ask }: Held): (() => EventReader) =>
  ask.stream ? always(route.events(body, place)) : () => route.events(body, place)

/** On its own, because a function keeps whatever another one beside it keeps. */
const always =
  (reader: EventReader): (() => EventReader) =>
  () =>
    reader

/** A call whose hold stands. */
export type Held = {
  readonly visit: Visit
  readonly ending: Ending
  readonly traced: CallTrace | null
  readonly route: MeteredRoute
  readonly place: Place
  readonly body: JsonBody
  readonly ask: Ask
  readonly plan: Plan
  readonly price: Price
  readonly upstreams: readonly Upstream[]
  readonly held: bigint
  readonly readAt: Millis
  readonly startedAt: Millis
}

/**
 * A call that was sent on, until its end. What is kept until then is named here, thousands of times at once: so its functions
 * are the same for all of them, and what was asked is let go with the first of the reply.
 */
type Forwarded = RelayJob &
  AttemptCall & {
    tries: readonly Try[]
    readonly parts: Parts
    readonly door: Door
    readonly caller: Caller
    readonly ending: Ending
    readonly traced: CallTrace | null
    readonly route: MeteredRoute
    readonly path: string
    readonly price: Price
    readonly kind: Kind
    readonly plan: Plan
    readonly maxOutput: number
    readonly startedAt: Millis
    readonly sentAt: Millis
    asked: { readonly visit: Visit; readonly sent: Payload } | null
    /** Name of the upstream that has it. */
    at: string
    status: CallStatus | null
    /** Resolves when its money is settled. */
    committed: Promise<unknown>
  }

/** Sends a call on and follows it to its end. */
export function forward(parts: Parts, call: Held): Promise<unknown> {
  const { visit, ending, traced, route, place, ask, plan, price, startedAt } = call
  const { door, reply, caller } = visit
  const limits = limitsOf(ask, plan, price, call.held)
  const sent = route.rewrite(call.body, ask, limits.output, limits.uses)
  const sentAt = parts.world.now()
  const own: Forwarded = {
    parts,
    door,
    caller,
    ending,
    traced,
    route,
    path: place.upstreamPath,
    price,
    plan,
    maxOutput: (limits.output ?? plan.output ?? 0) * (ask.output?.copies ?? 1),
    startedAt,
    sentAt,
    asked: { visit, sent },
    at: '',
    status: null,
    committed: NOTHING_DUE,
    id: caller.id,
    kind: { route: route.name, price },
    transport: parts.transport,
    tries: NONE,
    reply,
    headers: ['x-perq-call', caller.id],
    drainFor: parts.drainFor,
    deadlines: parts.deadlines,
    framing: route.framing?.(place) ?? null,
    events: readerOf(call),
    request,
    ended,
    answered,
    mayPassOn,
    onEnd: whenEnded,
    whole,
    settle,
    release,
    fail,
    unsettled,
  }
  own.tries = call.upstreams.map((upstream, index) => {
    const attempt = attemptOf(parts, own, { n: index + 1, upstream })
    return traced ? traced.attempt(upstream.name, index + 1, attempt) : attempt
  })
  parts.watch.sent(sentAt - call.readAt)
  // A shutdown waits for this, too.
  return relay(own).then(() => own.committed)
}

const NONE: readonly Try[] = []
const NOTHING_DUE: Promise<unknown> = Promise.resolve()

function request(this: Forwarded, upstream: Upstream, n: number): UpstreamRequest {
  if (n > 1) this.parts.watch.passedOn(this.at)
  this.at = upstream.name
  invariant(this.asked, 'a call that is being answered is sent to nobody else')
  return upstreamRequest(this.asked.visit, upstream, this.path, this.asked.sent)
}

function ended(this: Forwarded): CallStatus | null {
  return this.status
}

function answered(this: Forwarded): void {
  this.asked = null
}

function mayPassOn(this: Forwarded): boolean {
  return this.parts.world.now() - this.sentAt < PASS_ON_WITHIN
}

function whenEnded(this: Forwarded, then: () => void): void {
  onEnd(this.ending, then)
}

function whole(this: Forwarded, body: Buffer): Reading {
  return this.route.reply(body)
}

function settle(this: Forwarded, reading: Reading, status: CallStatus): Promise<Settled | null> {
  this.status = status
  if (reading.tokens) return charge(this, reading, { status, tokens: reading.tokens })
  return estimateOf(reading, this.plan, this.maxOutput).then((tokens) =>
    charge(this, reading, { status, tokens }),
  )
}

function charge(
  own: Forwarded,
  { tokens: told, providerId }: Reading,
  { status, tokens }: { status: CallStatus; tokens: Tokens },
): Promise<Settled | null> {
  const { parts, traced, startedAt } = own
  const { world, watch } = parts
  const estimated = told === null
  const cost = costNano(own.price, tokens)
  watch.ended(own.door.protocol, own.route.name, status)
  if (estimated) watch.estimated()
  if (status === 'cancelled') watch.drained(estimated ? 'missing' : 'came')
  const settling = world.now()
  watch.used(own.kind, status, tokens, settling - startedAt)
  const use = { id: own.id, cost, tokens, status, estimated, providerId, startedAt }
  const work = settleSurely(parts.spending, use, parts.log)
  own.committed = work
  traced?.used(tokens, status, providerId)
  return parts.clients.wait(traced ? traced.step('settle', work) : work).then((made) => {
    if (!made) return null
    watch.settled(world.now() - settling)
    const { charged, absorbed } = made
    if (absorbed > 0n) watch.absorbed(absorbed)
    return { headers: ['x-perq-cost-nano-usd', String(cost), 'x-perq-charged-nano-usd', String(charged)] }
  })
}

async function release(this: Forwarded, reason: string): Promise<void> {
  const { parts } = this
  const work = releaseSurely(parts.spending, { id: this.id, reason }, parts.log)
  this.committed = work
  parts.watch.ended(this.door.protocol, this.route.name, 'released')
  await parts.clients.wait(work)
}

function fail(this: Forwarded, { kind, message }: UpstreamFailure): void {
  const { id, at, reply, door, caller } = this
  this.parts.log('warn', 'an upstream gave no reply', { call: id, upstream: at, kind, error: message })
  const status = kind === 'timeout' ? 504 : 502
  const text = `Perq: the provider "${at}" cannot be reached or broke off (${message}).`
  const charged = kind !== 'unsent'
  answerFailure(reply, door, { status, code: 'upstream_unavailable', message: text, charged }, caller)
}

function unsettled(this: Forwarded): void {
  const message = 'Perq: the use of this call could not be recorded in time, so its reply is withheld.'
  const failure = { status: 503, code: 'unavailable', message, charged: true } as const
  answerFailure(this.reply, this.door, failure, this.caller)
}
