import { answerFailure, refusedAs } from './answer.ts'
import { bodyOf, type Parts, type Visit } from './call.ts'
import { upstreamRequest } from './forward.ts'
import { deny } from './deny.ts'
import type { Place } from './door.ts'
import { replyHeaders } from './relay/headers.ts'

/** A route that costs nothing at the provider: passed on with the company's key, both ways as it is. */
export async function freeCall(parts: Parts, place: Place, visit: Visit): Promise<void> {
  const { door, reply, caller } = visit
  const body = await bodyOf(parts, visit)
  const upstream = parts.upstreams.pick(door.protocol)
  if (!body || reply.gone()) return
  if (!upstream) {
    const message = `no enabled upstream speaks the ${door.protocol} protocol; an administrator has to set one up.`
    return deny(parts, visit, refusedAs({ code: 'upstream_unavailable', message }))
  }
  await new Promise<void>((resolve) => {
    let begun = false
    const exchange = parts.transport.send(upstreamRequest(visit, upstream, place.upstreamPath, body), {
      head(status, headers) {
        begun = true
        reply.head(status, replyHeaders(headers, { length: true }))
      },
      data(chunk) {
        if (!reply.pass(chunk)) exchange.pause()
      },
      end() {
        reply.end()
        resolve()
      },
      failed({ kind, message }) {
        if (begun) reply.cut()
        else {
          const text = `Perq: the provider "${upstream.name}" cannot be reached (${message}).`
          const status = kind === 'timeout' ? 504 : 502
          answerFailure(reply, door, { status, code: 'upstream_unavailable', message: text }, caller)
        }
        resolve()
      },
    })
    reply.onDrain(() => exchange.resume())
    reply.onGone(() => exchange.abort())
  })
}
