import { fieldsOf } from '#gateway/relay/usage.ts'
import { serve } from '../../support/gateway.ts'

/** What Claude Code itself says about one of its calls. */
export type Told = {
  readonly requestId: string
  readonly model: string
  /** As in the export: tokens by kind. */
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly usd: number
  readonly usdMicros: number
}

/** A receiver of OpenTelemetry logs in JSON that keeps the calls. */
export async function telemetrySink() {
  const told: Told[] = []
  const server = await serve((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (chunk: Buffer) => parts.push(chunk))
    req.on('end', () => {
      if (req.url === '/v1/logs') told.push(...callsIn(JSON.parse(Buffer.concat(parts).toString('utf8'))))
      res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  return { url: server.url, told: (): readonly Told[] => told, close: server.close }
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function callsIn(body: unknown): Told[] {
  const calls: Told[] = []
  for (const resource of list(fieldsOf(body)?.['resourceLogs']))
    for (const scope of list(fieldsOf(resource)?.['scopeLogs']))
      for (const record of list(fieldsOf(scope)?.['logRecords'])) {
        const call = callOf(list(fieldsOf(record)?.['attributes']))
        if (call) calls.push(call)
      }
  return calls
}

function callOf(attributes: readonly unknown[]): Told | null {
  const values = new Map<string, string>()
  for (const attribute of attributes) {
    const { key, value } = fieldsOf(attribute) ?? {}
    const [given] = Object.values(fieldsOf(value) ?? {})
    values.set(String(key), String(given))
  }
  if (values.get('event.name') !== 'api_request') return null
  const number = (name: string): number => Number(values.get(name))
  return {
    requestId: values.get('request_id') ?? '',
    model: values.get('model') ?? '',
    input: number('input_tokens'),
    cacheRead: number('cache_read_tokens'),
    cacheWrite5m: number('cache_creation_5m_tokens'),
    cacheWrite1h: number('cache_creation_1h_tokens'),
    output: number('output_tokens'),
    usd: number('cost_usd'),
    usdMicros: number('cost_usd_micros'),
  }
}
