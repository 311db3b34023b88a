import { Agent, request } from 'undici'
import { anthropicDoor } from '#gateway/anthropic/door.ts'
import type { Door, MeteredRoute } from '#gateway/door.ts'
import { openaiDoor } from '#gateway/openai/door.ts'
import { planCall } from '#gateway/plan.ts'
import { readJson } from '#gateway/relay/body.ts'
import type { Prices } from '#prices/prices.ts'
import type { Served } from '../test/support/perq.ts'

/** One way to make a call, as a client sends it. */
export type Shape = {
  readonly door: Door
  readonly route: MeteredRoute
  readonly path: string
  readonly body: object
}

export type Answer =
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  /** The connection broke. */
  | { readonly kind: 'lost' }

const LIMIT = 300
const QUESTION = 'Say in a few words why a budget must be held before the call. Reply with 220 tokens.'
const messages = [{ role: 'user', content: QUESTION }]

const routeOf = (door: Door, path: string): MeteredRoute => {
  const route = door.metered.find((one) => one.place(path, '') !== null)
  if (!route) throw new Error(`no route of ${door.protocol} takes ${path}`)
  return route
}
const shape = (door: Door, path: string, body: object): Shape => ({
  door,
  route: routeOf(door, path),
  path,
  body,
})

/** Both doors, in one piece and as a stream. */
export const SHAPES: readonly Shape[] = [false, true].flatMap((stream) => [
  shape(openaiDoor, '/v1/chat/completions', {
    model: 'gpt-5-mini',
    max_completion_tokens: LIMIT,
    messages,
    stream,
  }),
  shape(anthropicDoor, '/v1/messages', { model: 'claude-haiku-4-5', max_tokens: LIMIT, messages, stream }),
  shape(openaiDoor, '/v1/responses', {
    model: 'gpt-5-mini',
    max_output_tokens: LIMIT,
    input: QUESTION,
    stream,
  }),
])

/** What the gateway holds for such a call: the least it takes and the most it asks for. nano-dollars. */
export function boundsOf(prices: Pick<Prices, 'resolve'>, { door, route, path, body }: Shape) {
  const bytes = Buffer.from(JSON.stringify(body))
  const json = readJson(bytes, route.guarded)
  const place = route.place(path, '')
  if (json.kind === 'bad' || !place) throw new Error(`the gateway cannot read a call to ${path}`)
  const ask = route.ask(json, place, [])
  if (ask.kind === 'refused') throw new Error(ask.message)
  const price = prices.resolve(door.provider, ask.model, Date.now())
  const plan = price && planCall(ask, price, bytes.length)
  if (plan?.kind !== 'plan') throw new Error(`a call to ${path} cannot be planned`)
  return { min: plan.min, max: plan.max }
}

/** As many connections as calls: they are all on their way at once. */
const agent = new Agent({ headersTimeout: 120_000, bodyTimeout: 120_000, connect: { timeout: 60_000 } })

export async function sendShape(
  at: Pick<Served, 'url'>,
  secret: string,
  { door, path, body }: Shape,
): Promise<Answer> {
  try {
    const reply = await request(`${at.url}${door.prefix}${path}`, {
      method: 'POST',
      dispatcher: agent,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secret}`,
        'x-api-key': secret,
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify(body),
    })
    await reply.body.text()
    if (reply.statusCode === 200) return { kind: 'answered' }
    return { kind: 'refused', status: reply.statusCode, reason: String(reply.headers['x-perq-reason'] ?? '') }
  } catch {
    return { kind: 'lost' }
  }
}
