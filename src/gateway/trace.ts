import type { Context, Span, SpanContext } from '@opentelemetry/api'
import type { CallStatus, Tokens } from '#ledger/types.ts'
import type { Price } from '#prices/types.ts'
import { operationOf, providerName } from './genai.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import type { Try } from './relay/relay.ts'

/** Where the library keeps what was registered with it, for every copy of itself in a process. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/**
 * Spans of calls, for whoever registered a tracer before this process began (`NODE_OPTIONS=--import …`); null when nobody
 * did, and then not even the library is loaded. Attributes hold names and counts of ours, no prompt, reply or key.
 */
export async function openTracing() {
  if (!(REGISTERED in globalThis)) return null
  const api = await import('@opentelemetry/api')
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, createTraceState, isSpanContextValid, trace } = api
  const tracer = trace.getTracer('perq')

  /** By W3C's trace context; what is not of that shape begins a trace of its own. */
  const parentIn = (headers: HeaderList): Context => {
    const parts = TRACEPARENT.exec(headerOf(headers, 'traceparent') ?? '')
    if (!parts) return ROOT_CONTEXT
    const [, traceId = '', spanId = '', flags = ''] = parts
    const state = headerOf(headers, 'tracestate')
    const parent: SpanContext = {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) & 1,
      isRemote: true,
      ...(state === null ? {} : { traceState: createTraceState(state) }),
    }
    return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
  }

  const failed = (span: Span, error: string): void => {
    span.setAttribute('error.type', error)
    span.setStatus({ code: SpanStatusCode.ERROR })
  }

  return {
    /** The span of one call at a door, from its arrival on. */
    begin({ id, route, headers }: { id: string; route: string; headers: HeaderList }) {
      const operation = operationOf(route)
      const span = tracer.startSpan(
        operation,
        {
          kind: SpanKind.SERVER,
          attributes: { 'gen_ai.operation.name': operation, 'perq.call.id': id, 'perq.route': route },
        },
        parentIn(headers),
      )
      const inside = trace.setSpan(ROOT_CONTEXT, span)
      return {
        /** Once the price book knows its model: what the client wrote is never kept. */
        of({ model, provider }: Pick<Price, 'model' | 'provider'>): void {
          span.updateName(`${operation} ${model}`)
          span.setAttribute('gen_ai.request.model', model)
          span.setAttribute('gen_ai.provider.name', providerName(provider))
        },
        refused: (code: string): void => failed(span, code),
        used(tokens: Tokens, status: CallStatus, providerId: string | null): void {
          const cached = tokens.cacheRead + (tokens.audioCacheRead ?? 0)
          const written = tokens.cacheWrite5m + tokens.cacheWrite1h
          span.setAttributes({
            'gen_ai.usage.input_tokens': tokens.input + (tokens.audioInput ?? 0) + cached + written,
            'gen_ai.usage.cache_read.input_tokens': cached,
            'gen_ai.usage.cache_creation.input_tokens': written,
            'gen_ai.usage.output_tokens': tokens.output,
            'perq.status': status,
            ...(providerId === null ? {} : { 'gen_ai.response.id': providerId }),
          })
          if (status !== 'ok') failed(span, status)
        },
        /** A child span for as long as the work takes. */
        async step<T>(name: 'hold' | 'settle', work: Promise<T>): Promise<T> {
          const child = tracer.startSpan(name, { kind: SpanKind.INTERNAL }, inside)
          try {
            return await work
          } catch (error) {
            failed(child, error instanceof Error ? error.name : 'error')
            throw error
          } finally {
            child.end()
          }
        },
        /** The same attempt with a child span, whose context goes to the upstream. */
        attempt(upstream: string, n: number, own: Try): Try {
          let child: Span | null = null
          return {
            byte: () => own.byte(),
            begin() {
              const attributes = { 'perq.upstream': upstream, 'perq.attempt': n }
              child = tracer.startSpan('upstream', { kind: SpanKind.CLIENT, attributes }, inside)
              const request = own.begin()
              return { ...request, headers: withParent(request.headers, child.spanContext()) }
            },
            head(status, headers) {
              child?.setAttribute('http.response.status_code', status)
              if (child && status >= 400) failed(child, String(status))
              own.head(status, headers)
            },
            over(end) {
              if (child && end.failure) failed(child, end.failure.kind)
              child?.end()
              own.over(end)
            },
          }
        },
        end: (): void => span.end(),
      }
    },
  }
}

export type Tracing = NonNullable<Awaited<ReturnType<typeof openTracing>>>
export type CallTrace = ReturnType<Tracing['begin']>

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

function withParent(headers: HeaderList, { traceId, spanId, traceFlags }: SpanContext): HeaderList {
  const flags = traceFlags.toString(16).padStart(2, '0')
  const others = headers.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase() !== 'traceparent' ? [name, headers[at + 1]!] : [],
  )
  return [...others, 'traceparent', `00-${traceId}-${spanId}-${flags}`]
}
