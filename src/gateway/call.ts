import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { CallFacts } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import type { Admission, Principal, Refusal, Soon, Spending } from '#spending/types.ts'
import { noAskAs, refusedAs, type Caller } from './answer.ts'
import { deny } from './deny.ts'
import type { Ask, Door, MeteredRoute, Place } from './door.ts'
import { isNoAsk } from './fields.ts'
import type { Heading } from './heading.ts'
import { holdCall, type Standing } from './hold.ts'
import type { Ending, Endings } from './endings.ts'
import { forward } from './forward.ts'
import type { Log } from './log.ts'
import type { Patience } from './patience.ts'
import { planCall } from './plan.ts'
import { readAsk } from './read.ts'
import type { JsonBody } from './relay/body.ts'
import type { ClientReply, ClientRequest, Transport } from './relay/transport.ts'
import { releaseSurely } from './settle.ts'
import type { Trail } from './trail/trail.ts'
import type { CallTrace, Tracing } from './trace.ts'
import type { Upstream, Upstreams } from './upstreams/upstreams.ts'
import type { Watch } from './watch.ts'

/** Larger than any prompt a model can read. */
export const MAX_BODY = 32 * 1024 * 1024
/** Upstreams asked for one call. */
const MOST_TRIES = 3

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

/** A call from its arrival on. */
type Metered = {
  readonly route: MeteredRoute
  readonly place: Place
  readonly visit: Visit
  readonly ending: Ending
  readonly traced: CallTrace | null
  readonly startedAt: Millis
}

/**
 * One metered call: read, admit, hold, forward, settle. Throws only before the hold is known to stand; from then on
 * every way out ends the hold. Nearly every call waits for its hold first, so the steps before it are plain functions.
 */
export function meteredCall(parts: Parts, route: MeteredRoute, place: Place, visit: Visit): Soon<void> {
  const { headers } = visit.request
  const ending = parts.endings.enter(visit.who.person.id)
  const traced = parts.tracing?.begin({ id: visit.caller.id, route: route.name, headers }) ?? null
  const over = (): void => {
    parts.endings.leave(ending)
    traced?.end()
  }
  const failed = (error: unknown): never => {
    traced?.refused(error instanceof Fault ? error.code : 'internal')
    over()
    throw error
  }
  const call: Metered = { route, place, visit, ending, traced, startedAt: parts.world.now() }
  let work: Soon<unknown>
  try {
    work = readCall(parts, call)
  } catch (error) {
    return failed(error)
  }
  if (work instanceof Promise) return work.then(over, failed)
  over()
}

function readCall(parts: Parts, call: Metered): Soon<unknown> {
  const reading = bodyOf(parts, call.visit)
  if (reading instanceof Promise) return askLater(parts, call, reading)
  return askCall(parts, call, reading, call.startedAt)
}

const askLater = (parts: Parts, call: Metered, reading: Promise<Buffer | null>): Promise<unknown> =>
  reading.then((bytes) => askCall(parts, call, bytes, parts.world.now()))

/** What a call asks, read at `readAt`. */
type Asked = Metered & { readonly body: JsonBody; readonly ask: Ask; readonly readAt: Millis }

function askCall(parts: Parts, call: Metered, bytes: Buffer | null, readAt: Millis): Soon<unknown> {
  if (bytes === null) return
  const { route, place, visit, ending, traced, startedAt } = call
  const read = readAsk(route, bytes, place, visit.request.headers)
  if (isNoAsk(read)) return deny(parts, visit, noAskAs(read))
  const { body, ask } = read
  const { purpose } = visit.heading
  const { model } = ask
  const asked: Asked = { route, place, visit, ending, traced, startedAt, body, ask, readAt }
  const admitting = parts.spending.admit(visit.who, { provider: visit.door.provider, model, purpose })
  return admitting instanceof Promise
    ? holdLater(parts, asked, admitting)
    : holdAsked(parts, asked, admitting)
}

const holdLater = (parts: Parts, call: Asked, admitting: Promise<Admission | Refusal>): Promise<unknown> =>
  admitting.then((admission) => holdAsked(parts, call, admission))

function holdAsked(parts: Parts, call: Asked, admission: Admission | Refusal): Soon<unknown> {
  const { route, visit, traced, body, ask } = call
  const { door, caller, who, reply } = visit
  const { model } = ask
  if (admission.kind === 'refused') {
    traced?.refused(admission.code)
    return deny(parts, visit, refusedAs(admission), { model })
  }
  const { price } = admission
  traced?.of(price)
  const plan = planCall(ask, price, body.bytes.length)
  if (plan.kind === 'refused') return deny(parts, visit, noAskAs(plan), { model })
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
  return (traced ? traced.step('hold', holding) : holding).then((held) =>
    sendHeld(parts, call, held, { price, upstreams }),
  )
}

function sendHeld(
  parts: Parts,
  { route, place, visit, ending, traced, startedAt, body, ask, readAt }: Asked,
  held: Standing | Refusal,
  { price, upstreams }: { price: Price; upstreams: readonly Upstream[] },
): Soon<unknown> {
  const { reply, caller } = visit
  if (held.kind === 'refused') {
    traced?.refused(held.code)
    return deny(parts, visit, refusedAs(held), { model: ask.model, short: held.short })
  }
  if (reply.gone() || ending.ended) {
    const reason = ending.ended ? 'the call was ended before it began' : 'the client left before the call'
    return cutAfter(reply, releaseSurely(parts.spending, { id: caller.id, reason }, parts.log))
  }
  // Whoever waits for this keeps nothing of how it came to be sent.
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

const cutAfter = (reply: ClientReply, released: Promise<void>): Promise<void> =>
  released.then(() => reply.cut())
