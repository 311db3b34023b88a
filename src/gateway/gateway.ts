import type { IncomingMessage, ServerResponse } from 'node:http'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Price } from '#prices/types.ts'
import { HOLD_FOR } from '#spending/spending.ts'
import type { Spending } from '#spending/types.ts'
import {
  answerFailure,
  answerJson,
  BUG,
  callerOf,
  faultAs,
  refusedAs,
  type BudgetStatus,
  type Caller,
} from './answer.ts'
import { BUSY, MOST_CALLS, openAdmission } from './admission.ts'
import type { BatchSources } from './batches/parts.ts'
import { settleBatches } from './batches/settle.ts'
import { isBatchPath, visitBatches } from './batches/visit.ts'
import { meteredCall, type Parts, type Visit } from './call.ts'
import { deny } from './deny.ts'
import { openEndings } from './endings.ts'
import type { Door } from './door.ts'
import { doorAt } from './doors.ts'
import { freeCall } from './free.ts'
import { http1Transport } from './http1/transport.ts'
import type { Log } from './log.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import { clientReply, clientRequest } from './relay/node.ts'
import { openPatience } from './patience.ts'
import type { ClientReply, ClientRequest, Transport } from './relay/transport.ts'
import { within } from './settle.ts'
import type { Tracing } from './trace.ts'
import type { Trail } from './trail/trail.ts'
import type { Upstreams } from './upstreams/upstreams.ts'
import { NO_REGISTRY, openWatch, type Registry } from './watch.ts'

/** Providers stop writing when we hang up; nobody should pay for long for what nobody reads. */
const DRAIN_FOR = 4 * SECOND
/** Leaves time to settle before the hold lapses. */
const CALL_WITHIN = HOLD_FOR - 6 * MINUTE
/** How long a call waits for its hold before it is refused, and its end for its settlement before the client is cut off. */
const CLIENT_WAITS = 30 * SECOND
/** How long `close` waits for calls on their way, and then for what was broken off to be settled. */
const CLOSE_WITHIN = MINUTE
const CLOSE_AFTER = 10 * SECOND

/** The current prices of a provider's models, one for each. */
export type ModelList = { models(provider: Price['provider']): readonly Price[] }

export type Gateway = ReturnType<typeof createGateway>

/**
 * The gateway as a node:http request handler for `/openai/…`, `/anthropic/…` and `/gemini/…`. Every route behind the doors is
 * metered, free at the provider, or closed. `transport` is how upstreams are reached; `drainFor` is how long a reply is
 * read on after its client has left, `callWithin` how long a call may take in all, `clientWaits` how long its client waits
 * for the ledger, `budgetStatus` the answer to a wallet that cannot pay.
 */
export function createGateway({
  spending,
  prices,
  upstreams,
  trail,
  metrics = NO_REGISTRY,
  tracing = null,
  world,
  log,
  transport = http1Transport(),
  drainFor = DRAIN_FOR,
  callWithin = CALL_WITHIN,
  clientWaits = CLIENT_WAITS,
  budgetStatus = 400,
  batches = null,
  mostCalls = MOST_CALLS,
  waiting = () => 0,
}: {
  spending: Spending
  prices: ModelList
  upstreams: Pick<Upstreams, 'pick' | 'candidates' | 'serves' | 'circuit'>
  trail: Trail
  metrics?: Registry
  tracing?: Tracing | null
  world: World
  log: Log
  transport?: Transport
  drainFor?: Millis
  callWithin?: Millis
  clientWaits?: Millis
  budgetStatus?: BudgetStatus
  /** Absent: batches are closed. */
  batches?: BatchSources | null
  /** Calls on their way at once in this process; what comes above is asked to come again. */
  mostCalls?: number
  /** Operations that wait for the ledger. */
  waiting?: () => number
}) {
  const admission = openAdmission({ mostCalls, waiting })
  const watch = openWatch(metrics, admission.running)
  const endings = openEndings()
  const forget = spending.onEnded(endings.end)
  const parts: Parts = {
    spending,
    upstreams,
    trail,
    watch,
    tracing,
    endings,
    transport,
    world,
    log,
    drainFor,
    deadlines: openPatience(callWithin),
    clients: openPatience(clientWaits),
  }

  const visit = async (request: ClientRequest, reply: ClientReply): Promise<void> => {
    const door = doorAt(request.path)
    if (!door)
      return answerJson(reply, 404, { error: { code: 'not_found', message: 'There is no such door.' } })
    const caller = callerOf(world.id(), request.headers, budgetStatus)
    if (!admission.enter()) {
      watch.refused(BUSY.code)
      return answerFailure(reply, door, BUSY, caller)
    }
    try {
      await enter(door, caller, request, reply)
    } catch (error) {
      const failure = faultAs(error)
      if (!failure) {
        log('error', 'a bug in the gateway', {
          call: caller.id,
          error: String((error as Error)?.stack ?? error),
        })
      }
      watch.refused((failure ?? BUG).code)
      answerFailure(reply, door, failure ?? BUG, caller)
    } finally {
      admission.leave()
    }
  }

  const enter = async (
    door: Door,
    caller: Caller,
    came: ClientRequest,
    reply: ClientReply,
  ): Promise<void> => {
    const path = came.path.slice(door.prefix.length)
    // Clients ask whether there is anybody before they have anything to say.
    if (came.method === 'HEAD') return answerJson(reply, 200, {})
    const query = door.query?.(came.query) ?? null
    const request = query === null || query.text === came.query ? came : { ...came, query: query.text }
    const key = keyOf(request.headers, query?.key ?? null)
    const found = key === null ? null : spending.authenticate(key)
    const who = found instanceof Promise ? await found : found
    if (!who) {
      const message = 'Perq: the key is unknown, expired or revoked. Make a new one in Perq.'
      watch.refused('invalid_api_key')
      return answerFailure(reply, door, { status: 401, code: 'invalid_api_key', message }, caller)
    }
    if (request.method === 'POST' && !query?.closed) {
      for (const route of door.metered) {
        const place = route.place(path, request.query)
        if (place)
          return meteredCall(parts, route, place, { door, request, reply, caller, who, route: route.name })
      }
    }
    const visit: Visit = { door, request, reply, caller, who, route: `${request.method} ${path}` }
    if (query?.closed) return deny(parts, visit, refusedAs({ code: 'route_closed', message: query.closed }))
    const list = door.modelsPaths.find((each) => path === each || path.startsWith(`${each}/`))
    if (request.method === 'GET' && list !== undefined) return models(visit, path.slice(list.length + 1))
    if (batches && door.protocol === 'anthropic' && isBatchPath(path))
      return visitBatches({ ...parts, batches }, visit, path)
    for (const route of request.method === 'POST' ? door.free : []) {
      const place = route.place(path, request.query)
      if (place) return freeCall(parts, place, visit)
    }
    const message = `${request.method} ${path} is closed, because it could not be metered.`
    deny(parts, visit, refusedAs({ code: 'route_closed', message }))
  }

  /** The models that this key may use and that somebody serves, at the price they have now. */
  const models = async ({ door, request, reply, caller, who }: Visit, id: string): Promise<void> => {
    const open: Price[] = []
    for (const price of prices.models(door.provider)) {
      if (!upstreams.serves(door.protocol, price.model)) continue
      const ask = { provider: door.provider, model: price.model, purpose: null }
      if ((await spending.admit(who, ask)).kind === 'admitted') open.push(price)
    }
    if (id === '') return answerJson(reply, 200, door.models(open, new URLSearchParams(request.query)))
    const price = open.find(({ model }) => model === decoded(id))
    if (price) return answerJson(reply, 200, door.model(price))
    const message = `Perq: there is no model ${JSON.stringify(id)} that this key may use.`
    answerFailure(reply, door, { status: 404, code: 'model_not_found', message, param: 'model' }, caller)
  }

  return {
    /** For whoever has read a request's head and can write its reply. Resolves when the call is over; never rejects. */
    take: visit,
    handle: (req: IncomingMessage, res: ServerResponse): void =>
      void visit(clientRequest(req), clientReply(req, res)),
    /** Calls on their way, those included whose client has left. */
    inFlight: admission.running,
    /** Settles what batches have ended; returns how many. For a worker, on every replica. */
    settleBatches: async (now: Millis): Promise<number> =>
      batches ? settleBatches({ ...parts, batches }, now) : 0,
    /** Waits until the calls on their way are settled, at most so long; the caller stops new ones before. */
    close: async (patience: Millis = CLOSE_WITHIN): Promise<void> => {
      await within(admission.idle(), patience)
      await transport.close()
      await within(admission.idle(), CLOSE_AFTER)
      forget()
    },
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Clients may send two credentials, of which one is left over from another provider: Perq's own goes first. */
function keyOf(headers: HeaderList, inQuery: string | null): string | null {
  const bearer = bearerIn(headerOf(headers, 'authorization'))
  const named = [headerOf(headers, 'x-api-key'), headerOf(headers, 'x-goog-api-key')]
  const given = [...named, bearer, inQuery].filter((key): key is string => !!key)
  return given.find((each) => each.startsWith('pq_')) ?? given[0] ?? null
}

const BEARER = 'bearer '

function bearerIn(authorization: string | null): string | null {
  if (authorization?.slice(0, BEARER.length).toLowerCase() !== BEARER) return null
  return authorization.slice(BEARER.length).trim() || null
}
