import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { CallStatus } from '#ledger/types.ts'
import type { Kind } from './genai.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import type { Try } from './relay/relay.ts'
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

/** One sending of a call to one upstream: timed, told to the circuit, and kept. `ended` is how the call was settled. */
export function attemptOf(
  { world, trail, upstreams: { circuit }, watch }: AttemptParts,
  { call, n, upstream, kind }: { call: string; n: number; upstream: Upstream; kind: Kind | null },
  { request, ended }: { request: () => UpstreamRequest; ended: () => CallStatus | null },
): Try {
  let at = 0
  let firstByteMs: number | null = null
  let status: number | null = null
  let retryAfter: Millis | null = null
  return {
    begin() {
      at = world.now()
      return request()
    },
    head(code, headers) {
      status = code
      if (code < 500 && code !== 429) circuit.begun(upstream.id)
      else retryAfter = retryAfterOf(headers, world.now())
    },
    byte: () => void (firstByteMs ??= world.now() - at),
    over({ passedOn, failure, gone }) {
      const outcome = outcomeOf({ status, failure, ended: ended(), gone })
      if (AGAINST.has(outcome)) circuit.failed(upstream.id, { busy: outcome === 'busy', retryAfter })
      else if (outcome !== 'cancelled') circuit.answered(upstream.id)
      const { failures, coolingUntil } = circuit.standing(upstream.id)
      const totalMs = world.now() - at
      if (kind) watch?.attempted(kind, outcome, firstByteMs, totalMs)
      trail.attempt({
        call,
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
    },
  }
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
