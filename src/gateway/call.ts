import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { CallFacts } from '#ledger/types.ts'
import { cost } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import type { Principal, Spending } from '#spending/types.ts'
import { answerFailure, noAskAs, refusedAs, type Caller } from './answer.ts'
import { refuseBody, type Ask, type Door, type MeteredRoute, type Place } from './door.ts'
import { isNoAsk } from './fields.ts'
import type { Log } from './log.ts'
import { capOf, planCall, type Plan } from './plan.ts'
import { readJson, type JsonBody } from './relay/body.ts'
import { headerOf, headersOf, requestHeaders } from './relay/headers.ts'
import { relay } from './relay/relay.ts'
import type { ClientReply, ClientRequest, Transport } from './relay/transport.ts'
import { chargeable } from './relay/usage.ts'
import { releaseSurely, settleSurely, within } from './settle.ts'
import type { Upstream, Upstreams } from './upstreams/upstreams.ts'

/** Larger than any prompt a model can read. */
export const MAX_BODY = 32 * 1024 * 1024
/** How long the end of a reply waits for its settlement before the client is cut off. */
const CLIENT_WAITS = 30 * SECOND

export type Parts = {
  readonly spending: Spending
  readonly upstreams: Pick<Upstreams, 'pick'>
  readonly transport: Transport
  readonly world: World
  readonly log: Log
  /** How long a reply is read on after its client has left. */
  readonly drainFor: Millis
  /** How long a call may take: less than its hold stands, or it would lapse under the reply. */
  readonly callWithin: Millis
}

export type Visit = {
  readonly door: Door
  readonly request: ClientRequest
  readonly reply: ClientReply
  readonly caller: Caller
  readonly who: Principal
}

/** The body, or null after it was answered why not. */
export async function bodyOf({ door, request, reply, caller }: Visit): Promise<Buffer | null> {
  // Every one of them: the provider may obey another than the first.
  const encoding = headersOf(request.headers, 'content-encoding').find(
    (each) => each.toLowerCase() !== 'identity',
  )
  if (encoding !== undefined) {
    const message = `a body in "${encoding}" cannot be read; send it uncompressed.`
    answerFailure(reply, door, refusedAs({ code: 'invalid', message }), caller)
    return null
  }
  const bytes = await request.body(MAX_BODY)
  if (bytes === null && !reply.gone()) {
    const message = `Perq: the body is larger than ${MAX_BODY / 1024 / 1024} MB.`
    answerFailure(reply, door, { status: 413, code: 'too_large', message }, caller)
  }
  return bytes
}

/** A door without an upstream is answered here and gives null. */
export function upstreamOf(parts: Parts, { door, reply, caller }: Visit): Upstream | null {
  const upstream = parts.upstreams.pick(door.protocol)
  if (upstream === null) {
    const message = `no enabled upstream speaks the ${door.protocol} protocol; an administrator has to set one up.`
    answerFailure(reply, door, refusedAs({ code: 'upstream_unavailable', message }), caller)
  }
  return upstream
}

/** What goes to the upstream: the client's headers without its credentials, then the company's. */
export function upstreamRequest(visit: Visit, upstream: Upstream, path: string, body: Buffer | null) {
  const { door, request } = visit
  const headers = requestHeaders(request.headers)
  headers.push(...door.credentials(upstream.key, (name) => headerOf(headers, name) !== null))
  const method: 'GET' | 'POST' = body === null ? 'GET' : 'POST'
  return { origin: upstream.origin, path: `${upstream.prefix}${path}${request.query}`, method, headers, body }
}

/**
 * One metered call: read, admit, hold, forward, settle. Throws only before the hold is known to stand; from then on
 * every way out ends the hold.
 */
export async function meteredCall(
  parts: Parts,
  route: MeteredRoute,
  place: Place,
  visit: Visit,
): Promise<void> {
  const { spending, world } = parts
  const { door, request, reply, caller, who } = visit
  const startedAt = world.now()
  const bytes = await bodyOf(visit)
  if (bytes === null) return
  const body = readJson(bytes, route.guarded)
  const ask = body.kind === 'bad' ? refuseBody(body) : route.ask(body, place)
  if (body.kind === 'bad' || isNoAsk(ask)) {
    if (isNoAsk(ask)) answerFailure(reply, door, noAskAs(ask), caller)
    return
  }
  const purpose = headerOf(request.headers, 'x-perq-purpose')
  const admission = await spending.admit(who, { provider: door.provider, model: ask.model, purpose })
  if (admission.kind === 'refused') return answerFailure(reply, door, refusedAs(admission), caller)
  const plan = planCall(ask, admission.price, bytes.length)
  if (plan.kind === 'refused') return answerFailure(reply, door, noAskAs(plan), caller)
  const upstream = upstreamOf(parts, visit)
  if (upstream === null || reply.gone()) return
  const { price } = admission
  const facts: CallFacts = {
    person: who.person.id,
    key: who.key.id,
    door: door.protocol,
    route: route.name,
    model: price.model,
    class: price.class,
    provider: price.provider,
    upstream: upstream.name,
    purpose: admission.purpose,
    priceVersion: price.version,
  }
  const { min, max, floor } = plan
  const held = await holdOrUndo(parts, who, {
    id: caller.id,
    min,
    max,
    floor,
    scopes: admission.scopes,
    facts,
  })
  if (held.kind === 'refused') return answerFailure(reply, door, refusedAs(held), caller)
  if (reply.gone())
    return await releaseSurely(
      parts.spending,
      { id: caller.id, reason: 'the client left before the call' },
      parts.log,
    )
  await forward(parts, {
    visit,
    route,
    place,
    body,
    ask,
    plan,
    price,
    upstream,
    held: held.amount,
    startedAt,
  })
}

/** A hold whose answer was lost may stand: it is ended again, so that nobody waits for it to lapse. */
async function holdOrUndo(parts: Parts, who: Principal, call: Parameters<Spending['hold']>[1]) {
  try {
    return await parts.spending.hold(who, call)
  } catch (error) {
    void releaseSurely(parts.spending, { id: call.id, reason: 'the answer to the hold was lost' }, parts.log)
    throw error
  }
}

type Held = {
  readonly visit: Visit
  readonly route: MeteredRoute
  readonly place: Place
  readonly body: JsonBody
  readonly ask: Ask
  readonly plan: Plan
  readonly price: Price
  readonly upstream: Upstream
  readonly held: bigint
  readonly startedAt: Millis
}

async function forward(parts: Parts, call: Held): Promise<void> {
  const { visit, route, place, body, ask, plan, price, upstream, held, startedAt } = call
  const { door, reply, caller } = visit
  const { id } = caller
  const cap = capOf(ask, plan, price, held)
  const maxOutput = (cap ?? plan.output ?? 0) * (ask.output?.copies ?? 1)
  let committed: Promise<unknown> = Promise.resolve()

  await relay({
    transport: parts.transport,
    request: upstreamRequest(visit, upstream, place.upstreamPath, route.rewrite(body, ask, cap)),
    reply,
    headers: ['x-perq-call', id],
    drainFor: parts.drainFor,
    callWithin: parts.callWithin,
    events: () => route.events(body, place),
    framing: route.framing?.(place) ?? null,
    whole: (bytes) => route.reply(bytes),
    async release(reason) {
      const work = releaseSurely(parts.spending, { id, reason }, parts.log)
      committed = work
      await within(work, CLIENT_WAITS)
    },
    async settle(reading, status) {
      const { tokens, estimated } = chargeable(reading, { plainInput: plan.plainInput, maxOutput })
      const { nano } = cost(price, tokens)
      const { providerId } = reading
      const work = settleSurely(
        parts.spending,
        { id, cost: nano, tokens, status, estimated, providerId, startedAt },
        parts.log,
      )
      committed = work
      const charge = await within(work, CLIENT_WAITS)
      if (!charge) return null
      const { charged } = charge
      return { headers: ['x-perq-cost-nano-usd', String(nano), 'x-perq-charged-nano-usd', String(charged)] }
    },
    fail({ kind, message }) {
      parts.log('warn', 'an upstream gave no reply', {
        call: id,
        upstream: upstream.name,
        kind,
        error: message,
      })
      const status = kind === 'timeout' ? 504 : 502
      const text = `Perq: the provider "${upstream.name}" cannot be reached or broke off (${message}).`
      const charged = kind !== 'unsent'
      answerFailure(reply, door, { status, code: 'upstream_unavailable', message: text, charged }, caller)
    },
    unsettled() {
      const message = 'Perq: the use of this call could not be recorded in time, so its reply is withheld.'
      answerFailure(reply, door, { status: 503, code: 'unavailable', message, charged: true }, caller)
    },
  })
  // A shutdown waits for this, too.
  await committed
}
