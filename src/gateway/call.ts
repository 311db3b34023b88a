import { Fault } from '#base/fault.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import { invariant } from '#base/invariant.ts'
import type { World } from '#base/world.ts'
import type { CallFacts, CallStatus, Tokens } from '#ledger/types.ts'
import { costNano } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import type { Principal, Soon, Spending } from '#spending/types.ts'
import { answerFailure, noAskAs, refusedAs, type Caller } from './answer.ts'
import { attemptOf } from './attempt.ts'
import { deny } from './deny.ts'
import type { Ask, Door, MeteredRoute, Place } from './door.ts'
import { isNoAsk } from './fields.ts'
import type { Kind } from './genai.ts'
import type { Heading } from './heading.ts'
import { holdCall } from './hold.ts'
import { onEnd, type Ending, type Endings } from './endings.ts'
import type { Log } from './log.ts'
import type { Patience } from './patience.ts'
import { limitsOf, planCall, type Plan } from './plan.ts'
import { readAsk } from './read.ts'
import type { JsonBody } from './relay/body.ts'
import { relay } from './relay/relay.ts'
import type { EventReader } from './relay/stream.ts'
import type { ClientReply, ClientRequest, Payload, Transport, UpstreamRequest } from './relay/transport.ts'
import { chargeable, type Reading } from './relay/usage.ts'
import { releaseSurely, settleSurely } from './settle.ts'
import type { Trail } from './trail/trail.ts'
import type { CallTrace, Tracing } from './trace.ts'
import type { Upstream, Upstreams } from './upstreams/upstreams.ts'
import type { Watch } from './watch.ts'

/** Larger than any prompt a model can read. */
export const MAX_BODY = 32 * 1024 * 1024
/** Upstreams asked for one call, and how long after the first the last may be asked. */
const MOST_TRIES = 3
const PASS_ON_WITHIN = MINUTE

export type Parts = {
  readonly spending: Spending
  readonly upstreams: Pick<Upstreams, 'pick' | 'candidates' | 'circuit'>
  readonly trail: Pick<Trail, 'attempt' | 'denied'>
  readonly watch: Watch
  /** Null while nobody asks for traces. */
  readonly tracing: Tracing | null
  readonly endings: Endings
  readonly transport: Transport
  readonly world: World
  readonly log: Log
  /** How long a reply is read on after its client has left. */
  readonly drainFor: Millis
  /** How long a call may take: less than its hold stands, or it would lapse under the reply. */
  readonly deadlines: Patience
  /** How long a client waits for the ledger: for its hold, and at its end for its settlement. */
  readonly clients: Patience
}

export type Visit = {
  readonly door: Door
  readonly request: ClientRequest
  readonly reply: ClientReply
  readonly caller: Caller
  readonly who: Principal
  readonly heading: Heading
  /** Of the route, or the path where there is none. */
  readonly route: string
}

/** The body, or null after it was answered why not. */
export function bodyOf(parts: Parts, visit: Visit): Soon<Buffer | null> {
  const { encoding } = visit.heading
  if (encoding !== null) {
    const message = `a body in "${encoding}" cannot be read; send it uncompressed.`
    deny(parts, visit, refusedAs({ code: 'invalid', message }))
    return null
  }
  const body = visit.request.body(MAX_BODY)
  if (body instanceof Promise) return body.then((bytes) => bytes ?? tooLarge(parts, visit))
  return body ?? tooLarge(parts, visit)
}

function tooLarge(parts: Parts, visit: Visit): null {
  // Without a body the client may also have left.
  if (visit.reply.gone()) return null
  const message = `Perq: the body is larger than ${MAX_BODY / 1024 / 1024} MB.`
  deny(parts, visit, { status: 413, code: 'too_large', message })
  return null
}

/** The upstreams to try for a model, the first first; without any it is answered here and gives null. */
function upstreamsFor(
  parts: Parts,
  visit: Visit,
  { model, price, input }: { model: string; price: Price; input: Ask['input'] },
) {
  const { protocol } = visit.door
  const all = parts.upstreams.candidates(protocol, [model, price.model])
  if (all.length === 0) {
    const message = `no enabled upstream of the ${protocol} protocol serves ${price.model}; an administrator has to set one up.`
    deny(parts, visit, refusedAs({ code: 'upstream_unavailable', message }), { model })
    return null
  }
  // What lies at one provider, such as a file or an earlier reply, means nothing to another.
  return all.length === 1 ? all : all.slice(0, input.window ? 1 : MOST_TRIES)
}

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

/**
 * One metered call: read, admit, hold, forward, settle. Throws only before the hold is known to stand; from then on
 * every way out ends the hold.
 */
export function meteredCall(parts: Parts, route: MeteredRoute, place: Place, visit: Visit): Promise<void> {
  const ending = parts.endings.enter(visit.who.person.id)
  const { headers } = visit.request
  const traced = parts.tracing?.begin({ id: visit.caller.id, route: route.name, headers }) ?? null
  const over = (): void => {
    parts.endings.leave(ending)
    traced?.end()
  }
  return runCall(parts, route, place, visit, { ending, traced }).then(over, (error: unknown) => {
    traced?.refused(error instanceof Fault ? error.code : 'internal')
    over()
    throw error
  })
}

async function runCall(
  parts: Parts,
  route: MeteredRoute,
  place: Place,
  visit: Visit,
  { ending, traced }: { ending: Ending; traced: CallTrace | null },
): Promise<unknown> {
  const { spending, world } = parts
  const { door, request, reply, caller, who } = visit
  const startedAt = world.now()
  const reading = bodyOf(parts, visit)
  const bytes = reading instanceof Promise ? await reading : reading
  if (bytes === null) return
  const readAt = reading === bytes ? startedAt : world.now()
  const read = readAsk(route, bytes, place, request.headers)
  if (isNoAsk(read)) return deny(parts, visit, noAskAs(read))
  const { body, ask } = read
  const { purpose } = visit.heading
  const { model } = ask
  const admitting = spending.admit(who, { provider: door.provider, model, purpose })
  const admission = admitting instanceof Promise ? await admitting : admitting
  if (admission.kind === 'refused') {
    traced?.refused(admission.code)
    return deny(parts, visit, refusedAs(admission), { model })
  }
  traced?.of(admission.price)
  const plan = planCall(ask, admission.price, bytes.length)
  if (plan.kind === 'refused') return deny(parts, visit, noAskAs(plan), { model })
  const { price } = admission
  const upstreams = upstreamsFor(parts, visit, { model, price, input: ask.input })
  if (upstreams === null || reply.gone()) return
  const facts: CallFacts = {
    person: who.person.id,
    key: who.key.id,
    door: door.protocol,
    route: route.name,
    model: price.model,
    class: price.class,
    provider: price.provider,
    upstream: upstreams[0]!.name,
    purpose: admission.purpose,
    priceVersion: price.version,
  }
  const wanted = { who, id: caller.id, body, ask, plan, price, scopes: admission.scopes, facts }
  const holding = holdCall(parts, route, wanted)
  const held = await (traced ? traced.step('hold', holding) : holding)
  if (held.kind === 'refused') {
    traced?.refused(held.code)
    return deny(parts, visit, refusedAs(held), { model, short: held.short })
  }
  if (reply.gone() || ending.ended) {
    const reason = ending.ended ? 'the call was ended before it began' : 'the client left before the call'
    await releaseSurely(parts.spending, { id: caller.id, reason }, parts.log)
    return reply.cut()
  }
  // Not awaited here: while a call waits for its provider it keeps nothing of how it came to be sent.
  return forward(parts, {
    visit,
    ending,
    traced,
    route,
    place,
    body,
    ask: held.ask,
    plan: held.plan,
    price,
    upstreams,
    held: held.amount,
    readAt,
    startedAt,
  })
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

type Held = {
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

/** Sends a call on and follows it to its end. What is kept until then is named here; `call` itself is not. */
function forward(parts: Parts, call: Held): Promise<unknown> {
  const { visit, ending, traced, route, place, ask, plan, price, held, startedAt } = call
  const { world, watch } = parts
  const { door, reply, caller } = visit
  const { id } = caller
  const limits = limitsOf(ask, plan, price, held)
  const maxOutput = (limits.output ?? plan.output ?? 0) * (ask.output?.copies ?? 1)
  const events = readerOf(call)
  let sent: Payload | null = route.rewrite(call.body, ask, limits.output, limits.uses)
  let asked: Visit | null = visit
  const sentAt = world.now()
  let committed: Promise<unknown> = Promise.resolve()
  let ended: CallStatus | null = null
  let name = ''
  const kind: Kind = { route: route.name, price }
  const tries = call.upstreams.map((upstream, index) => {
    const attempt = attemptOf(
      parts,
      { call: id, n: index + 1, upstream, kind },
      {
        request() {
          if (index > 0) watch.passedOn(name)
          name = upstream.name
          invariant(sent && asked, 'a call that is being answered is sent to nobody else')
          return upstreamRequest(asked, upstream, place.upstreamPath, sent)
        },
        ended: () => ended,
      },
    )
    return traced ? traced.attempt(upstream.name, index + 1, attempt) : attempt
  })
  watch.sent(sentAt - call.readAt)

  const charge = ({ tokens: told, providerId }: Reading, status: CallStatus, tokens: Tokens) => {
    const estimated = told === null
    const cost = costNano(price, tokens)
    watch.ended(door.protocol, route.name, status)
    if (estimated) watch.estimated()
    if (status === 'cancelled') watch.drained(estimated ? 'missing' : 'came')
    const settling = world.now()
    watch.used(kind, status, tokens, settling - startedAt)
    const use = { id, cost, tokens, status, estimated, providerId, startedAt }
    const work = settleSurely(parts.spending, use, parts.log)
    committed = work
    traced?.used(tokens, status, providerId)
    return parts.clients.wait(traced ? traced.step('settle', work) : work).then((made) => {
      if (!made) return null
      watch.settled(world.now() - settling)
      const { charged, absorbed } = made
      if (absorbed > 0n) watch.absorbed(absorbed)
      return { headers: ['x-perq-cost-nano-usd', String(cost), 'x-perq-charged-nano-usd', String(charged)] }
    })
  }

  const over = relay({
    transport: parts.transport,
    tries,
    answered: () => void ([sent, asked] = [null, null]),
    mayPassOn: () => world.now() - sentAt < PASS_ON_WITHIN,
    onEnd: (then) => onEnd(ending, then),
    reply,
    headers: ['x-perq-call', id],
    drainFor: parts.drainFor,
    deadlines: parts.deadlines,
    events,
    framing: route.framing?.(place) ?? null,
    whole: (bytes) => route.reply(bytes),
    async release(reason) {
      const work = releaseSurely(parts.spending, { id, reason }, parts.log)
      committed = work
      watch.ended(door.protocol, route.name, 'released')
      await parts.clients.wait(work)
    },
    settle(reading, status) {
      ended = status
      if (reading.tokens) return charge(reading, status, reading.tokens)
      return estimateOf(reading, plan, maxOutput).then((tokens) => charge(reading, status, tokens))
    },
    fail({ kind, message }) {
      parts.log('warn', 'an upstream gave no reply', {
        call: id,
        upstream: name,
        kind,
        error: message,
      })
      const status = kind === 'timeout' ? 504 : 502
      const text = `Perq: the provider "${name}" cannot be reached or broke off (${message}).`
      const charged = kind !== 'unsent'
      answerFailure(reply, door, { status, code: 'upstream_unavailable', message: text, charged }, caller)
    },
    unsettled() {
      const message = 'Perq: the use of this call could not be recorded in time, so its reply is withheld.'
      answerFailure(reply, door, { status: 503, code: 'unavailable', message, charged: true }, caller)
    },
  })
  // A shutdown waits for this, too.
  return over.then(() => committed)
}
