import type { IncomingMessage, ServerResponse } from 'node:http'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Price } from '#prices/types.ts'
import { HOLD_FOR } from '#spending/spending.ts'
import type { Principal, Soon, Spending } from '#spending/types.ts'
import {
  answerFailure,
  answerJson,
  BUG,
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
import { freeCall } from './free.ts'
import { headingOf, type Heading } from './heading.ts'
import { http1Transport } from './http1/transport.ts'
import type { Log } from './log.ts'
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

  const visit = (request: ClientRequest, reply: ClientReply): Soon<void> => {
    const heading = headingOf(request)
    if (!heading) {
      return answerJson(reply, 404, { error: { code: 'not_found', message: 'There is no such door.' } })
    }
    const { door, userAgent } = heading
    const caller: Caller = { id: world.id(), userAgent, budgetStatus }
    if (!admission.enter()) {
      watch.refused(BUSY.code)
      return answerFailure(reply, door, BUSY, caller)
    }
    const failed = (error: unknown): void => {
      const failure = faultAs(error)
      if (!failure) {
        log('error', 'a bug in the gateway', {
          call: caller.id,
          error: String((error as Error)?.stack ?? error),
        })
      }
      watch.refused((failure ?? BUG).code)
      answerFailure(reply, door, failure ?? BUG, caller)
      admission.leave()
    }
    try {
      const work = enter(heading, caller, request, reply)
      if (work instanceof Promise) return work.then(admission.leave, failed)
    } catch (error) {
      return failed(error)
    }
    admission.leave()
  }

  const enter = (
    heading: Heading,
    caller: Caller,
    request: ClientRequest,
    reply: ClientReply,
  ): Soon<void> => {
    // Clients ask whether there is anybody before they have anything to say.
    if (request.method === 'HEAD') return answerJson(reply, 200, {})
    const { secret } = heading
    const found = secret === null ? null : spending.authenticate(secret)
    const entered = (who: Principal | null): Soon<void> => {
      if (who) {
        const { door, metered, path } = heading
        const route = metered ? metered.route.name : `${request.method} ${path}`
        return serve({ door, heading, request, reply, caller, who, route })
      }
      const message = 'Perq: the key is unknown, expired or revoked. Make a new one in Perq.'
      watch.refused('invalid_api_key')
      answerFailure(reply, heading.door, { status: 401, code: 'invalid_api_key', message }, caller)
    }
    return found instanceof Promise ? found.then(entered) : entered(found)
  }

  const serve = (visit: Visit): Soon<void> => {
    const { door, request, heading } = visit
    const { path, closed, metered } = heading
    if (metered) return meteredCall(parts, metered.route, metered.place, visit)
    if (closed !== null) return deny(parts, visit, refusedAs({ code: 'route_closed', message: closed }))
    const list = door.modelsPaths.find((each) => path === each || path.startsWith(`${each}/`))
    if (request.method === 'GET' && list !== undefined) return models(visit, path.slice(list.length + 1))
    if (batches && door.protocol === 'anthropic' && isBatchPath(path))
      return visitBatches({ ...parts, batches }, visit, path)
    for (const route of request.method === 'POST' ? door.free : []) {
      const place = route.place(path, heading.query)
      if (place) return freeCall(parts, place, visit)
    }
    const message = `${request.method} ${path} is closed, because it could not be metered.`
    deny(parts, visit, refusedAs({ code: 'route_closed', message }))
  }

  /** The models that this key may use and that somebody serves, at the price they have now. */
  const models = async ({ door, heading, reply, caller, who }: Visit, id: string): Promise<void> => {
    const open: Price[] = []
    for (const price of prices.models(door.provider)) {
      if (!upstreams.serves(door.protocol, price.model)) continue
      const ask = { provider: door.provider, model: price.model, purpose: null }
      if ((await spending.admit(who, ask)).kind === 'admitted') open.push(price)
    }
    if (id === '') return answerJson(reply, 200, door.models(open, new URLSearchParams(heading.query)))
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
