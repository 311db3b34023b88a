import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, MediaModality } from '@google/genai'
import { cost } from '#prices/cost.ts'
import type { TokenCounts } from '#prices/types.ts'
import { eventually } from '../support/eventually.ts'
import { testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const PRO = 'gemini-3.1-pro-preview'
const LITE = 'gemini-3.5-flash-lite'
const EMBEDDING = 'gemini-embedding-001'
const DOLLAR = 1_000_000_000n

const WEATHER = {
  name: 'weather',
  parametersJsonSchema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
    required: ['city', 'days'],
  },
}

type Usage = {
  promptTokenCount?: number
  cachedContentTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  toolUsePromptTokenCount?: number
}

/** Written anew from Google's definitions: the prompt includes the cache, candidates exclude thoughts. */
const ofGemini = (usage: Usage | undefined): TokenCounts => {
  assert.ok(usage)
  const cacheRead = usage.cachedContentTokenCount ?? 0
  return {
    input: (usage.promptTokenCount ?? 0) - cacheRead + (usage.toolUsePromptTokenCount ?? 0),
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  }
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

describe('the official Gemini SDK, changed only in base URL and key', () => {
  let at: TestGateway
  let who: Employee
  before(async () => {
    at = await testGateway()
    who = await at.employee(1_000n * DOLLAR)
  })
  after(() => at.close())

  /** The last call of the wallet, after checking that it cost exactly what its reported usage costs. */
  async function charged(model: string, tokens: TokenCounts): Promise<UsageRow> {
    const row = (await at.usage(who.wallet)).at(-1)
    const price = at.prices.resolve('google', model, at.world.now())
    assert.ok(row && price)
    const expected = cost(price, tokens).nano
    assert.ok(expected > 0n)
    assert.equal(row.cost, expected)
    assert.equal(row.charged, expected)
    assert.equal(row.absorbed, 0n)
    assert.equal(row.status, 'ok')
    assert.equal(row.estimated, false)
    assert.ok(row.held >= expected)
    assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    return row
  }

  test('a reply is settled to the nano-dollar before it arrives, thoughts included, and its head says so', async () => {
    const reply = await who.gemini.models.generateContent({ model: PRO, contents: 'Hello, who are you?' })
    assert.ok(reply.text)
    assert.ok((reply.usageMetadata?.thoughtsTokenCount ?? 0) > 0)
    const row = await charged(PRO, ofGemini(reply.usageMetadata))
    assert.ok(row.reasoning > 0n && row.reasoning < row.output)
    assert.equal(row.provider_id, reply.responseId)
    const head = reply.sdkHttpResponse?.headers
    assert.equal(head?.['x-perq-call'], row.id)
    assert.equal(head?.['x-perq-cost-nano-usd'], String(row.cost))
    assert.deepEqual(
      [row.door, row.route, row.model, row.upstream, row.purpose],
      ['gemini', 'generateContent', PRO, 'demo gemini', 'work'],
    )
  })

  test('a stream of events is settled before its end arrives', async () => {
    const stream = await who.gemini.models.generateContentStream({
      model: LITE,
      contents: 'reply with 300 tokens',
    })
    let text = ''
    let usage: Usage | undefined
    for await (const chunk of stream) {
      text += chunk.text ?? ''
      usage = chunk.usageMetadata ?? usage
      if (chunk.candidates?.[0]?.finishReason) await charged(LITE, ofGemini(usage))
    }
    assert.equal(text.split(' ').length, 300)
    const row = await charged(LITE, ofGemini(usage))
    assert.deepEqual([row.output, row.route], [300n, 'streamGenerateContent'])
  })

  test('several candidates are all paid, plain and streamed', async () => {
    const ask = {
      model: LITE,
      contents: 'reply with 40 tokens',
      config: { candidateCount: 3, maxOutputTokens: 50 },
    }
    const reply = await who.gemini.models.generateContent(ask)
    assert.equal(reply.candidates?.length, 3)
    assert.equal(reply.usageMetadata?.candidatesTokenCount, 120)
    await charged(LITE, ofGemini(reply.usageMetadata))
    const chunks = await all(await who.gemini.models.generateContentStream(ask))
    assert.equal((await charged(LITE, ofGemini(chunks.at(-1)?.usageMetadata))).output, 120n)
  })

  test('a repeated long prompt is charged at the cached rate', async () => {
    const contents = `${'A long and steady preface. '.repeat(400)} Summarise.`
    await who.gemini.models.generateContent({ model: PRO, contents })
    const again = await who.gemini.models.generateContent({ model: PRO, contents })
    const row = await charged(PRO, ofGemini(again.usageMetadata))
    assert.ok(row.cache_read >= 1_024n)
  })

  test('a loop of tool calls works plain and streamed', async () => {
    const config = { tools: [{ functionDeclarations: [WEATHER] }] }
    const question = { role: 'user', parts: [{ text: 'Use the weather tool.' }] }
    const plain = await who.gemini.models.generateContent({ model: PRO, contents: [question], config })
    await charged(PRO, ofGemini(plain.usageMetadata))
    const chunks = await all(
      await who.gemini.models.generateContentStream({ model: PRO, contents: [question], config }),
    )
    await charged(PRO, ofGemini(chunks.at(-1)?.usageMetadata))
    const streamed = chunks.find((chunk) => chunk.functionCalls)
    for (const reply of [plain, streamed!]) {
      const call = reply.functionCalls?.[0]
      assert.ok(call?.name)
      assert.deepEqual([call.name, call.args], ['weather', { city: 'example', days: 2 }])
      const answer = { name: call.name, response: { output: '21 degrees' } }
      const then = await who.gemini.models.generateContent({
        model: PRO,
        config,
        contents: [
          question,
          reply.candidates![0]!.content!,
          { role: 'user', parts: [{ functionResponse: answer }] },
        ],
      })
      assert.ok(then.text && !then.functionCalls)
      await charged(PRO, ofGemini(then.usageMetadata))
    }
    const forced = await who.gemini.models.generateContent({
      model: LITE,
      contents: 'Hello.',
      config: { ...config, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } },
    })
    assert.equal(forced.functionCalls?.[0]?.name, 'weather')
  })

  test('a chat of several turns works', async () => {
    const chat = who.gemini.chats.create({ model: PRO, config: { systemInstruction: 'Be brief.' } })
    const first = await chat.sendMessage({ message: 'Tell me something.' })
    await charged(PRO, ofGemini(first.usageMetadata))
    const second = await all(await chat.sendMessageStream({ message: 'And then?' }))
    const [before, after] = [first.usageMetadata, second.at(-1)?.usageMetadata]
    await charged(PRO, ofGemini(after))
    assert.ok((after?.promptTokenCount ?? 0) > (before?.promptTokenCount ?? 0))
  })

  test('a router call gets the JSON of its schema', async () => {
    const reply = await who.gemini.models.generateContent({
      model: LITE,
      contents: 'Which model should answer this?',
      config: {
        responseMimeType: 'application/json',
        responseJsonSchema: {
          type: 'object',
          properties: {
            complexity_reasoning: { type: 'string' },
            complexity_score: { type: 'integer', minimum: 1, maximum: 100 },
          },
          required: ['complexity_reasoning', 'complexity_score'],
        },
      },
    })
    const answer = JSON.parse(reply.text ?? '') as Record<string, unknown>
    assert.equal(typeof answer['complexity_reasoning'], 'string')
    assert.equal(typeof answer['complexity_score'], 'number')
    await charged(LITE, ofGemini(reply.usageMetadata))
  })

  test('sound costs what the book says of sound, and its hold covers it', async () => {
    const model = 'gemini-2.5-flash'
    const data = Buffer.alloc(60_000, 7).toString('base64')
    const reply = await who.gemini.models.generateContent({
      model,
      contents: [{ text: 'What is said here?' }, { inlineData: { mimeType: 'audio/wav', data } }],
    })
    const details = reply.usageMetadata?.promptTokensDetails ?? []
    const sound = details.find(({ modality }) => modality === MediaModality.AUDIO)?.tokenCount ?? 0
    assert.ok(sound > 100)
    const text = ofGemini(reply.usageMetadata)
    const row = await charged(model, { ...text, input: text.input - sound, audioInput: sound })
    const price = at.prices.resolve('google', model, at.world.now())!
    assert.ok(price.rates.audioInput && price.rates.audioInput > price.rates.input)
    // Only the window bounds a recording, and all of the window may be sound.
    assert.ok(row.held >= (price.rates.audioInput * BigInt(price.contextWindow!)) / 1_000n)
    const poor = await at.employee(DOLLAR / 2n)
    const refused = await counted(() =>
      poor.gemini.models.generateContent({
        model,
        contents: { inlineData: { mimeType: 'audio/wav', data } },
      }),
    )
    assert.deepEqual([refused.came, refused.went], [1, 0])
  })

  test('embeddings cost their input, one and many', async () => {
    const one = await who.gemini.models.embedContent({ model: EMBEDDING, contents: 'one text' })
    assert.equal(one.embeddings?.length, 1)
    const row = await charged(EMBEDDING, ofGemini(one.usageMetadata))
    assert.deepEqual([row.door, row.output], ['gemini', 0n])
    const many = await who.gemini.models.embedContent({
      model: EMBEDDING,
      contents: ['one text', 'another one', 'a third'],
      config: { outputDimensionality: 256 },
    })
    assert.deepEqual(
      many.embeddings?.map(({ values }) => values?.length),
      [256, 256, 256],
    )
    await charged(EMBEDDING, ofGemini(many.usageMetadata))
    const single = await fetch(`${at.url}/gemini/v1beta/models/${EMBEDDING}:embedContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': who.key },
      body: JSON.stringify({ content: { parts: [{ text: 'one text' }] } }),
    })
    const body = (await single.json()) as { embedding: { values: number[] }; usageMetadata: Usage }
    assert.equal(body.embedding.values.length, 3_072)
    assert.equal((await charged(EMBEDDING, ofGemini(body.usageMetadata))).route, 'embedContent')
  })

  test('counting tokens is free, and the models are those the key may use', async () => {
    const before = (await at.usage(who.wallet)).length
    const counted = await who.gemini.models.countTokens({ model: PRO, contents: 'hi' })
    assert.ok((counted.totalTokens ?? 0) > 0)
    const pages = await who.gemini.models.list({ config: { pageSize: 3 } })
    const names = (await all(pages)).map(({ name }) => name)
    assert.ok(names.includes(`models/${PRO}`) && names.length > 3)
    assert.equal(new Set(names).size, names.length)
    const one = await who.gemini.models.get({ model: PRO })
    assert.deepEqual([one.name, one.outputTokenLimit], [`models/${PRO}`, 65_536])
    const narrow = await at.employee(DOLLAR, { models: [LITE] })
    const own = (await all(await narrow.gemini.models.list())).map(({ name }) => name)
    assert.deepEqual(own, [`models/${LITE}`])
    assert.equal((await at.usage(who.wallet)).length, before)
  })

  /** Runs `work` and tells how many requests came in and went on meanwhile. */
  async function counted(
    work: () => Promise<unknown>,
  ): Promise<{ came: number; went: number; error: unknown }> {
    const [came, went] = [at.requests(), at.upstreamRequests()]
    const error: unknown = await work().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    return { came: at.requests() - came, went: at.upstreamRequests() - went, error }
  }

  /** The error that Perq answered with, from the SDK's text. */
  const saidIn = (error: unknown) => {
    assert.ok(error instanceof ApiError)
    type Said = { code: number; message: string; status: string; details: Record<string, unknown>[] }
    return { status: error.status, ...(JSON.parse(error.message) as { error: Said }) }
  }

  test('a refusal is one request with the status and the reason that Google would use, and nothing goes on', async () => {
    const empty = await at.employee(0n)
    const broke = await counted(() => empty.gemini.models.generateContent({ model: PRO, contents: 'hi' }))
    assert.deepEqual([broke.came, broke.went], [1, 0])
    const budget = saidIn(broke.error)
    assert.deepEqual(
      [budget.status, budget.error.code, budget.error.status],
      [400, 400, 'FAILED_PRECONDITION'],
    )
    assert.match(budget.error.message, /^Perq: /)
    assert.equal(budget.error.details[0]!['reason'], 'PERQ_BUDGET_EXHAUSTED')

    const stream = await counted(() =>
      empty.gemini.models.generateContentStream({ model: PRO, contents: 'hi' }),
    )
    assert.deepEqual([stream.came, stream.went], [1, 0])

    const unknown = await counted(() =>
      who.gemini.models.generateContent({ model: 'gemini-0', contents: 'hi' }),
    )
    assert.deepEqual([unknown.came, unknown.went], [1, 0])
    assert.equal(saidIn(unknown.error).error.details[0]!['reason'], 'PERQ_UNKNOWN_MODEL')

    const invalid = await counted(() =>
      who.gemini.models.generateContent({ model: PRO, contents: 'hi', config: { candidateCount: 99 } }),
    )
    assert.equal(saidIn(invalid.error).error.status, 'INVALID_ARGUMENT')

    const stranger = new GoogleGenAI({
      apiKey: 'pq_test_nobody',
      httpOptions: { baseUrl: `${at.url}/gemini` },
    })
    const key = await counted(() => stranger.models.generateContent({ model: PRO, contents: 'hi' }))
    assert.deepEqual([key.came, key.went], [1, 0])
    assert.deepEqual([saidIn(key.error).status, saidIn(key.error).error.status], [401, 'UNAUTHENTICATED'])
    await assert.rejects(who.gemini.models.get({ model: 'gemini-0' }), (error: unknown) => {
      assert.equal(saidIn(error).error.status, 'NOT_FOUND')
      return true
    })
  })

  test('every other part of the protocol is closed, because it could not be metered', async () => {
    const { gemini } = who
    const closed: (() => Promise<unknown>)[] = [
      () => gemini.caches.create({ model: PRO, config: { contents: 'hi' } }),
      () => gemini.batches.create({ model: PRO, src: [{ contents: [{ parts: [{ text: 'hi' }] }] }] }),
      () => gemini.files.list(),
      () =>
        gemini.models.generateContent({
          model: PRO,
          contents: 'hi',
          config: { tools: [{ googleSearch: {} }] },
        }),
      () =>
        gemini.models.generateContent({
          model: PRO,
          contents: 'hi',
          config: { cachedContent: 'cachedContents/a' },
        }),
      () =>
        gemini.models.generateContent({
          model: PRO,
          contents: 'hi',
          config: { responseModalities: ['IMAGE'] },
        }),
    ]
    for (const [n, work] of closed.entries()) {
      const { came, went, error } = await counted(work)
      assert.deepEqual([came, went], [1, 0], `${n}`)
      const said = saidIn(error)
      assert.deepEqual([said.status, said.error.status], [400, 'FAILED_PRECONDITION'])
      assert.match(said.error.message, /could not meter it|could not be metered/)
    }
    for (const path of [
      '/upload/v1beta/files',
      '/v1beta/interactions',
      '/v1alpha/models/x:generateContent',
      '/v1beta/tunedModels/x:generateContent',
      `/v1beta/models/${PRO}%3AgenerateContent`,
      `/v1beta/models/${PRO}:predict`,
      '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
    ]) {
      const reply = await fetch(`${at.url}/gemini${path}`, {
        method: 'POST',
        headers: { 'x-goog-api-key': who.key },
        body: '{}',
      })
      assert.equal(reply.status, 400, path)
      assert.equal(reply.headers.get('x-perq-reason'), 'route_closed', path)
    }
  })

  test('a stream that its client leaves is paid in full', async () => {
    const slow = await testGateway({ pace: 2 })
    try {
      const leaver = await slow.employee(10n * DOLLAR)
      const abort = new AbortController()
      const stream = await leaver.gemini.models.generateContentStream({
        model: LITE,
        contents: 'reply with 150 tokens',
        config: { abortSignal: abort.signal },
      })
      await assert.rejects(async () => {
        for await (const _ of stream) abort.abort()
      })
      await eventually(async () => assert.equal((await slow.usage(leaver.wallet)).length, 1))
      const row = (await slow.usage(leaver.wallet))[0]!
      assert.deepEqual([row.status, row.output, row.estimated], ['cancelled', 150n, false])
      assert.ok(row.charged > 0n && row.absorbed === 0n)
    } finally {
      await slow.close()
    }
  })
})
