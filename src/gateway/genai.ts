import { SECOND, type Millis } from '#base/time.ts'
import type { CallStatus, Tokens } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import type { Outcome } from './trail/types.ts'
import type { Registry } from './watch.ts'

/** What a route does, and who answers, in the words of OpenTelemetry's conventions for generative AI. */
const OPERATIONS: Readonly<Record<string, string>> = {
  generateContent: 'generate_content',
  streamGenerateContent: 'generate_content',
  embeddings: 'embeddings',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
}
export const operationOf = (route: string): string => OPERATIONS[route] ?? 'chat'
export const providerName = (provider: Price['provider']): string =>
  provider === 'google' ? 'gcp.gemini' : provider

const LABELS = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const
/** The bounds that the conventions name. */
const DURATIONS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]

type Observe = (value: number) => void
type Ends = Map<string, Observe>
type Series = {
  readonly input: Observe
  readonly output: Observe
  readonly first: Observe
  /** By how they ended: '' is well. */
  readonly attempts: Ends
  readonly calls: Ends
  readonly labels: Readonly<Record<string, string>>
}

/** A call as its series are found: by names of ours, never by what a client wrote. */
export type Kind = { readonly route: string; readonly price: Pick<Price, 'model' | 'provider'> }

/** The metrics that the conventions have names for, as a client of the provider and as a server to ours. */
export function openGenAi(registry: Registry) {
  const attempts = registry.histogram(
    'gen_ai_client_operation_duration_seconds',
    'From sending a request to a provider to the end of its reply; each attempt.',
    [...LABELS, 'error_type'],
    DURATIONS,
  )
  const first = registry.histogram(
    'gen_ai_client_operation_time_to_first_chunk_seconds',
    'From sending a request to a provider to the first byte of its reply.',
    LABELS,
    DURATIONS,
  )
  const tokens = registry.histogram(
    'gen_ai_client_token_usage',
    'Tokens of a call as they are charged; those read from and written to a cache are input.',
    [...LABELS, 'gen_ai_token_type'],
    TOKENS,
  )
  const calls = registry.histogram(
    'gen_ai_server_request_duration_seconds',
    'From the beginning of a call here to its settlement.',
    [...LABELS, 'error_type'],
    DURATIONS,
  )

  const known = new Map<string, Map<string, Series>>()
  const fresh = ({ route, price }: Kind): Series => {
    const labels = {
      gen_ai_operation_name: operationOf(route),
      gen_ai_provider_name: providerName(price.provider),
      gen_ai_request_model: price.model,
    }
    const made = {
      input: tokens.of({ ...labels, gen_ai_token_type: 'input' }),
      output: tokens.of({ ...labels, gen_ai_token_type: 'output' }),
      first: first.of(labels),
      attempts: new Map(),
      calls: new Map(),
      labels,
    }
    const models = known.get(route) ?? new Map<string, Series>()
    known.set(route, models.set(price.model, made))
    return made
  }
  const seriesOf = (kind: Kind): Series => known.get(kind.route)?.get(kind.price.model) ?? fresh(kind)

  const endOf = (series: Series, which: 'attempts' | 'calls', error: string): Observe => {
    const there = series[which].get(error)
    if (there) return there
    const made = (which === 'attempts' ? attempts : calls).of({ ...series.labels, error_type: error })
    series[which].set(error, made)
    return made
  }

  return {
    attempted: (kind: Kind, outcome: Outcome, firstByte: Millis | null, total: Millis): void => {
      const series = seriesOf(kind)
      endOf(series, 'attempts', outcome === 'ok' ? '' : outcome)(total / SECOND)
      if (firstByte !== null) series.first(firstByte / SECOND)
    },
    used: (kind: Kind, status: CallStatus, used: Tokens, total: Millis): void => {
      const series = seriesOf(kind)
      const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput = 0, audioCacheRead = 0 } = used
      series.input(input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput + audioCacheRead)
      series.output(used.output)
      endOf(series, 'calls', status === 'ok' ? '' : status)(total / SECOND)
    },
  }
}
