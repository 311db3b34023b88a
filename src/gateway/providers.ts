import { never } from '#base/invariant.ts'
import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { attemptOf } from './attempt.ts'
import type { Protocol } from './door.ts'
import { DOORS } from './doors.ts'
import { http1Transport } from './http1/transport.ts'
import type { Transport, UpstreamFailure } from './relay/transport.ts'
import type { Trail } from './trail/trail.ts'
import type { Upstream, Upstreams } from './upstreams/upstreams.ts'

/** What came of a call that costs nothing. */
export type Tested = {
  readonly ok: boolean
  readonly status: number | null
  readonly latencyMs: Millis
  /** Null when all is well. Never what the provider said: it may repeat a key. */
  readonly error: string | null
}

export type Providers = ReturnType<typeof openProviders>

const TEST_WITHIN = 10 * SECOND

/** Where a protocol lists its models, behind the base URL that its SDKs take. */
function modelsPath(protocol: Protocol): string {
  switch (protocol) {
    case 'openai':
      return '/models'
    case 'anthropic':
      return '/v1/models?limit=1'
    case 'gemini':
      return '/v1beta/models?pageSize=1'
    default:
      return never(protocol)
  }
}

/** What administrators do with upstreams. */
export function openProviders({
  upstreams,
  trail,
  world,
  transport = http1Transport(),
}: {
  upstreams: Pick<Upstreams, 'create' | 'change' | 'callable' | 'circuit'>
  trail: Pick<Trail, 'attempt'>
  world: World
  transport?: Transport
}) {
  const send = (upstream: Upstream): Promise<Omit<Tested, 'latencyMs'>> =>
    new Promise((resolve) => {
      const door = DOORS.find(({ protocol }) => protocol === upstream.protocol)!
      const attempt = attemptOf(
        { world, trail, upstreams },
        {
          id: world.id(),
          kind: null,
          request: () => ({
            origin: upstream.origin,
            path: `${upstream.prefix}${modelsPath(upstream.protocol)}`,
            method: 'GET',
            headers: ['accept-encoding', 'identity', ...door.credentials(upstream.key, () => false)],
            body: null,
          }),
          ended: () => null,
        },
        { n: 1, upstream },
      )
      let status: number | null = null
      let late = false
      const done = (failure: UpstreamFailure | null): void => {
        clearTimeout(timer)
        attempt.over({ passedOn: false, failure, gone: false })
        const ok = failure === null && status !== null && status >= 200 && status <= 299
        const error = ok ? null : (failure?.message ?? `it answered ${status}`)
        resolve({ ok, status, error: late ? `no answer within ${TEST_WITHIN / SECOND} seconds` : error })
      }
      const exchange = transport.send(attempt.begin(), {
        head(code, headers) {
          status = code
          attempt.head(code, headers)
        },
        data: () => attempt.byte(),
        end: () => done(null),
        failed: (failure) => done(late ? { ...failure, kind: 'timeout' } : failure),
      })
      const timer = setTimeout(() => {
        late = true
        exchange.abort()
      }, TEST_WITHIN)
    })

  return {
    create: upstreams.create,
    change: upstreams.change,

    /** Lists the provider's models, which is free. What it shows counts for the failover, too. Throws Fault `not_found`. */
    test: async (id: string): Promise<Tested> => {
      const upstream = await upstreams.callable(id)
      if (!upstream) throw new Fault('not_found', `there is no provider ${id}`, { param: 'id' })
      const at = world.now()
      const result = await send(upstream)
      return { ...result, latencyMs: world.now() - at }
    },

    close: (): Promise<void> => transport.close(),
  }
}
