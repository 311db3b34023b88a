import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault } from '#base/fault.ts'
import type { World } from '#base/world.ts'
import { isConnectionLost } from '#db/sql.ts'
import type { Principal, Spending } from '#spending/types.ts'
import { readBody } from './body.ts'
import { readUse, type Refused, type Use } from './claude.ts'
import { countMetrics, readLogs } from './otlp.ts'
import type { Seats } from './seats.ts'

/** What became of a log record; operators see how many of each. */
export type Outcome = 'recorded' | 'repeated' | 'routed' | 'elsewhere' | 'other' | Refused

type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void

export type TelemetryOptions = {
  readonly spending: Pick<Spending, 'authenticate'>
  readonly seats: Pick<Seats, 'record'>
  readonly world: Pick<World, 'now'>
  readonly log: Log
  readonly count?: (outcome: Outcome, records: number) => void
}

type Signal = 'logs' | 'metrics'

/** Where a client sends to whose endpoint is this server, or this server's `/otlp`. */
const PATH = /^(?:\/otlp)?\/v1\/(logs|metrics)$/

export const isTelemetryPath = (url: string): boolean =>
  /^\/otlp(\/|\?|$)/.test(url) || PATH.test(url.split('?')[0]!)

/** At once; each may hold a body in memory. Others are asked to come again. */
const AT_ONCE = 32
const AGAIN_AFTER_S = 2

type Answer = { readonly status: number; readonly body: object; readonly again?: boolean }

/** gRPC's numbers, which OTLP's errors carry. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  404: 5,
  405: 12,
  408: 4,
  413: 11,
  415: 3,
  503: 14,
}

const failure = (status: number, message: string): Answer => ({
  status,
  body: { code: CODES[status] ?? 13, message },
  again: status === 503,
})

/**
 * The OTLP/HTTP receiver for the telemetry of clients that run on a subscription: `POST /otlp/v1/logs` and `/otlp/v1/metrics`,
 * JSON, with a Perq key as `x-perq-key` or bearer. Only 503 asks a client to send again; everything is safe to send again.
 */
export function createTelemetry({ spending, seats, world, log, count = () => {} }: TelemetryOptions) {
  const running = new Set<Promise<void>>()

  async function answer(req: IncomingMessage): Promise<Answer> {
    const path = (req.url ?? '/').split('?')[0]!
    const signal = signalOf(path)
    if (!signal) return failure(404, `There is no ${path.slice(0, 80)}; logs go to /otlp/v1/logs.`)
    if (req.method !== 'POST') return failure(405, `${path} takes POST.`)
    if (running.size >= AT_ONCE) return failure(503, 'Too many exports at once; send again shortly.')
    const who = await holderOf(req, spending)
    if (!who) {
      const message =
        'The key is unknown, expired or revoked. Send a Perq key: OTEL_EXPORTER_OTLP_HEADERS="x-perq-key=pq_…".'
      return failure(401, message)
    }
    const body = await readBody(req)
    if (body.kind === 'bad') return failure(body.status, body.message)
    return signal === 'logs' ? takeLogs(body.value, who) : takeMetrics(body.value)
  }

  async function takeLogs(value: unknown, who: Principal): Promise<Answer> {
    const logs = readLogs(value)
    if (logs.kind === 'bad') return failure(400, logs.message)
    const outcomes = new Map<Outcome, number>()
    const note = (outcome: Outcome, records = 1): void =>
      void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + records)
    const uses: Use[] = []
    const now = world.now()
    for (const record of logs.records) {
      const reading = readUse(record, who.person, now)
      if (reading.kind === 'use') uses.push(reading.use)
      else note(reading.kind === 'refused' ? reading.why : reading.kind)
    }
    if (logs.malformed > 0) note('malformed', logs.malformed)
    if (uses.length > 0) {
      const { key, person, wallet } = who
      const holder = { person: person.id, wallet, key: key.id, purpose: key.purpose }
      const { recorded, repeated, routed, unbacked } = await seats.record(holder, uses)
      for (const month of unbacked)
        log('warn', 'a subscription was used without a seat; it was recorded and charged to nothing', {
          person: who.person.id,
          month,
        })
      note('recorded', recorded)
      note('repeated', repeated)
      note('routed', routed)
    }
    for (const [outcome, records] of outcomes) if (records > 0) count(outcome, records)
    if (outcomes.has('somebody_else'))
      log('warn', 'telemetry that names somebody else than its key was not counted', {
        person: who.person.id,
        key: who.key.id,
        records: outcomes.get('somebody_else') ?? 0,
      })
    return { status: 200, body: partialSuccess(outcomes) }
  }

  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    res.on('error', () => {})
    const work = answer(req)
      .catch((error: unknown): Answer => {
        if (isConnectionLost(error) || (error instanceof Fault && error.code === 'unavailable'))
          return failure(503, 'The database cannot be reached; send again shortly.')
        log('error', 'a bug in telemetry', { error: String((error as Error)?.stack ?? error) })
        return failure(500, 'A bug in Perq; the operator finds it in the log.')
      })
      .then((said) => send(req, res, said))
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  return {
    handle,
    /** Waits for the exports that are being recorded; the caller stops new ones before. */
    close: async (): Promise<void> => void (await Promise.all(running)),
  }
}

function signalOf(path: string): Signal | null {
  const name = PATH.exec(path)?.[1]
  return name === 'logs' || name === 'metrics' ? name : null
}

async function holderOf(
  req: IncomingMessage,
  spending: TelemetryOptions['spending'],
): Promise<Principal | null> {
  const own = req.headers['x-perq-key']
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1]
  const key = typeof own === 'string' ? own.trim() : bearer
  return key === undefined ? null : spending.authenticate(key)
}

/** Taken and not kept: the log records tell the same, request by request. */
function takeMetrics(value: unknown): Answer {
  if (countMetrics(value) === null)
    return failure(400, 'The body has no resourceMetrics; send an OTLP ExportMetricsServiceRequest.')
  return { status: 200, body: {} }
}

const REASONS: Readonly<Record<Refused, string>> = {
  malformed: 'malformed',
  too_old: 'older than 7 days',
  in_future: 'in the future',
  somebody_else: "with an employee.id that is not the key holder's",
}

function partialSuccess(outcomes: ReadonlyMap<Outcome, number>): object {
  const parts: string[] = []
  let rejected = 0
  for (const why of ['malformed', 'too_old', 'in_future', 'somebody_else'] as const) {
    const records = outcomes.get(why) ?? 0
    if (records > 0) parts.push(`${records} ${REASONS[why]}`)
    rejected += records
  }
  if (rejected === 0) return {}
  const errorMessage = `Not counted: ${parts.join(', ')}.`
  return { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage } }
}

function send(req: IncomingMessage, res: ServerResponse, { status, body, again }: Answer): void {
  if (res.destroyed || res.writableEnded) return
  const bytes = Buffer.from(JSON.stringify(body))
  // What was not read ends with the connection; the client has its answer first.
  if (!req.complete) {
    res.setHeader('connection', 'close')
    req.resume()
  }
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(again ? { 'retry-after': String(AGAIN_AFTER_S) } : {}),
  })
  res.end(bytes)
}
