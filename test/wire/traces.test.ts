import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { openTracing } from '#gateway/trace.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const PROMPT = 'a prompt that nobody may see'

test('without a registered tracer nothing is traced, and the library is not asked', async () => {
  assert.equal(await openTracing(), null)
})

describe('calls as spans, with a real tracer', () => {
  const exporter = new InMemorySpanExporter()
  const seen: (string | undefined)[] = []
  let at: TestGateway
  let upstream: { url: string; close(): Promise<void> }
  before(async () => {
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    upstream = await serve((req, res) => {
      seen.push(req.headers['traceparent'] as string | undefined)
      req.resume().on('end', () => {
        const usage = {
          prompt_tokens: 12,
          completion_tokens: 5,
          total_tokens: 17,
          prompt_tokens_details: { cached_tokens: 4 },
        }
        const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
        res.setHeader('content-type', 'application/json')
        res.end(
          JSON.stringify({ id: 'chatcmpl-7', object: 'chat.completion', model: 'gpt-5.2', choices, usage }),
        )
      })
    })
    at = await testGateway({ tracing: await openTracing(), openaiBase: `${upstream.url}/v1` })
  })
  after(async () => {
    await at.close()
    await upstream.close()
    trace.disable()
  })

  /** The spans of one call, its own first; they are over when the last of them is. */
  const call = async (
    who: Employee,
    headers: Record<string, string>,
    count: number,
  ): Promise<[ReadableSpan, ...ReadableSpan[]]> => {
    exporter.reset()
    const reply = await fetch(`${at.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'gpt-5.2', messages: [{ role: 'user', content: PROMPT }] }),
    })
    await reply.arrayBuffer()
    await eventually(() => assert.equal(exporter.getFinishedSpans().length, count), 30_000)
    const spans = exporter.getFinishedSpans()
    const own = spans.find(({ kind }) => kind === SpanKind.SERVER)!
    assert.ok(
      !JSON.stringify(spans.map(({ name, attributes, events }) => [name, attributes, events])).includes(
        PROMPT,
      ),
    )
    return [own, ...spans.filter((span) => span !== own)]
  }

  test('a call is one span of the trace that its client named, with hold, upstream and settle below it', async () => {
    const who = await at.employee(10n * DOLLAR)
    const [own, ...children] = await call(who, { traceparent: `00-${TRACE}-${PARENT}-01` }, 4)
    assert.equal(own.name, 'chat gpt-5.2')
    assert.deepEqual([own.spanContext().traceId, own.parentSpanContext?.spanId], [TRACE, PARENT])
    assert.deepEqual(children.map(({ name }) => name).toSorted(), ['hold', 'settle', 'upstream'])
    for (const child of children) assert.equal(child.parentSpanContext?.spanId, own.spanContext().spanId)
    const sent = children.find(({ name }) => name === 'upstream')!
    assert.equal(
      seen.at(-1),
      `00-${TRACE}-${sent.spanContext().spanId}-01`,
      'the upstream goes on from there',
    )
    assert.equal(sent.attributes['http.response.status_code'], 200)
    const told = own.attributes
    assert.deepEqual(
      [
        told['gen_ai.operation.name'],
        told['gen_ai.provider.name'],
        told['gen_ai.request.model'],
        told['gen_ai.response.id'],
        told['gen_ai.usage.input_tokens'],
        told['gen_ai.usage.cache_read.input_tokens'],
        told['gen_ai.usage.output_tokens'],
      ],
      ['chat', 'openai', 'gpt-5.2', 'chatcmpl-7', 12, 4, 5],
    )
    assert.notEqual(own.status.code, SpanStatusCode.ERROR)
  })

  test('a trace of no known shape is left aside, and a refused call says why', async () => {
    const poor = await at.employee(0n)
    const before = seen.length
    const [own, ...children] = await call(poor, { traceparent: 'walrus' }, 2)
    assert.equal(own.parentSpanContext, undefined)
    assert.deepEqual(
      [own.status.code, own.attributes['error.type']],
      [SpanStatusCode.ERROR, 'budget_exhausted'],
    )
    assert.deepEqual(
      children.map(({ name }) => name),
      ['hold'],
    )
    assert.equal(seen.length, before)
  })
})
