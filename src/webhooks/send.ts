import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { http, https } from '#base/http.ts'
import { SECOND, type Millis } from '#base/time.ts'
import { retryAfterOf } from './schedule.ts'
import { isPublic, targetOf } from './target.ts'

/** What became of one attempt. `status` null: no answer came. */
export type Sent = {
  readonly ok: boolean
  readonly status: number | null
  readonly error: string | null
  readonly retryAfter: Millis | null
}

const WITHIN = 10 * SECOND

/** The address is judged where the connection is made, so that a name cannot answer the judge and the caller differently. */
const publicOnly: LookupFunction = (host, options, done) =>
  lookup(host, { ...options, all: true }, (error, found) => {
    const bad = error ?? (found.every(({ address }) => isPublic(address)) && found[0] ? null : refused(host))
    if (bad) return done(bad, '')
    if (options.all) return done(null, found)
    done(null, found[0]!.address, found[0]!.family)
  })

const refused = (host: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${host} is no address of the public internet`), { code: 'EPERM' })

/** POSTs once: no redirects, ten seconds in all, nothing of the answer but its status. Never throws. */
export function send(
  url: string,
  { headers, body, anywhere }: { headers: Readonly<Record<string, string>>; body: string; anywhere: boolean },
): Promise<Sent> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void =>
      resolve({
        ok: false,
        status: null,
        error: (error instanceof Error ? error.message : String(error)).slice(0, 300),
        retryAfter: null,
      })
    try {
      const target = targetOf(url, { anywhere })
      const host = target.hostname.replace(/^\[|\]$/g, '')
      const guarded = anywhere || isIP(host) !== 0 ? {} : { lookup: publicOnly }
      const signal = AbortSignal.timeout(WITHIN)
      const call = (target.protocol === 'https:' ? https() : http).request(
        target,
        {
          method: 'POST',
          agent: false,
          signal,
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            'user-agent': 'Perq-Webhooks/1',
            ...headers,
          },
          ...guarded,
        },
        (answer) => {
          const status = answer.statusCode ?? 0
          const ok = status >= 200 && status < 300
          const retryAfter = retryAfterOf(answer.headers['retry-after'])
          resolve({ ok, status, error: ok ? null : `answered ${status}`, retryAfter })
          call.destroy()
        },
      )
      call.on('error', (error) => fail(signal.aborted ? new Error('no answer within 10 seconds') : error))
      call.end(body)
    } catch (error) {
      fail(error)
    }
  })
}
