import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Ask, MeteredRoute } from '../door.ts'
import { isNoAsk, USEFUL_OUTPUT } from '../fields.ts'
import { readJson, type JsonBody } from '../relay/body.ts'
import { batchEmbedContents, embedContent } from './embed.ts'
import { generateContent } from './generate.ts'
import { DEAREST_IMAGE } from './parts.ts'
import { placeOf, readQuery } from './place.ts'

const MODEL = 'gemini-3.1-pro-preview'
const place = { upstreamPath: `/v1beta/models/${MODEL}:generateContent`, model: MODEL }

function bodyOf(text: string | object): JsonBody {
  const body = readJson(
    Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)),
    generateContent.guarded,
  )
  assert.equal(body.kind, 'json')
  return body as JsonBody
}
const asked = (value: string | object, route: MeteredRoute = generateContent) =>
  route.ask(bodyOf(value), place, [])
function ask(value: string | object): Ask {
  const read = asked(value)
  assert.ok(!isNoAsk(read), isNoAsk(read) ? read.message : '')
  return read
}
const rewritten = (text: string, cap: number | null): string =>
  Buffer.concat(generateContent.rewrite(bodyOf(text), ask(text), cap)).toString()

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]
const withPart = (part: object) => ({ contents: [{ role: 'user', parts: [part] }] })
const codeOf = (value: string | object, route?: MeteredRoute): string => {
  const read = asked(value, route)
  return isNoAsk(read) ? read.code : 'open'
}

test('a path names its model in one spelling and one place only', () => {
  const at = placeOf('generateContent')
  assert.deepEqual(at(`/v1beta/models/${MODEL}:generateContent`, ''), place)
  assert.equal(at(`/v1/models/${MODEL}:generateContent`, '')?.model, MODEL)
  for (const path of [
    `/v1beta/models/${MODEL}:generateContent/`,
    `/v1beta/models/${MODEL}%3AgenerateContent`,
    `/v1beta/models/a/b:generateContent`,
    `/v1beta/models/..:generateContent`,
    `/v1beta/models/a:b:generateContent`,
    `/v1beta/models/${MODEL}:GenerateContent`,
    `/v1beta/tunedModels/${MODEL}:generateContent`,
    `/v1alpha/models/${MODEL}:generateContent`,
    `//v1beta/models/${MODEL}:generateContent`,
  ])
    assert.equal(at(path, ''), null, path)
})

test('a key in the query is taken out, however it is written, and the rest stays as it was', () => {
  assert.deepEqual(readQuery('?key=pq_a&alt=sse'), { text: '?alt=sse', key: 'pq_a', closed: null })
  assert.deepEqual(readQuery('?alt=sse&k%65y=pq%5Fa'), { text: '?alt=sse', key: 'pq_a', closed: null })
  assert.deepEqual(readQuery('?key=other&key=pq_a'), { text: '', key: 'pq_a', closed: null })
  assert.equal(readQuery('?pretty%50rint=a+b&x').text, '?pretty%50rint=a+b&x')
  assert.deepEqual(readQuery(''), { text: '', key: null, closed: null })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('key', 'alt', 'x', 'k%65y'), fc.webQueryParameters())),
      (items) => {
        const { text } = readQuery(
          `?${items.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`,
        )
        assert.equal(new URLSearchParams(text).has('key'), false)
      },
    ),
  )
})

test('a query that hides the usage, names credentials or changes the call is closed', () => {
  for (const query of [
    '?fields=candidates',
    '?%66ields=candidates',
    '?$fields=candidates',
    '?$httpHeaders=x-goog-fieldmask:candidates',
    '?access_token=t',
    '?callback=f',
    '?alt=media',
    '?alt=proto',
    '?alt=sse&alt=json',
    '?$alt=json',
  ])
    assert.notEqual(readQuery(query).closed, null, query)
  for (const query of ['?alt=sse', '?alt=json', '?prettyPrint=false', '?quotaUser=a'])
    assert.equal(readQuery(query).closed, null, query)
})

test('one body has one meaning: nothing twice at any depth, in one spelling or in both, or in another case', () => {
  const rest = '"contents":[{"parts":[{"text":"hi"}]}]'
  for (const text of [
    `{${rest},"generationConfig":{},"generation_config":{"maxOutputTokens":9}}`,
    `{${rest},"generationConfig":{"maxOutputTokens":9,"max_output_tokens":9999}}`,
    `{${rest},"generationConfig":{"maxOutputTokens":9,"maxOutputTokens":9999}}`,
    `{${rest},"generationConfig":{"maxOutputTokens":9,"max\\u004futputTokens":9999}}`,
    `{${rest},"generationConfig":{"thinkingConfig":{"thinkingBudget":1,"thinking_budget":2}}}`,
    `{${rest},"generationConfig":{"maxoutputtokens":9999}}`,
    `{${rest},"GenerationConfig":{}}`,
    `{${rest},"cached_content":null,"cachedContent":"a"}`,
    '{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"},"inline_data":{}}]}]}',
    '{"contents":[{"parts":[{"text":"a","text":"b"}]}]}',
    '{"contents":[],"contents":[]}',
    `{${rest},"tools":[{"functionDeclarations":[],"function_declarations":[]}]}`,
    `{${rest},"tools":[{"googleSearch":null,"googleSearch":{}}]}`,
    `{${rest},"x":${'['.repeat(300)}${']'.repeat(300)}}`,
  ]) {
    const body = readJson(Buffer.from(text), generateContent.guarded)
    if (body.kind === 'bad') continue
    const read = generateContent.ask(body, place, [])
    assert.ok(isNoAsk(read) && read.code === 'invalid', text)
  }
  // The names that a schema or a function's arguments use are their own.
  assert.equal(
    codeOf({
      contents: [{ parts: [{ functionCall: { name: 'f', args: { user_id: 1, userId: 2, Text: 3 } } }] }],
    }),
    'open',
  )
})

test('a body that names another model than its path is refused', () => {
  assert.equal(codeOf({ contents, model: 'models/gemini-3.5-flash' }), 'invalid')
  assert.equal(codeOf({ contents, model: MODEL }), 'open')
  assert.equal(codeOf({ contents, model: `models/${MODEL}` }), 'open')
  assert.equal(
    codeOf({ requests: [{ model: 'models/other', content: contents[0] }] }, batchEmbedContents),
    'invalid',
  )
})

test('what the price book cannot price is closed, never passed on unmetered', () => {
  for (const more of [
    { tools: [{ googleSearch: {} }] },
    { tools: [{ google_search: {} }] },
    { tools: { urlContext: {} } },
    { tools: [{ functionDeclarations: [] }, { codeExecution: {} }] },
    { tools: [{ functionDeclarations: [{ name: 'f' }], fileSearch: {} }] },
    { tools: [{ googleMaps: {} }] },
    { tools: [{ computerUse: { environment: 'ENVIRONMENT_BROWSER' } }] },
    { tools: [{ aToolOfTomorrow: {} }] },
    { cachedContent: 'cachedContents/a' },
    { cached_content: 'cachedContents/a' },
    { serviceTier: 'priority' },
    { service_tier: 'flex' },
    { serviceTier: 3 },
    { generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } },
    { generation_config: { response_modalities: 'AUDIO' } },
    { generationConfig: { speechConfig: { voiceConfig: {} } } },
    { generationConfig: { imageConfig: { aspectRatio: '1:1' } } },
    { generationConfig: { routingConfig: { autoMode: {} } } },
    { generationConfig: { responseFormat: [{ audio: {} }] } },
  ])
    assert.equal(codeOf({ contents, ...more }), 'route_closed', JSON.stringify(more))
  for (const part of [
    { inlineData: { mimeType: 'image/png', data: 'aa' } },
    { file_data: { file_uri: 'https://a' } },
    { aPartOfTomorrow: {} },
  ])
    assert.equal(codeOf({ content: { parts: [part] } }, embedContent), 'route_closed')
})

test('what agents send every day stays open', () => {
  for (const more of [
    {},
    { tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT' } }] }], toolConfig: {} },
    { tools: [], cachedContent: null, serviceTier: 'standard', safetySettings: [], labels: {} },
    { serviceTier: 'SERVICE_TIER_STANDARD', store: false },
    { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
    { generationConfig: null },
    {
      generationConfig: {
        temperature: 1,
        topP: 0.95,
        topK: 64,
        responseModalities: ['TEXT'],
        thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' },
      },
    },
  ])
    assert.equal(codeOf({ contents, ...more }), 'open', JSON.stringify(more))
})

test('a limit that is no whole number above 0 is refused, whatever Google would make of it', () => {
  for (const limit of ['10', -1, 1.5, true, [5], {}, 0]) {
    assert.equal(codeOf({ contents, generationConfig: { maxOutputTokens: limit } }), 'invalid', String(limit))
    assert.equal(codeOf({ contents, generation_config: { max_output_tokens: limit } }), 'invalid')
    assert.equal(codeOf({ contents, generationConfig: { candidateCount: limit } }), 'invalid')
  }
  assert.equal(codeOf({ contents, generationConfig: { candidateCount: 9 } }), 'invalid')
  assert.equal(codeOf({ contents, generationConfig: [] }), 'invalid')
})

test('the limit, the copies and the budget of thoughts are read in both spellings', () => {
  const camel = { maxOutputTokens: 5_000, candidateCount: 2, thinkingConfig: { thinkingBudget: 300 } }
  const snake = { max_output_tokens: 5_000, candidate_count: 2, thinking_config: { thinking_budget: 300 } }
  const output = { asked: 5_000, floor: USEFUL_OUTPUT + 300, copies: 2 }
  assert.deepEqual(ask({ contents, generationConfig: camel }).output, output)
  assert.deepEqual(ask({ contents, generation_config: snake }).output, output)
  const dynamic = { thinkingConfig: { thinkingBudget: -1 } }
  assert.equal(ask({ contents, generationConfig: dynamic }).output?.floor, USEFUL_OUTPUT)
})

test('a limit is written into the client’s own configuration, and not one other byte changes', () => {
  const before = '{ "seed": 1.0e400,\n "generationConfig" : { "temperature":0.10, '
  const after = ' "stopSequences":["}\\"maxOutputTokens\\":9"] }, "contents":[]}\r\n'
  assert.equal(
    rewritten(`${before}"maxOutputTokens" : 9000 ,${after}`, 77),
    `${before}"maxOutputTokens" : 77 ,${after}`,
  )
  assert.equal(
    rewritten('{"generation_config":{"max_output_tokens":9000},"contents":[]}', 77),
    '{"generation_config":{"max_output_tokens":77},"contents":[]}',
  )
  assert.equal(
    rewritten('{"generation_config": { } ,"contents":[]}', 77),
    '{"generation_config": {"maxOutputTokens":77 } ,"contents":[]}',
  )
  assert.equal(
    rewritten('{"contents":[],"generationConfig":null}', 77),
    '{"contents":[],"generationConfig":{"maxOutputTokens":77}}',
  )
  assert.equal(rewritten('{"contents":[]}', 77), '{"generationConfig":{"maxOutputTokens":77},"contents":[]}')
  assert.equal(rewritten('{"contents":[ ]}', null), '{"contents":[ ]}')
})

test('after the edit both spellings of any configuration say the limit, and nothing else', () => {
  const config = fc.dictionary(
    fc.constantFrom('temperature', 'topP', 'stopSequences', 'ä', 'responseJsonSchema', '"'),
    fc.jsonValue({ maxDepth: 2 }),
  )
  fc.assert(
    fc.property(
      config,
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 9_000 })),
      fc.nat(9_000),
      (rest, snake, own, cap) => {
        const [outer, inner] = snake
          ? ['generation_config', 'max_output_tokens']
          : ['generationConfig', 'maxOutputTokens']
        const value = { contents, [outer]: own === null ? rest : { ...rest, [inner]: own }, tail: [1] }
        const sent: unknown = JSON.parse(rewritten(JSON.stringify(value), cap))
        const wrote = own === null ? 'maxOutputTokens' : inner
        assert.deepEqual(sent, JSON.parse(JSON.stringify({ ...value, [outer]: { ...rest, [wrote]: cap } })))
      },
    ),
  )
})

test('the bound of the input is never below the bytes of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(4), (text, more) => {
      const many = Array.from({ length: more + 1 }, () => ({ role: 'user', parts: [{ text }] }))
      const { input } = ask({ contents: many, systemInstruction: { parts: [{ text }] } })
      assert.ok(input.tokens >= Buffer.byteLength(text) * (more + 2))
      assert.equal(input.window, false)
    }),
  )
})

test('a picture counts at its dearest, and its own base64 is no text', () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(74_992)])
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(74_996)])
  const webp = Buffer.concat([Buffer.from('RIFF\0\x10\0\0WEBPVP8 '), Buffer.alloc(74_984)])
  const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic'), Buffer.alloc(74_988)])
  const data = webp.toString('base64')
  for (const part of [
    { inlineData: { mimeType: 'image/png', data: png.toString('base64') } },
    { inline_data: { mime_type: 'IMAGE/JPEG', data: jpeg.toString('base64url') } },
    { inlineData: { mimeType: 'image/heic', data: heic.toString('base64') } },
    {
      functionResponse: {
        name: 'f',
        response: {},
        parts: [{ inlineData: { mimeType: 'image/webp', data } }],
      },
    },
  ]) {
    const { input } = ask(withPart(part))
    assert.deepEqual([input.images, input.data, input.window, input.audio], [1, 100_000, false, false])
    assert.ok(input.tokens > DEAREST_IMAGE && input.tokens < DEAREST_IMAGE + 2_000)
  }
})

test('what only looks like a picture is text: it is counted by its bytes', () => {
  const data = 'word '.repeat(20_000)
  const lookalike = { inlineData: { mimeType: 'image/png', data } }
  for (const part of [
    { functionResponse: { name: 'f', response: lookalike } },
    { functionCall: { name: 'f', args: lookalike } },
    { inlineData: { mimeType: 'text/plain', data: Buffer.from(data).toString('base64') } },
  ]) {
    const { input } = ask(withPart(part))
    assert.deepEqual([input.images, input.data, input.window], [0, 0, false])
    assert.ok(input.tokens >= data.length)
  }
})

/** The head of a WAV of 16-bit samples, then so many seconds of them. */
type Samples = { format?: number; channels?: number; rate?: number; bits?: number; align?: number }
function wav(seconds: number, more: Samples = {}): string {
  const { format = 1, channels = 1, rate = 8_000, bits = 16 } = more
  const align = more.align ?? (channels * bits) >> 3
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(format, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE((rate * channels * bits) / 8, 28)
  head.writeUInt16LE(align, 32)
  head.writeUInt16LE(bits, 34)
  return Buffer.concat([head, Buffer.alloc((seconds * rate * channels * bits) / 8)]).toString('base64')
}

test('a recording of plain samples is bounded by its length, at twice what Google counts', () => {
  const bound = (data: string, mimeType = 'audio/wav') =>
    ask(withPart({ inlineData: { mimeType, data } })).input
  const silent = bound(wav(0))
  for (const more of [{}, { channels: 2, rate: 44_100 }, { format: 3, bits: 32, rate: 48_000 }]) {
    const { tokens, window, audio } = bound(wav(30, more))
    assert.deepEqual([window, audio], [false, true])
    assert.ok(tokens - silent.tokens >= 30 * 32, JSON.stringify(more))
    assert.ok(tokens < 30 * 64 * 2)
  }
  for (const odd of [
    { format: 2 },
    { format: 0xfffe },
    { rate: 0 },
    { channels: 0 },
    { bits: 4 },
    { align: 0 },
  ])
    assert.equal(bound(wav(0, odd)).window, true, JSON.stringify(odd))
  assert.equal(bound(wav(30), 'audio/mp3').window, true)
  assert.equal(bound(wav(30).slice(0, 40)).window, true)
})

test('what lies outside the body, and what no byte bounds, is bounded by the context window', () => {
  const cases: [object, boolean][] = [
    [{ fileData: { fileUri: 'https://example.com/a' } }, true],
    [{ file_data: { file_uri: 'gs://a' } }, true],
    [{ inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }, true],
    [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' } }, true],
    [{ inlineData: { mimeType: 'application/pdf', data: 'AAAA' } }, false],
    [{ inlineData: { data: 'AAAA' } }, true],
    [
      { inlineData: { mimeType: 'image/png', data: Buffer.from('RIFF\0\0\0\0WAVE').toString('base64') } },
      true,
    ],
    [
      { inlineData: { mimeType: 'image/heic', data: Buffer.from('\0\0\0\x18ftypmp42').toString('base64') } },
      true,
    ],
    [
      { functionResponse: { name: 'f', parts: [{ inlineData: { mimeType: 'audio/ogg', data: 'A' } }] } },
      true,
    ],
    [{ aPartOfTomorrow: {} }, true],
  ]
  for (const [part, audio] of cases) {
    const { input } = ask(withPart(part))
    assert.deepEqual([input.window, input.audio], [true, audio], JSON.stringify(part))
  }
  assert.equal(ask({ contents, continuationToken: 't' }).input.window, true)
  assert.equal(ask({ contents: { parts: { fileData: { fileUri: 'a' } } } }).input.window, true)
})
