import { HOUR, MINUTE } from '#base/time.ts'
import type { CallFacts } from '#ledger/types.ts'
import { batchPrice } from '#prices/cost.ts'
import type { Price } from '#prices/types.ts'
import { answerFailure, noAskAs, refusedAs } from '../answer.ts'
import { bodyOf, type Visit } from '../call.ts'
import { upstreamRequest } from '../forward.ts'
import { deny } from '../deny.ts'
import type { Failure, Limits } from '../door.ts'
import { limitsOf, planCall, type Plan } from '../plan.ts'
import { exchange, type Answer } from '../relay/exchange.ts'
import { headerOf, headersOf } from '../relay/headers.ts'
import { fieldsOf, parseOrNull, providerIdOf } from '../relay/usage.ts'
import type { Upstream } from '../upstreams/upstreams.ts'
import { readBatch, writeBatch, type BatchAsk, type BatchBody } from './parse.ts'
import { LOOK_AGAIN, MAX_ANSWER, PATH, ROUTE, type BatchParts } from './parts.ts'
import { pricesToJson } from './prices.ts'
import { drop, inParts, releaseAll } from './settle.ts'
import * as store from './store.ts'

/** Batches end within a day; their results are read soon after. */
const STANDS_FOR = 26 * HOUR
/** A process that has not sent a batch in this time will not send it any more. */
const SEND_WITHIN = 15 * MINUTE
/** An answer that did not come by then will not come. */
const ASK_AFTER = 20 * MINUTE

type Call = {
  readonly id: string
  readonly ask: BatchAsk
  readonly plan: Plan
  readonly price: Price
  readonly scopes: readonly number[] | null
  readonly facts: CallFacts
}

/** POST /v1/messages/batches: every request is admitted, bounded and held for itself; then all are sent, or none. */
export async function createBatch(parts: BatchParts, visit: Visit): Promise<Buffer | null> {
  const { world } = parts
  const { db } = parts.batches
  const no = (failure: Failure, short: bigint | null = null): null => {
    deny(parts, visit, failure, { short })
    return null
  }
  const bytes = await bodyOf(parts, visit)
  if (bytes === null) return null
  const batch = readBatch(bytes, visit.request.headers)
  if (batch.kind === 'refused') return no(noAskAs(batch))
  const planned = await planAll(parts, visit, batch)
  if (planned.kind === 'no') return no(planned.failure)
  const { calls, upstream } = planned
  const row = { id: world.id(), state: 'holding' as const }
  const now = world.now()
  await store.insert(
    db,
    {
      id: row.id,
      person: visit.who.person.id,
      upstreamId: upstream.id,
      upstream: upstream.name,
      createdAt: now,
      beta: headersOf(visit.request.headers, 'anthropic-beta').join(',') || null,
      prices: pricesToJson([...new Map(calls.map(({ price }) => [price.model, price])).values()]),
      dueAt: now + SEND_WITHIN,
    },
    calls.map(({ id, ask, price }) => ({ id, customId: ask.customId, model: price.model })),
  )
  const held = await holdAll(parts, visit, calls)
  if (held.kind === 'no' || visit.reply.gone()) {
    const why = 'the batch was not sent'
    // A worker that gave it up before may have looked when some of these holds were still being made.
    if (!(await drop(parts, row, why)))
      await releaseAll(
        parts,
        calls.map(({ id }) => id),
        why,
      )
    return held.kind === 'no' ? no(held.failure, held.short) : null
  }
  const sent = { from: 'holding', to: 'sent', dueAt: world.now() + ASK_AFTER } as const
  if (!(await store.move(db, { id: row.id, ...sent }))) {
    await releaseAll(
      parts,
      calls.map(({ id }) => id),
      'the batch was not sent in time',
    )
    const message = 'Perq: making the holds of this batch took too long; nothing was sent.'
    return no({ status: 503, code: 'unavailable', message })
  }
  const body = writeBatch(batch, held.limits)
  const answer = await exchange(parts.transport, upstreamRequest(visit, upstream, PATH, body), MAX_ANSWER)
  return recorded(parts, visit, { id: row.id, upstream, answer })
}

type Planned =
  | { readonly kind: 'planned'; readonly calls: readonly Call[]; readonly upstream: Upstream }
  | { readonly kind: 'no'; readonly failure: Failure }

async function planAll(parts: BatchParts, { door, request, who }: Visit, batch: BatchBody): Promise<Planned> {
  const purpose = headerOf(request.headers, 'x-perq-purpose')
  const drafts: Omit<Call, 'facts'>[] = []
  const facts: Omit<CallFacts, 'upstream'>[] = []
  const serving: (readonly Upstream[])[] = []
  for (const ask of batch.asks) {
    const about = (failure: Failure): Planned => ({
      kind: 'no',
      failure: { ...failure, message: naming(ask, failure.message) },
    })
    const { model } = ask.ask
    const admission = await parts.spending.admit(who, { provider: door.provider, model, purpose })
    if (admission.kind === 'refused') return about(refusedAs(admission))
    const price = batchPrice(admission.price)
    const plan = planCall(ask.ask, price, ask.body.bytes.length)
    if (plan.kind === 'refused') return about(noAskAs(plan))
    serving.push(parts.upstreams.candidates(door.protocol, [model, price.model]))
    drafts.push({ id: parts.world.id(), ask, plan, price, scopes: admission.scopes })
    facts.push({
      person: who.person.id,
      key: who.key.id,
      door: door.protocol,
      route: ROUTE,
      model: price.model,
      class: price.class,
      provider: price.provider,
      purpose: admission.purpose,
      priceVersion: price.version,
      variant: 'batch',
    })
  }
  const upstream = serving[0]?.find(({ id }) => serving.every((list) => list.some((one) => one.id === id)))
  if (!upstream) {
    const message = 'no enabled upstream serves all models of this batch.'
    return { kind: 'no', failure: refusedAs({ code: 'upstream_unavailable', message }) }
  }
  const calls = drafts.map((draft, n) => ({ ...draft, facts: { ...facts[n]!, upstream: upstream.name } }))
  return { kind: 'planned', calls, upstream }
}

const naming = ({ customId }: BatchAsk, message: string): string =>
  `Perq: the request "${customId}": ${message.replace(/^Perq: /, '')}`

type AllHeld =
  | { readonly kind: 'held'; readonly limits: readonly Limits[] }
  | { readonly kind: 'no'; readonly failure: Failure; readonly short: bigint | null }

/** All of them or none: what was held before one is refused is released by the caller. */
async function holdAll(parts: BatchParts, { who }: Visit, calls: readonly Call[]): Promise<AllHeld> {
  const limits = new Map<string, Limits>()
  let refused: AllHeld | null = null
  const stop = await parts.spending.foresee(
    who,
    calls.reduce((sum, { plan }) => sum + plan.max, 0n),
    calls.map(({ price }) => price.class),
  )
  if (stop) return { kind: 'no', failure: refusedAs(stop), short: null }
  await inParts(calls, async ({ id, ask, plan, price, scopes, facts }) => {
    if (refused) return
    const { min, max, floor } = plan
    const lasting = { owner: 'batches', for: STANDS_FOR } as const
    const held = await parts.spending.hold(who, { id, min, max, floor, scopes, facts, lasting })
    if (held.kind === 'held') limits.set(id, limitsOf(ask.ask, plan, price, held.amount))
    else {
      const { message, ...failure } = refusedAs(held)
      const all = `${naming(ask, message)} Nothing of this batch of ${calls.length} was sent.`
      refused ??= { kind: 'no', failure: { ...failure, message: all }, short: held.short }
    }
  })
  return refused ?? { kind: 'held', limits: calls.map(({ id }) => limits.get(id)!) }
}

/** Keeps what the provider answered. The body for the client, or null after it was answered here. */
async function recorded(
  parts: BatchParts,
  visit: Visit,
  { id, upstream, answer }: { id: string; upstream: Upstream; answer: Answer },
): Promise<Buffer | null> {
  const row = { id, state: 'sent' as const }
  const text = answer.kind === 'answer' ? answer.body.toString('utf8') : ''
  const said = fieldsOf(parseOrNull(text))
  const providerId = providerIdOf(said?.['id'])
  const made = answer.kind === 'answer' && answer.status >= 200 && answer.status <= 299
  if (made && providerId !== null) {
    const dueAt = parts.world.now() + LOOK_AGAIN
    await store.opened(parts.batches.db, { id, providerId, body: text, dueAt })
    return answer.body
  }
  // A refusal makes nothing; an error of the provider's, or none at all, may have made it: that is asked later.
  if (answer.kind === 'answer' && answer.status >= 400 && answer.status <= 499) {
    await drop(parts, row, `the provider answered ${answer.status}`)
    visit.reply.head(answer.status, ['content-type', 'application/json', 'x-should-retry', 'false'])
    visit.reply.end(answer.body)
    return null
  }
  if (answer.kind === 'failed' && answer.failure.kind === 'unsent')
    await drop(parts, row, `not sent: ${answer.failure.message}`)
  const why = answer.kind === 'failed' ? answer.failure.message : `status ${answer.status}`
  parts.log('warn', 'a batch was not answered', { batch: id, upstream: upstream.name, error: why })
  const message = `Perq: the provider "${upstream.name}" did not say whether it took the batch (${why}).`
  answerFailure(
    visit.reply,
    visit.door,
    { status: 502, code: 'upstream_unavailable', message, charged: true },
    visit.caller,
  )
  return null
}
