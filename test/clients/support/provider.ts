import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { World } from '#base/world.ts'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import { serve } from '../../support/gateway.ts'
import { bringsTools } from './wire.ts'

/** Between two events of a reply that somebody is to interrupt. */
const SLOW_MS = 40

export type Mood =
  | { readonly kind: 'quick' }
  | { readonly kind: 'slow' }
  /** Status 529 for so many calls of agents, then quick. */
  | { readonly kind: 'overloaded'; times: number }

const overloaded = (path: string): unknown => {
  const message = 'The provider is overloaded.'
  if (path.startsWith('/anthropic/')) return { type: 'error', error: { type: 'overloaded_error', message } }
  if (path.startsWith('/gemini/')) return { error: { code: 529, message, status: 'UNAVAILABLE' } }
  return { error: { message, type: 'server_error', param: null, code: 'overloaded' } }
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of req as AsyncIterable<Buffer>) parts.push(chunk)
  return Buffer.concat(parts)
}

/** The demo provider behind a switch for its mood. */
export async function moodyProvider(world: World) {
  const quick = await serve(createDemoProvider({ world }))
  const slow = await serve(createDemoProvider({ world, pace: SLOW_MS }))
  let mood: Mood = { kind: 'quick' }
  let requests = 0

  const pass = (target: string, req: IncomingMessage, body: Buffer, res: ServerResponse): void => {
    const onward = request(`${target}${req.url}`, { method: req.method, headers: req.headers })
    onward.on('response', (reply) => {
      res.writeHead(reply.statusCode ?? 500, reply.rawHeaders)
      reply.pipe(res)
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    onward.end(body)
  }
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    requests += 1
    const now = mood
    const body = await bodyOf(req)
    if (now.kind === 'overloaded' && now.times > 0 && bringsTools(body.toString('latin1'))) {
      now.times -= 1
      const text = JSON.stringify(overloaded(req.url ?? ''))
      res.writeHead(529, { 'content-type': 'application/json' }).end(text)
    } else pass(now.kind === 'slow' ? slow.url : quick.url, req, body, res)
  }
  const front = await serve((req, res) => void answer(req, res).catch(() => res.destroy()))

  return {
    url: front.url,
    /** Calls that came through since the mood was last set. */
    requests: () => requests,
    be(next: Mood): void {
      mood = next
      requests = 0
    },
    close: async () => {
      await front.close()
      await quick.close()
      await slow.close()
    },
  }
}
