import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '#base/world.ts'
import { fieldsOf, parseOrNull } from '../relay/usage.ts'
import { batchRoute, demoBatches } from './batches.ts'
import { promptCache } from './cache.ts'
import { badRequest, isDemoProblem, type DemoCall } from './call.ts'
import { demoChat } from './chat.ts'
import { demoEmbeddings } from './embeddings.ts'
import { geminiError, geminiRoute } from './gemini.ts'
import { demoCountTokens, demoMessages } from './messages.ts'
import { demoResponses } from './responses.ts'
import { sendJson } from './writer.ts'

type Route = (call: DemoCall) => Promise<void> | void

const OPENAI: Readonly<Record<string, Route>> = {
  '/openai/v1/chat/completions': demoChat,
  '/openai/v1/responses': demoResponses,
  '/openai/v1/embeddings': demoEmbeddings,
}
const ANTHROPIC: Readonly<Record<string, Route>> = {
  '/anthropic/v1/messages': demoMessages,
  '/anthropic/v1/messages/count_tokens': demoCountTokens,
}

/** A few names for those who ask; any name is answered. */
const MODELS = {
  openai: ['gpt-5.2', 'gpt-5-mini', 'gpt-5-nano', 'text-embedding-3-small', 'text-embedding-3-large'],
  anthropic: ['claude-opus-4-8', 'claude-sonnet-4-6', 'claude-haiku-4-5'],
  gemini: ['gemini-3.1-pro-preview', 'gemini-3.8-flash', 'gemini-3.5-flash-lite', 'gemini-embedding-001'],
}

const BATCHES = '/anthropic/v1/messages/batches'
const MAX_BODY = 64 * 1024 * 1024

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw badRequest('The request is too large.', null, 413)
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

function anthropicError(status: number, message: string, id: string) {
  const types: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    404: 'not_found_error',
    413: 'request_too_large',
  }
  const type = types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  return { type: 'error', error: { type, message }, request_id: `req_${id}` }
}

function openaiError(status: number, message: string, param: string | null) {
  const code = status === 401 ? 'invalid_api_key' : null
  return { error: { message, type: status >= 500 ? 'server_error' : 'invalid_request_error', param, code } }
}

/**
 * A provider that needs no account: it speaks the OpenAI protocol under `/openai/v1`, the Anthropic protocol under
 * `/anthropic` and the Gemini protocol under `/gemini`, over real HTTP, and answers the same question always in the same words. `pace` is the pause between
 * two events of a stream in milliseconds.
 */
export function createDemoProvider({ world, pace = 0 }: { world: World; pace?: number }) {
  const cache = promptCache()
  const batches = demoBatches(cache)

  /** Message batches: their results come as lines, everything else as one object. */
  const answerBatch = async (
    req: IncomingMessage,
    res: ServerResponse,
    { path, id, headers }: { path: string; id: string; headers: Record<string, string> },
  ): Promise<void> => {
    const method = req.method ?? 'GET'
    const bytes = method === 'POST' ? await bodyOf(req) : Buffer.alloc(0)
    const body = fieldsOf(parseOrNull(bytes.toString('utf8')))
    const base = `http://${req.headers.host ?? 'localhost'}/anthropic`
    const answered = batchRoute(batches, { method, path, id, now: world.now(), base, body })
    if (answered === null) throw badRequest(`Unknown request URL: ${method} ${path}.`, null, 404)
    if (!Array.isArray(answered)) return sendJson(res, 200, answered, headers)
    res.writeHead(200, { 'content-type': 'application/x-jsonl', ...headers })
    for (const line of answered) res.write(`${JSON.stringify(line)}\n`)
    res.end()
  }

  const answer = async (req: IncomingMessage, res: ServerResponse, id: string): Promise<void> => {
    const [path = '/', query = ''] = (req.url ?? '/').split('?')
    const gemini = path.startsWith('/gemini/')
    const anthropic = path.startsWith('/anthropic/')
    const key = gemini
      ? req.headers['x-goog-api-key']
      : anthropic
        ? req.headers['x-api-key']
        : /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
    if (!key && gemini)
      throw badRequest("Method doesn't allow unregistered callers. Please use API Key.", null, 403)
    if (!key)
      throw badRequest(
        anthropic ? 'x-api-key header is required' : 'You did not provide an API key.',
        null,
        401,
      )
    const headers: Record<string, string> = gemini
      ? { 'server-timing': 'gfet4t7; dur=1' }
      : anthropic
        ? { 'request-id': `req_${id}` }
        : { 'x-request-id': `req_${id}`, 'openai-version': '2020-10-01' }
    const now = world.now()
    const created = Math.trunc(now / 1000)
    if (req.method === 'GET' && path === '/openai/v1/models') {
      const data = MODELS.openai.map((name) => ({ id: name, object: 'model', created, owned_by: 'demo' }))
      return sendJson(res, 200, { object: 'list', data }, headers)
    }
    if (req.method === 'GET' && path === '/anthropic/v1/models') {
      const at = new Date(now).toISOString()
      const data = MODELS.anthropic.map((name) => ({
        type: 'model',
        id: name,
        display_name: name,
        created_at: at,
      }))
      return sendJson(
        res,
        200,
        { data, has_more: false, first_id: data[0]!.id, last_id: data.at(-1)!.id },
        headers,
      )
    }
    if (path === BATCHES || path.startsWith(`${BATCHES}/`))
      return answerBatch(req, res, { path: path.slice(BATCHES.length + 1), id, headers })
    if (req.method === 'GET' && path === '/gemini/v1beta/models') {
      const models = MODELS.gemini.map((name) => ({ name: `models/${name}`, displayName: name }))
      return sendJson(res, 200, { models }, headers)
    }
    const routed = gemini ? geminiRoute(path, new URLSearchParams(query)) : (OPENAI[path] ?? ANTHROPIC[path])
    const route = req.method === 'POST' ? routed : null
    if (!route) throw badRequest(`Unknown request URL: ${req.method} ${path}.`, null, 404)
    const body = fieldsOf(parseOrNull((await bodyOf(req)).toString('utf8')))
    if (!body) throw badRequest('We could not parse the JSON body of your request.')
    await route({ body, res, id, created, now, cache, pace, headers })
  }

  return (req: IncomingMessage, res: ServerResponse): void => {
    const id = world.id().replaceAll('-', '')
    res.on('error', () => {})
    answer(req, res, id).catch((error: unknown) => {
      if (res.headersSent || res.destroyed) return void res.destroy()
      const problem = isDemoProblem(error) ? error : badRequest(String(error), null, 500)
      const { status, message, param } = problem
      const door = /^\/(anthropic|gemini)\//.exec(req.url ?? '')?.[1]
      if (door === 'gemini') sendJson(res, status, geminiError(status, message))
      else if (door === 'anthropic') sendJson(res, status, anthropicError(status, message, id))
      else sendJson(res, status, openaiError(status, message, param))
    })
  }
}
