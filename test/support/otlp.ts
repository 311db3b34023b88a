import { iso, type Millis } from '#base/time.ts'

type Any =
  | { stringValue: string }
  | { intValue: number | string }
  | { doubleValue: number }
  | { boolValue: boolean }
type Pair = { key: string; value: Any }

const text = (key: string, value: string): Pair => ({ key, value: { stringValue: value } })
const whole = (key: string, value: number): Pair => ({ key, value: { intValue: value } })

export type ToldRequest = {
  readonly id: string
  readonly at: Millis
  readonly micros?: number
  readonly model?: string
  readonly session?: string
  readonly customBaseUrl?: boolean
  readonly employee?: string
  readonly more?: readonly Pair[]
}

/** The log record of one model request, attribute by attribute as Claude Code 2.1.329 sends it on its own account. */
export function apiRequest(ask: ToldRequest) {
  const nanos = `${BigInt(ask.at) * 1_000_000n}`
  const micros = ask.micros ?? 808
  return {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    body: { stringValue: 'claude_code.api_request' },
    attributes: [
      ...(ask.employee === undefined ? [] : [text('employee.id', ask.employee)]),
      text('user.id', '60eac9000323cbd5202146cde1f7426d1498b39506cb77e9a84d724e39a62aa7'),
      text('session.id', ask.session ?? 'cc1c7e70-f9eb-4314-b723-a971dee90454'),
      text('anthropic.provider', 'firstParty'),
      { key: 'anthropic.custom_base_url', value: { boolValue: ask.customBaseUrl ?? false } },
      text('terminal.type', 'non-interactive'),
      text('event.name', 'api_request'),
      text('event.timestamp', iso(ask.at)),
      whole('event.sequence', 8),
      text('prompt.id', 'df4b8b9c-8014-4b3d-b5d4-3ca06d57eac3'),
      text('model', ask.model ?? 'claude-opus-5-5'),
      whole('input_tokens', 12),
      whole('output_tokens', 5),
      whole('cache_read_tokens', 200),
      whole('cache_creation_tokens', 100),
      whole('cache_creation_5m_tokens', 60),
      whole('cache_creation_1h_tokens', 40),
      { key: 'cost_usd', value: { doubleValue: micros / 1e6 } },
      whole('cost_usd_micros', micros),
      whole('duration_ms', 71),
      whole('ttft_ms', 30),
      text('request_id', ask.id),
      text('speed', 'normal'),
      text('query_source', 'sdk'),
      ...(ask.more ?? []),
    ],
    droppedAttributesCount: 0,
  }
}

/** Other events come in the same batches. */
const userPrompt = (at: Millis) => ({
  timeUnixNano: `${BigInt(at) * 1_000_000n}`,
  body: { stringValue: 'claude_code.user_prompt' },
  attributes: [text('event.name', 'user_prompt'), whole('prompt_length', 10), text('prompt', '<REDACTED>')],
  droppedAttributesCount: 0,
})

/** An export of the client: its resource, its scope, a prompt and the requests. */
export const exportOf = (requests: readonly ToldRequest[], employee?: string) => ({
  resourceLogs: [
    {
      resource: {
        attributes: [
          ...(employee === undefined ? [] : [text('employee.id', employee)]),
          text('host.arch', 'amd64'),
          text('os.type', 'linux'),
          text('service.name', 'claude-code'),
          text('service.version', '2.1.329'),
        ],
        droppedAttributesCount: 0,
      },
      scopeLogs: [
        {
          scope: { name: 'com.anthropic.claude_code.events', version: '2.1.329' },
          logRecords: [
            ...requests.slice(0, 1).map(({ at }) => userPrompt(at)),
            ...requests.map((one) => apiRequest({ ...(employee === undefined ? {} : { employee }), ...one })),
          ],
        },
      ],
    },
  ],
})

export const METRICS = {
  resourceMetrics: [
    {
      resource: { attributes: [text('service.name', 'claude-code')] },
      scopeMetrics: [
        {
          scope: { name: 'com.anthropic.claude_code', version: '2.1.329' },
          metrics: [
            {
              name: 'claude_code.cost.usage',
              unit: 'USD',
              sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ asDouble: 0.0266 }] },
            },
          ],
        },
      ],
    },
  ],
}
