import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault, type FaultCode } from '#base/fault.ts'
import type { World } from '#base/world.ts'
import { isConnectionLost } from '#db/sql.ts'
import type { Role } from '#people/access.ts'
import type { People } from '#people/people.ts'
import type { Reports } from '#reports/reports.ts'
import type { Spending } from '#spending/types.ts'
import { effective, list, retrieve } from './limits.ts'
import { claudeCode, costs, messages } from './usage.ts'

type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void

export type InteropOptions = {
  readonly spending: Pick<Spending, 'authenticate'>
  readonly people: Pick<People, 'find'>
  readonly reports: Pick<Reports, 'limits' | 'companyUsage' | 'seatDays'>
  readonly world: Pick<World, 'now' | 'id'>
  readonly log: Log
}

const PREFIX = '/anthropic/v1/organizations'

export const isInteropPath = (url: string): boolean =>
  url === PREFIX || url.startsWith(`${PREFIX}/`) || url.startsWith(`${PREFIX}?`)

/** Whose work it is to know what everybody may spend and spends. */
const READERS: readonly Role[] = ['finance', 'admin']

const WRITES =
  'Spend limits cannot be set here: what a person may spend is what Perq has granted and vested. ' +
  'Issue a grant in Perq instead, with "perq grant issue" or POST /api/v1/grants.'

/** Reports run over the whole company; more at once would slow the calls of others. */
const AT_ONCE = 4

/**
 * Anthropic's admin API, as far as it tells of spending: limits, usage and cost, read-only, for tools that know that API. A key of a
 * person in finance or administration opens it, as `x-api-key`.
 */
export function createInterop(options: InteropOptions) {
  const running = new Set<Promise<void>>()

  async function answer(req: IncomingMessage): Promise<object> {
    await admit(req, options)
    if (running.size > AT_ONCE)
      throw new Fault('rate_limited', 'Too many reports at once; ask again shortly.')
    const url = req.url ?? ''
    const mark = url.indexOf('?')
    const path = (mark < 0 ? url : url.slice(0, mark)).slice(PREFIX.length + 1).replace(/\/$/, '')
    const search = mark < 0 ? '' : url.slice(mark)
    if (req.method !== 'GET' && req.method !== 'HEAD') throw refusedWrite(req.method ?? '', path)
    return read(options, path, search)
  }

  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    const id = `req_${options.world.id().replaceAll('-', '')}`
    res.on('error', () => {})
    // A body is not read: nothing here is written.
    req.resume()
    const work = answer(req).then(
      (body) => send(res, { status: 200, body, id }),
      (error: unknown) => {
        const fault = faultOf(error)
        if (fault.code === 'internal')
          options.log('error', 'a bug in interop', {
            request: id,
            error: String((error as Error)?.stack ?? error),
          })
        send(res, { status: fault.status, body: errorOf(fault, id), id })
      },
    )
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  return { handle }
}

function read({ reports, world }: InteropOptions, path: string, search: string): Promise<object> | object {
  const now = world.now()
  switch (path) {
    case 'spend_limits':
      return list(reports, search, now)
    case 'spend_limits/effective':
      return effective(reports, search, now)
    case 'spend_limits/increase_requests':
    case 'spend_limit_increase_requests':
      // People ask their people team, not this API.
      return { data: [], next_page: null }
    case 'usage_report/messages':
      return messages(reports, search, now)
    case 'usage_report/claude_code':
      return claudeCode(reports, search)
    case 'cost_report':
      return costs(reports, search, now)
    default: {
      const id = /^spend_limits\/([^/]+)$/.exec(path)?.[1]
      if (id !== undefined) return retrieve(reports, id, now)
      throw new Fault('not_found', `There is no ${PREFIX}/${path.slice(0, 80)} in Perq.`)
    }
  }
}

const refusedWrite = (method: string, path: string): Fault =>
  path.startsWith('spend_limit')
    ? new Fault('invalid', WRITES)
    : new Fault(
        'method_not_allowed',
        `${method} is not answered here; everything under ${PREFIX} is read-only.`,
      )

async function admit(req: IncomingMessage, { spending, people }: InteropOptions): Promise<void> {
  const given = req.headers['x-api-key']
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1]
  const key = typeof given === 'string' ? given.trim() : bearer
  const who = key === undefined ? null : await spending.authenticate(key)
  const person = who && (await people.find(who.person.id))
  if (!person)
    throw new Fault(
      'unauthenticated',
      'invalid x-api-key: send a Perq key of a person in finance or administration.',
    )
  if (!READERS.includes(person.role)) {
    const message = `This needs a key of a person in ${READERS.join(' or ')}; this one's role is ${person.role}.`
    throw new Fault('forbidden', message)
  }
}

/** Anthropic's names of errors. */
const TYPES: Readonly<Partial<Record<FaultCode, string>>> = {
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  rate_limited: 'rate_limit_error',
  unavailable: 'overloaded_error',
  internal: 'api_error',
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (isConnectionLost(error))
    return new Fault('unavailable', 'The database cannot be reached; try again shortly.')
  return new Fault('internal', 'A bug in Perq; the operator finds it in the log.', { cause: error })
}

const errorOf = (fault: Fault, id: string): object => ({
  type: 'error',
  error: { type: TYPES[fault.code] ?? 'invalid_request_error', message: fault.message },
  request_id: id,
})

function send(res: ServerResponse, { status, body, id }: { status: number; body: object; id: string }): void {
  if (res.destroyed || res.writableEnded) return
  const bytes = Buffer.from(JSON.stringify(body))
  const again = status === 429 || status === 503
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'request-id': id,
    ...(again ? { 'retry-after': '2' } : status >= 400 ? { 'x-should-retry': 'false' } : {}),
  })
  res.end(bytes)
}
