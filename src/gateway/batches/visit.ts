import { never } from '#base/invariant.ts'
import { answerFailure, answerJson, refusedAs } from '../answer.ts'
import type { Visit } from '../call.ts'
import { deny } from '../deny.ts'
import type { Failure } from '../door.ts'
import { readJson, splice } from '../relay/body.ts'
import { answerLines, exchange, type Answer } from '../relay/exchange.ts'
import { headerOf } from '../relay/headers.ts'
import { fieldsOf, type Fields } from '../relay/usage.ts'
import type { Upstream } from '../upstreams/upstreams.ts'
import { createBatch } from './create.ts'
import { askFor, MAX_ANSWER, PATH, pathOf, type BatchParts } from './parts.ts'
import { LONGEST_LINE, look, settleResults } from './settle.ts'
import * as store from './store.ts'

export const isBatchPath = (path: string): boolean => path === PATH || path.startsWith(`${PATH}/`)

const MOST_LISTED = 100
const USUALLY_LISTED = 20

/** Everything under /v1/messages/batches. Another person's batch is one that does not exist. */
export async function visitBatches(parts: BatchParts, visit: Visit, path: string): Promise<void> {
  const { method } = visit.request
  const [id, action, ...more] = path
    .slice(PATH.length + 1)
    .split('/')
    .filter((part) => part !== '')
  if (id === undefined) {
    if (method === 'POST') return create(parts, visit)
    if (method === 'GET') return list(parts, visit)
  } else if (more.length === 0) {
    const asked = `${method} ${action ?? ''}`
    const step = STEPS.get(asked.trim())
    if (step) {
      const row = await store.named(parts.batches.db, visit.who.person.id, id)
      const upstream = row && (await parts.batches.upstreams.callable(row.upstreamId))
      if (row && upstream) return step(parts, visit, { row, upstream, providerId: id })
      const message = row
        ? 'Perq: the upstream of this batch is gone.'
        : `Perq: there is no batch "${id.slice(0, 100)}".`
      return answerFailure(visit.reply, visit.door, { status: 404, code: 'not_found', message }, visit.caller)
    }
  }
  const message = `${method} ${path} is closed, because it could not be metered.`
  deny(parts, visit, refusedAs({ code: 'route_closed', message }))
}

type Own = { readonly row: store.BatchRow; readonly upstream: Upstream; readonly providerId: string }
type Step = (parts: BatchParts, visit: Visit, own: Own) => Promise<void>

async function create(parts: BatchParts, visit: Visit): Promise<void> {
  const body = await createBatch(parts, visit)
  if (body) sendJson(parts, visit, 200, body)
}

/** The person's own batches, the newest first; those still at work are asked for anew. */
async function list(parts: BatchParts, visit: Visit): Promise<void> {
  const query = new URLSearchParams(visit.heading.query)
  const asked = Number(query.get('limit') ?? USUALLY_LISTED)
  const limit = Math.min(MOST_LISTED, Math.max(1, Math.trunc(asked) || USUALLY_LISTED))
  const before = query.get('before_id')
  const after = query.get('after_id')
  const { db } = parts.batches
  const rows = await store.list(db, visit.who.person.id, { after, before, limit: limit + 1 })
  const page = before === null ? rows.slice(0, limit) : rows.slice(-limit)
  const data = await Promise.all(page.map((row) => current(parts, visit, row)))
  answerJson(visit.reply, 200, {
    data,
    has_more: rows.length > limit,
    first_id: page[0]?.providerId ?? null,
    last_id: page.at(-1)?.providerId ?? null,
  })
}

async function current(parts: BatchParts, visit: Visit, row: store.BatchRow): Promise<Fields> {
  const last = fieldsOf(row.body) ?? {}
  let body = last
  if (row.state === 'open' && last['processing_status'] !== 'ended') {
    const upstream = await parts.batches.upstreams.callable(row.upstreamId)
    const said = upstream && (await look(parts, row, upstream))
    if (said && 'body' in said) body = said.body
  }
  return typeof body['results_url'] === 'string'
    ? { ...body, results_url: resultsUrl(parts, visit, body) }
    : body
}

/** GET …/{id} */
const retrieve: Step = async (parts, visit, { row, upstream, providerId }) => {
  const request = askFor(upstream, { method: 'GET', path: pathOf(providerId), beta: row.beta })
  const answer = await exchange(parts.transport, request, MAX_ANSWER)
  if (answer.kind === 'answer' && answer.status === 200)
    await store.heard(parts.batches.db, row.id, answer.body.toString('utf8'))
  passOn(parts, visit, { upstream, answer })
}

/** POST …/{id}/cancel */
const cancel: Step = async (parts, visit, { row, upstream, providerId }) => {
  const request = askFor(upstream, { method: 'POST', path: pathOf(providerId, '/cancel'), beta: row.beta })
  passOn(parts, visit, { upstream, answer: await exchange(parts.transport, request, MAX_ANSWER) })
}

/** DELETE …/{id}: its results are settled before they are gone. */
const remove: Step = async (parts, visit, { row, upstream, providerId }) => {
  const message = 'Perq: a batch at work cannot be deleted; cancel it first.'
  const atWork = { status: 400, code: 'invalid', message }
  if (!(await settledFirst(parts, visit, { row, upstream, providerId }, atWork))) return
  const request = askFor(upstream, { method: 'DELETE', path: pathOf(providerId), beta: row.beta })
  const answer = await exchange(parts.transport, request, MAX_ANSWER)
  if (answer.kind === 'answer' && answer.status === 200)
    await store.deleted(parts.batches.db, row.id, parts.world.now())
  passOn(parts, visit, { upstream, answer })
}

/** GET …/{id}/results: settled, then passed on as they are. */
const results: Step = async (parts, visit, { row, upstream, providerId }) => {
  const none = { status: 404, code: 'not_found', message: 'Perq: this batch has no results yet.' }
  if (!(await settledFirst(parts, visit, { row, upstream, providerId }, none))) return
  const { reply } = visit
  const request = askFor(upstream, { method: 'GET', path: pathOf(providerId, '/results'), beta: row.beta })
  let begun = false
  let drained: () => void = () => {}
  reply.onDrain(() => drained())
  reply.onGone(() => drained())
  try {
    for await (const line of answerLines(parts.transport, request, LONGEST_LINE)) {
      if (reply.gone()) return
      if (!begun) reply.head(200, ['content-type', 'application/x-jsonl'])
      begun = true
      const flows = reply.write(Buffer.concat([line, Buffer.from('\n')]))
      if (!flows && !reply.gone()) await new Promise<void>((resolve) => (drained = resolve))
    }
    if (!begun) reply.head(200, ['content-type', 'application/x-jsonl'])
    reply.end()
  } catch (error) {
    if (begun) return reply.cut()
    const message = `Perq: the results cannot be read (${error instanceof Error ? error.message : 'broken off'}).`
    answerFailure(reply, visit.door, { status: 502, code: 'upstream_unavailable', message }, visit.caller)
  }
}

const STEPS: ReadonlyMap<string, Step> = new Map([
  ['GET', retrieve],
  ['DELETE', remove],
  ['GET results', results],
  ['POST cancel', cancel],
])

/**
 * A batch is settled before anything that its end allows; false after the client was answered. Of one at work Perq says so itself: it
 * may end at any moment, and what was asked then would come before the settlement.
 */
async function settledFirst(
  parts: BatchParts,
  visit: Visit,
  { row, upstream }: Own,
  atWork: Failure,
): Promise<boolean> {
  if (row.state === 'settled') return true
  const answer = (failure: Failure): false => {
    answerFailure(visit.reply, visit.door, failure, visit.caller)
    return false
  }
  try {
    const said = await look(parts, row, upstream)
    switch (said.kind) {
      case 'ended':
        await settleResults(parts, row, { upstream, body: said.body })
        return true
      case 'at_work':
        return answer(atWork)
      case 'gone':
        // Nothing is left to settle, and the provider says that itself.
        return true
      case 'silent':
        throw new Error('the provider does not say how it stands')
      default:
        return never(said)
    }
  } catch (error) {
    parts.log('warn', 'a batch could not be settled yet', { batch: row.id, error: String(error) })
    const message = 'Perq: this batch cannot be settled right now, so its results are withheld. Try again.'
    return answer({ status: 503, code: 'unavailable', message })
  }
}

function passOn(
  parts: BatchParts,
  visit: Visit,
  { upstream, answer }: { upstream: Upstream; answer: Answer },
): void {
  if (answer.kind === 'answer') return sendJson(parts, visit, answer.status, answer.body)
  const message = `Perq: the provider "${upstream.name}" cannot be reached (${answer.failure.message}).`
  const status = answer.failure.kind === 'timeout' ? 504 : 502
  answerFailure(visit.reply, visit.door, { status, code: 'upstream_unavailable', message }, visit.caller)
}

/** The provider's own bytes; only the address of the results is Perq's. */
function sendJson(parts: BatchParts, visit: Visit, status: number, body: Buffer): void {
  const json = readJson(body, new Set())
  const url = json.kind === 'json' && typeof json.value['results_url'] === 'string'
  const sent = url
    ? Buffer.concat(
        splice(json, new Map([['results_url', JSON.stringify(resultsUrl(parts, visit, json.value))]])),
      )
    : body
  visit.reply.head(status, ['content-type', 'application/json', 'content-length', String(sent.length)])
  visit.reply.end(sent)
}

function resultsUrl({ batches }: BatchParts, { door, request }: Visit, { id }: Fields): string {
  const proto = headerOf(request.headers, 'x-forwarded-proto') === 'https' ? 'https' : 'http'
  const base = batches.publicUrl ?? `${proto}://${headerOf(request.headers, 'host') ?? 'localhost'}`
  return `${base}${door.prefix}${pathOf(String(id), '/results')}`
}
