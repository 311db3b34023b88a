import { HOUR, SECOND, iso, type Millis } from '#base/time.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import type { PromptCache } from './cache.ts'
import { badRequest, isDemoProblem } from './call.ts'
import { demoMessage } from './messages.ts'

/** A batch is at work for so long. */
const WORKS_FOR = 2 * SECOND
const EXPIRES_AFTER = 24 * HOUR
/** Batches remembered, the oldest forgotten first. */
const KEPT = 200
const MOST_LISTED = 100

type Request = { readonly customId: string; readonly params: Fields }
type Batch = {
  readonly id: string
  readonly at: Millis
  readonly requests: readonly Request[]
  canceledAt: Millis | null
  /** Made once: the cache would make another message of the same request. */
  lines: readonly Fields[] | null
}

export type DemoBatches = ReturnType<typeof demoBatches>

/** Message batches as Anthropic answers them; they live as long as the process does. */
export function demoBatches(cache: PromptCache) {
  const kept = new Map<string, Batch>()

  const find = (id: string): Batch => {
    const batch = kept.get(id)
    if (!batch) throw badRequest(`Message batch ${id} not found.`, null, 404)
    return batch
  }

  const endOf = ({ at, canceledAt }: Batch): Millis => canceledAt ?? at + WORKS_FOR
  const ended = (batch: Batch, now: Millis): boolean => now >= endOf(batch)

  const resultOf = (batch: Batch, { params }: Request, n: number): Fields => {
    if (batch.canceledAt !== null) return { type: 'canceled' }
    const id = `${batch.id.slice('msgbatch_'.length)}${n}`
    try {
      if (params['stream'] === true) throw badRequest('stream: not supported in batches')
      return { type: 'succeeded', message: demoMessage(params, { id, cache, now: batch.at }, 'batch') }
    } catch (error) {
      if (!isDemoProblem(error)) throw error
      const problem = { type: 'invalid_request_error', message: error.message }
      return { type: 'errored', error: { type: 'error', error: problem, request_id: `req_${id}` } }
    }
  }

  const lines = (batch: Batch): readonly Fields[] =>
    (batch.lines ??= batch.requests.map((request, n) => ({
      custom_id: request.customId,
      result: resultOf(batch, request, n),
    })))

  const view = (batch: Batch, now: Millis, base: string): Fields => {
    const over = ended(batch, now)
    const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
    if (over) for (const { result } of lines(batch)) counts[countOf(fieldsOf(result))] += 1
    else counts.processing = batch.requests.length
    return {
      id: batch.id,
      type: 'message_batch',
      processing_status: over ? 'ended' : 'in_progress',
      request_counts: counts,
      created_at: iso(batch.at),
      ended_at: over ? iso(endOf(batch)) : null,
      expires_at: iso(batch.at + EXPIRES_AFTER),
      archived_at: null,
      cancel_initiated_at: batch.canceledAt === null ? null : iso(batch.canceledAt),
      results_url: over ? `${base}/v1/messages/batches/${batch.id}/results` : null,
    }
  }

  return {
    create: (body: Fields, id: string, now: Millis, base: string): Fields => {
      const requests = requestsOf(body)
      const batch = { id: `msgbatch_${id}`, at: now, requests, canceledAt: null, lines: null }
      kept.set(batch.id, batch)
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
      return view(batch, now, base)
    },
    retrieve: (id: string, now: Millis, base: string): Fields => view(find(id), now, base),
    list: (now: Millis, base: string): Fields => {
      const all = [...kept.values()].toReversed()
      const data = all.slice(0, MOST_LISTED).map((batch) => view(batch, now, base))
      const [first, last] = [data[0]?.['id'] ?? null, data.at(-1)?.['id'] ?? null]
      return { data, has_more: all.length > data.length, first_id: first, last_id: last }
    },
    cancel: (id: string, now: Millis, base: string): Fields => {
      const batch = find(id)
      if (!ended(batch, now)) batch.canceledAt = now
      return view(batch, now, base)
    },
    remove: (id: string, now: Millis): Fields => {
      if (!ended(find(id), now)) throw badRequest('A batch at work cannot be deleted.')
      kept.delete(id)
      return { id, type: 'message_batch_deleted' }
    },
    results: (id: string, now: Millis): readonly Fields[] => {
      const batch = find(id)
      if (!ended(batch, now)) throw badRequest('The batch has no results yet.', null, 404)
      return lines(batch)
    },
  }
}

function countOf(result: Fields | null): 'succeeded' | 'errored' | 'canceled' {
  const type = result?.['type']
  return type === 'errored' || type === 'canceled' ? type : 'succeeded'
}

function requestsOf(body: Fields): Request[] {
  const requests: Request[] = []
  for (const item of Array.isArray(body['requests']) ? body['requests'] : []) {
    const request = fieldsOf(item)
    const customId = textOf(request?.['custom_id'])
    const params = fieldsOf(request?.['params'])
    if (customId === null || !params) throw badRequest('requests: custom_id and params are required')
    requests.push({ customId, params })
  }
  if (requests.length === 0) throw badRequest('requests: at least one request is required')
  return requests
}

/** The routes under `/anthropic/v1/messages/batches`; null for what is none of them. */
export function batchRoute(
  batches: DemoBatches,
  asked: { method: string; path: string; id: string; now: Millis; base: string; body: Fields | null },
): Fields | readonly Fields[] | null {
  const { method, path, id, now, base, body } = asked
  const [name = '', action = ''] = path.split('/')
  switch (`${method} ${name === '' ? '' : ':id'}/${action}`) {
    case 'POST /':
      return batches.create(body ?? {}, id, now, base)
    case 'GET /':
      return batches.list(now, base)
    case 'GET :id/':
      return batches.retrieve(name, now, base)
    case 'GET :id/results':
      return batches.results(name, now)
    case 'POST :id/cancel':
      return batches.cancel(name, now, base)
    case 'DELETE :id/':
      return batches.remove(name, now)
    default:
      return null
  }
}
