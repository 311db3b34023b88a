import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { DAY, MINUTE, type Millis } from '#base/time.ts'
import { cost } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import { messagesUsage } from '../anthropic/usage.ts'
import { answerLines, exchange } from '../relay/exchange.ts'
import {
  carefulTokens,
  countOf,
  fieldsOf,
  NO_TOKENS,
  parseOrNull,
  providerIdOf,
  textOf,
  type Fields,
} from '../relay/usage.ts'
import type { Upstream } from '../upstreams/upstreams.ts'
import { askFor, LOOK_AGAIN, MAX_ANSWER, PATH, pathOf, type BatchParts } from './parts.ts'
import { pricesFromJson } from './prices.ts'
import * as store from './store.ts'

/** A whole message: no larger than a reply that is not streamed. */
export const LONGEST_LINE = 96 * 1024 * 1024
/** Ends that are committed together. */
const TOGETHER = 128
/** Batches that one turn of the worker looks at. */
const TURN = 20
/** Providers keep results for 29 days; by then every hold has lapsed long ago. */
const GIVE_UP_AFTER = 30 * DAY
/** A provider's clock may be behind ours. */
const CLOCKS_DIFFER = MINUTE

/**
 * Looks at the batches that are due: asks the provider for each, settles those that have ended. Safe on several
 * replicas at once and after a crash at any point, because the ledger knows every call by its id. Returns how many ended.
 */
export async function settleBatches(parts: BatchParts, now: Millis): Promise<number> {
  const { db } = parts.batches
  let ended = 0
  for (const row of await store.take(db, now, now + LOOK_AGAIN, TURN)) {
    try {
      if (await settleOne(parts, row)) ended += 1
    } catch (error) {
      parts.log('warn', 'a batch could not be settled yet', { batch: row.id, error: String(error) })
    }
  }
  return ended
}

async function settleOne(parts: BatchParts, row: store.BatchRow): Promise<boolean> {
  if (row.state === 'holding') return drop(parts, row, 'the batch was never sent')
  if (parts.world.now() - row.createdAt > GIVE_UP_AFTER) return drop(parts, row, 'the batch never ended')
  const upstream = await parts.batches.upstreams.callable(row.upstreamId)
  if (!upstream) {
    parts.log('warn', 'the upstream of a batch is gone; its holds will lapse', { batch: row.id })
    return false
  }
  if (row.state === 'sent') return adopt(parts, row, upstream)
  const said = await look(parts, row, upstream)
  return said.kind === 'ended' && settleResults(parts, row, { upstream, body: said.body })
}

/** Ends a batch that came to nothing. False when it was another's turn. */
export async function drop(
  parts: BatchParts,
  row: Pick<store.BatchRow, 'id' | 'state'>,
  reason: string,
): Promise<boolean> {
  const { db } = parts.batches
  if (!(await store.move(db, { id: row.id, from: row.state, to: 'dropped', dueAt: parts.world.now() })))
    return false
  await releaseAll(
    parts,
    (await store.calls(db, row.id)).map(({ id }) => id),
    reason,
  )
  return true
}

export async function releaseAll(parts: BatchParts, ids: readonly string[], reason: string): Promise<void> {
  await inParts(ids, async (id) => {
    try {
      await parts.spending.release(id, reason)
    } catch (error) {
      // Never held, or ended already: either way nothing stands.
      if (!(error instanceof Fault) || error.code === 'unavailable') throw error
    }
  })
}

/**
 * A batch whose creation was not answered: the provider is asked for what it has. One that nobody here knows, with as
 * many requests and made since, is this one; when there is none, nothing was made. While it cannot be told, the holds
 * stand, and in the end they lapse at their floors.
 */
async function adopt(parts: BatchParts, row: store.BatchRow, upstream: Upstream): Promise<boolean> {
  const answer = await exchange(
    parts.transport,
    askFor(upstream, { method: 'GET', path: `${PATH}?limit=100`, beta: row.beta }),
    MAX_ANSWER,
  )
  if (answer.kind === 'failed' || answer.status !== 200) return false
  const page = fieldsOf(parseOrNull(answer.body.toString('utf8')))
  if (!page || !Array.isArray(page['data'])) return false
  const since = row.createdAt - CLOCKS_DIFFER
  const made = page['data'].map(fieldsOf).filter((one): one is Fields => one !== null)
  const recent = made.filter((one) => Date.parse(textOf(one['created_at']) ?? '') >= since)
  if (recent.length === made.length && page['has_more'] === true) return false
  const names = recent.map((one) => providerIdOf(one['id'])).filter((id): id is string => id !== null)
  const known = await store.known(parts.batches.db, row.upstreamId, names)
  const mine = recent.filter((one) => !known.has(textOf(one['id']) ?? '') && countsOf(one) === row.calls)
  if (mine.length === 0) return drop(parts, row, 'the provider has no such batch')
  const providerId = mine.length === 1 ? providerIdOf(mine[0]!['id']) : null
  if (providerId === null) {
    parts.log('warn', 'which batch of the provider is ours cannot be told', { batch: row.id })
    return false
  }
  const body = JSON.stringify(mine[0])
  await store.opened(parts.batches.db, { id: row.id, providerId, body, dueAt: parts.world.now() })
  return false
}

const countsOf = (batch: Fields): number =>
  Object.values(fieldsOf(batch['request_counts']) ?? {}).reduce(
    (sum: number, count) => sum + (typeof count === 'number' ? count : 0),
    0,
  )

/** What the provider says of a batch now. `silent`: nothing that can be used; `gone`: it knows no such batch. */
export type Said =
  | { readonly kind: 'ended' | 'at_work'; readonly body: Fields }
  | { readonly kind: 'gone' | 'silent' }

export async function look(parts: BatchParts, row: store.BatchRow, upstream: Upstream): Promise<Said> {
  invariant(row.providerId !== null, 'an open batch has a name')
  const request = askFor(upstream, { method: 'GET', path: pathOf(row.providerId), beta: row.beta })
  const answer = await exchange(parts.transport, request, MAX_ANSWER)
  if (answer.kind === 'failed') return { kind: 'silent' }
  if (answer.status !== 200) return { kind: answer.status === 404 ? 'gone' : 'silent' }
  const text = answer.body.toString('utf8')
  const body = fieldsOf(parseOrNull(text))
  if (!body) return { kind: 'silent' }
  await store.heard(parts.batches.db, row.id, text)
  return { kind: body['processing_status'] === 'ended' ? 'ended' : 'at_work', body }
}

/**
 * Settles every call of an ended batch, of which the provider says `body`. True when all are ended and the batch with them. Throws
 * when results are missing that the provider counts as succeeded: they were billed, and come with the next try.
 */
export async function settleResults(
  parts: BatchParts,
  row: store.BatchRow,
  { upstream, body }: { upstream: Upstream; body: Fields },
): Promise<boolean> {
  invariant(row.providerId !== null, 'an open batch has a name')
  const { db } = parts.batches
  const prices = new Map(pricesFromJson(row.prices).map((price) => [price.model, price]))
  const calls = await store.calls(db, row.id)
  const open = new Map(calls.map((call) => [call.customId, call]))
  const request = askFor(upstream, {
    method: 'GET',
    path: pathOf(row.providerId, '/results'),
    beta: row.beta,
  })
  let group: (() => Promise<void>)[] = []
  let succeeded = 0
  for await (const line of answerLines(parts.transport, request, LONGEST_LINE)) {
    const result = fieldsOf(parseOrNull(line.toString('utf8')))
    const call = open.get(textOf(result?.['custom_id']) ?? '')
    if (!result || !call) {
      parts.log('warn', 'a result belongs to no request of its batch', { batch: row.id })
      continue
    }
    open.delete(call.customId)
    if (fieldsOf(result['result'])?.['type'] === 'succeeded') succeeded += 1
    const price = prices.get(call.model)
    invariant(price !== undefined, 'a batch keeps the price of each of its models')
    group.push(() => settleCall(parts, { row, call, price }, fieldsOf(result['result'])))
    if (group.length < TOGETHER) continue
    await Promise.all(group.map((settle) => settle()))
    group = []
  }
  await Promise.all(group.map((settle) => settle()))
  const counted = countOf(fieldsOf(body['request_counts'])?.['succeeded']) ?? 0
  if (open.size > 0 && succeeded < counted)
    throw new Error(`${succeeded} results succeeded, and the provider counts ${counted}`)
  await releaseAll(
    parts,
    [...open.values()].map(({ id }) => id),
    'the provider gave no result',
  )
  return store.move(db, { id: row.id, from: 'open', to: 'settled', dueAt: parts.world.now() })
}

/** Only what succeeded is billed. */
async function settleCall(
  parts: BatchParts,
  { row, call, price }: { row: store.BatchRow; call: store.BatchCallRow; price: Price },
  result: Fields | null,
): Promise<void> {
  const kind = textOf(result?.['type']) ?? 'nothing'
  if (kind !== 'succeeded') return releaseAll(parts, [call.id], `the provider's result: ${kind}`)
  const message = fieldsOf(result?.['message'])
  const reported = messagesUsage(message?.['usage'])
  const said = Buffer.byteLength(JSON.stringify(message?.['content'] ?? ''))
  const tokens = reported ?? { ...NO_TOKENS, output: Math.min(carefulTokens(said), price.maxOutput) }
  const { nano } = cost(price, tokens)
  try {
    const { absorbed } = await parts.spending.settle({
      id: call.id,
      cost: nano,
      tokens,
      status: 'ok',
      estimated: reported === null,
      providerId: providerIdOf(message?.['id']),
      startedAt: row.createdAt,
    })
    if (absorbed > 0n) parts.watch.absorbed(absorbed)
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'unavailable') throw error
    parts.log('error', 'the ledger refused a settlement', { call: call.id, error: error.message })
  }
}

/** So many at once and no more: they go together in group commits. */
export async function inParts<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += TOGETHER)
    await Promise.all(items.slice(at, at + TOGETHER).map(work))
}
