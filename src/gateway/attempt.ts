import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { CallStatus } from '#ledger/types.ts'
import type { Kind } from './genai.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import type { Try, TryEnd } from './relay/relay.ts'
import type { UpstreamFailure, UpstreamRequest } from './relay/transport.ts'
import type { Trail } from './trail/trail.ts'
import type { Outcome } from './trail/types.ts'
import type { Upstream, Upstreams } from './upstreams/upstreams.ts'
import type { Watch } from './watch.ts'

export type AttemptParts = {
  readonly world: Pick<World, 'now'>
  readonly trail: Pick<Trail, 'attempt'>
  readonly upstreams: Pick<Upstreams, 'circuit'>
  readonly watch?: Pick<Watch, 'attempted'>
}

const AGAINST: ReadonlySet<Outcome> = new Set(['busy', 'error', 'unsent', 'timeout', 'broken'])

/** The call that is sent. */
export type AttemptCall = {
  readonly id: string
  readonly kind: Kind | null
  request(upstream: Upstream, n: number): UpstreamRequest
  /** How it was settled. */
  ended(): CallStatus | null
}

/** It stands for as long as its reply: its functions are the same for all of them. */
type Attempt = Try & {
  readonly parts: AttemptParts
  readonly call: AttemptCall
  readonly n: number
  readonly upstream: Upstream
  at: Millis
  firstByteMs: number | null
  status: number | null
  retryAfter: Millis | null
}

/** One sending of a call to one upstream: timed, told to the circuit, and kept. */
export function attemptOf(
  parts: AttemptParts,
  call: AttemptCall,
  { n, upstream }: { n: number; upstream: Upstream },
): Try {
  const own: Attempt = {
    parts,
    call,
    n,
    upstream,
    at: 0,
    firstByteMs: null,
    status: null,
    retryAfter: null,
    begin,
    head,
    byte,
    over,
  }
  return own
}

function begin(this: Attempt): UpstreamRequest {
  this.at = this.parts.world.now()
  return this.call.request(this.upstream, this.n)
}

function head(this: Attempt, status: number, headers: HeaderList): void {
  const { world, upstreams } = this.parts
  this.status = status
  if (status < 500 && status !== 429) upstreams.circuit.begun(this.upstream.id)
  else this.retryAfter = retryAfterOf(headers, world.now())
}

function byte(this: Attempt): void {
  this.firstByteMs ??= this.parts.world.now() - this.at
}

function over(this: Attempt, { passedOn, failure, gone }: TryEnd): void {
  const { call, n, upstream, at, firstByteMs, status, retryAfter } = this
  const { world, trail, upstreams, watch } = this.parts
  const { circuit } = upstreams
  const { id, kind } = call
  const outcome = outcomeOf({ status, failure, ended: call.ended(), gone })
  if (AGAINST.has(outcome)) circuit.failed(upstream.id, { busy: outcome === 'busy', retryAfter })
  else if (outcome !== 'cancelled') circuit.answered(upstream.id)
  const { failures, coolingUntil } = circuit.standing(upstream.id)
  const totalMs = world.now() - at
  if (kind) watch?.attempted(kind, outcome, firstByteMs, totalMs)
  trail.attempt({
    call: id,
    n,
    upstreamId: upstream.id,
    upstream: upstream.name,
    model: kind?.price.model ?? null,
    at,
    status,
    outcome,
    passedOn,
    error: errorOf(outcome, status, failure),
    firstByteMs,
    totalMs,
    failures,
    coolingUntil: coolingUntil === 0 ? null : coolingUntil,
  })
}

function outcomeOf({
  status,
  failure,
  ended,
  gone,
}: {
  status: number | null
  failure: UpstreamFailure | null
  ended: CallStatus | null
  gone: boolean
}): Outcome {
  if (status === 429) return 'busy'
  if (status !== null && status >= 500) return 'error'
  if (status !== null && status >= 300) return 'refused'
  if (gone || ended === 'cancelled') return 'cancelled'
  if (failure) return failure.kind
  return ended === 'failed' ? 'broken' : 'ok'
}

function errorOf(outcome: Outcome, status: number | null, failure: UpstreamFailure | null): string | null {
  if (outcome === 'ok' || outcome === 'cancelled') return null
  if (status !== null && status >= 300) return `answered ${status}`
  return failure?.message ?? 'the reply broke off or ended in an error'
}

/** What `retry-after` and its kin ask for: seconds, milliseconds or a date. Null when nothing of use is there. */
export function retryAfterOf(headers: HeaderList, now: Millis): Millis | null {
  const exact = Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN)
  if (exact >= 0) return exact
  const text = headerOf(headers, 'retry-after')?.trim()
  if (text === undefined || text === '') return null
  const seconds = Number(text)
  if (seconds >= 0) return seconds * SECOND
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
