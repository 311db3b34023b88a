import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { agentBody, type Kind } from '../../../test/support/bodies.ts'
import { messages } from '../anthropic/messages.ts'
import type { Ask, MeteredRoute, NoAsk } from '../door.ts'
import { refuseBody } from '../door.ts'
import { isNoAsk } from '../fields.ts'
import { generateContent } from '../gemini/generate.ts'
import { chat } from '../openai/chat.ts'
import { responses } from '../openai/responses.ts'
import { readAsk } from '../read.ts'
import { readJson } from './body.ts'
import { compileSkimmer } from './compile/skimmer.ts'

const ROUTES: Record<Kind, MeteredRoute> = { chat, responses, messages, generateContent }
const KINDS = ['chat', 'responses', 'messages', 'generateContent'] as const
const PLACE = { upstreamPath: '', model: 'gemini-3-pro' }

type Outcome = { readonly ask: Ask; readonly sent: string } | NoAsk

/** What the full parse makes of a body: the ask, and what would be sent with a limit written into it. */
function fully(route: MeteredRoute, bytes: Buffer): Outcome {
  const body = readJson(bytes, route.guarded)
  const ask = body.kind === 'bad' ? refuseBody(body) : route.ask(body, PLACE, [])
  if (body.kind === 'bad' || isNoAsk(ask)) return ask as NoAsk
  return { ask, sent: Buffer.concat(route.rewrite(body, ask, 7, 1)).toString('latin1') }
}

function quickly(route: MeteredRoute, bytes: Buffer): Outcome {
  const read = readAsk(route, bytes, PLACE, [])
  return isNoAsk(read)
    ? read
    : { ask: read.ask, sent: Buffer.concat(route.rewrite(read.body, read.ask, 7, 1)).toString('latin1') }
}

/** True when the body was skimmed. */
function agree(route: MeteredRoute, bytes: Buffer): boolean {
  assert.deepEqual(quickly(route, bytes), fully(route, bytes))
  const skimmed = route.skim!(bytes)
  if (!skimmed) return false
  const full = readJson(bytes, route.guarded)
  if (full.kind === 'bad') return assert.fail(full.message)
  assert.equal(skimmed.inside, full.inside)
  assert.equal(skimmed.members.size, full.members.size)
  const names = Object.keys(full.value)
  assert.deepEqual(Object.keys(skimmed.value), names)
  for (const name of names) assert.deepEqual(skimmed.members.get(name), full.members.get(name))
  return true
}

/** Everything that an ask looks for, and what only looks like it. */
const NAMES = [
  ['type', 'role', 'content', 'output', 'text', 'tools', 'functions', 'input', 'id', 'name', 'source'],
  ['image_url', 'url', 'file', 'file_data', 'data', 'media_type', 'cache_control', 'ttl', 'tool'],
  ['tool_changes', 'max_uses', 'allowed_callers', 'encrypted_content', 'arguments', 'function', 'summary'],
  ['parts', 'inlineData', 'inline_data', 'mimeType', 'mime_type', 'functionResponse', 'function_response'],
  ['functionDeclarations', 'functionCall', 'fileData', 'thought', 'response', 'args', 'maxOutputTokens'],
  [
    'Type',
    'TYPE',
    'tYpe',
    'Content',
    'MimeType',
    'K',
    '\u212A',
    'a',
    'b',
    'ä',
    'a"b',
    'x\\',
    'long'.repeat(9),
  ],
  [''],
].flat()
const TOP = [
  ['model', 'messages', 'input', 'instructions', 'system', 'tools', 'functions', 'contents', 'stream'],
  ['systemInstruction', 'system_instruction', 'generationConfig', 'generation_config', 'max_tokens'],
  ['max_completion_tokens', 'max_output_tokens', 'stream_options', 'service_tier', 'metadata', 'thinking'],
  ['betas', 'reasoning', 'cache_control', 'context_management', 'n', 'Model', 'user', 'previous_response_id'],
].flat()
const WORDS = [
  ['text', 'user', 'image_url', 'input_image', 'input_text', 'image', 'document', 'base64', 'tool_result'],
  ['function', 'web_search_20250305', 'web_search', 'reasoning', 'tool_addition', 'tool_definition', 'file'],
  ['function_call_output', 'message', 'input_audio', '1h', '5m', 'ephemeral', 'namespace', 'custom', ''],
  ['image/png', 'audio/wav', 'text/plain', 'application/json', 'default', 'auto', 'gpt-5.2', 'clear_x'],
  ['\u0000', 'a\nb\t"c"\\', 'naïve 漢字 🏳️‍🌈', '\ud800', 'x'.repeat(639), 'x'.repeat(640), 'x'.repeat(641)],
  [`data:image/png;base64,${'iVBORw0KGgo'.repeat(90)}`, 'data:image/png;base64,AA', `é${'y'.repeat(900)}`],
  ['iVBORw0KGgo'.repeat(70), `UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAA${'A'.repeat(2_000)}`],
  [
    'data:text/plain;base64,AAAA',
    'https://example.com/a.png',
    'context-1m-2025',
    `,context-1m,${'z'.repeat(800)}`,
  ],
].flat()

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS).map((word) => JSON.stringify(word)) },
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('0', '-0', '1', '12', '1.5', '-1e5', '1E+9', '1e400', '0.10', '12345678901234567890'),
  fc.constantFrom('true', 'false', 'null'),
  // Nothing of it is JSON.
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '01',
      '+1',
      '1.',
      '.5',
      '1e',
      '-',
      'nul',
      'True',
      '"\t"',
      '"\\x"',
      '"\\u12g4"',
    ),
  },
)

/** Some of the letters of a JSON string, spelled by number, and slashes escaped. */
const respelled = (text: string, every: number): string =>
  text.replaceAll(/[a-zA-Z0-9/]/g, (letter, at: number) =>
    at % every !== 0 ? letter : letter === '/' ? '\\/' : `\\u00${letter.charCodeAt(0).toString(16)}`,
  )

const quoted = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3))
    .map(([name, every]) => (every === 0 ? JSON.stringify(name) : respelled(JSON.stringify(name), every)))

const objectOf = (
  names: readonly string[],
  value: fc.Arbitrary<string>,
  most: number,
): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('', '', '', ' ', '\n  ', '\r\t'), fc.boolean()).chain(([gap, once]) =>
    fc
      .uniqueArray(fc.tuple(quoted(names), value), {
        maxLength: most,
        selector: ([name]) => (once ? name.toLowerCase() : {}),
      })
      .map(
        (all) => `{${gap}${all.map(([name, text]) => `${name}${gap}:${gap}${text}`).join(`,${gap}`)}${gap}}`,
      ),
  )

const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    objectOf(NAMES, tie('node'), 5),
  ),
}))

/** Mostly what a route takes, with other fields before and behind. */
const body = fc
  .tuple(objectOf(TOP, node, 5), node, node)
  .chain(([rest, first, second]) =>
    fc.constantFrom(
      rest,
      `{"model":"gpt-5.2","max_tokens":9,"messages":[${first},{"role":"user","content":${second}}]}`,
      `{"model":"gpt-5.2","input":[{"type":"message","content":[${first}]},${second}],"tools":[]}`,
      `{"tools":[${first},{"type":"function"}],"model":"claude","messages":[],"max_tokens":9,"system":${second}}`,
      `{"contents":[{"parts":[${first},{"inlineData":${second}}]}],"generationConfig":{"maxOutputTokens":9}}`,
      `{"contents":{"parts":${first}},"system_instruction":${second},"tools":[{"functionDeclarations":[{}]}]}`,
    ),
  )

const CHANGES = fc.array(
  fc.record({
    at: fc.nat(),
    bytes: fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '}',
      ',',
      ':',
      ' ',
      '\0',
      'u',
      '\x1f',
      '\xc3',
      '\xff',
      '[',
      '1',
    ),
    drop: fc.constantFrom(0, 1, 1, 4),
  }),
  { maxLength: 3 },
)

function changed(bytes: Buffer, changes: readonly { at: number; bytes: string; drop: number }[]): Buffer {
  let text = bytes.toString('latin1')
  for (const { at, bytes, drop } of changes) {
    const place = at % (text.length + 1)
    text = text.slice(0, place) + bytes + text.slice(place + drop)
  }
  return Buffer.from(text, 'latin1')
}

test('what runs is what its source says', async () => {
  const compiled = readFileSync(new URL('./skim/skimmer.wasm', import.meta.url))
  assert.ok(compiled.equals(await compileSkimmer()), 'run: node src/gateway/relay/compile/skimmer.ts')
})

for (const kind of KINDS)
  test(`${kind}: a body that is skimmed asks, and sends, what it does when all of it is parsed`, () => {
    let skimmed = 0
    const runs = 1_500
    fc.assert(
      fc.property(body, CHANGES, fc.boolean(), (text, changes, change) => {
        const bytes = Buffer.from(text)
        if (agree(ROUTES[kind], change ? changed(bytes, changes) : bytes)) skimmed += 1
      }),
      { numRuns: runs },
    )
    assert.ok(skimmed > runs / 10, `only ${skimmed} of them were skimmed`)
  })

test('no change of a few bytes in a large body makes a difference between both ways', () => {
  const large = KINDS.map((kind) => agentBody(kind, 40_000))
  fc.assert(
    fc.property(fc.nat(3), CHANGES, (n, changes) => {
      agree(ROUTES[KINDS[n]!], changed(large[n]!, changes))
    }),
    { numRuns: 600 },
  )
})

test('a body of an agent is skimmed, of whatever size, with pictures and without', () => {
  for (const kind of KINDS)
    for (const [bytes, pictures] of [
      [700, 0],
      [16_384, 0],
      [126_000, 0],
      [400_000, 3],
    ] as const) {
      const agent = agentBody(kind, bytes, { pictures })
      assert.ok(agree(ROUTES[kind], agent), `${kind} of ${agent.length} bytes`)
      assert.ok(JSON.stringify(ROUTES[kind].skim!(agent)!.value).length < 600 + agent.length / 12)
    }
})

/** With a window's edge at each byte of it in turn. */
const EDGE = 16 * 1024
const DENSE: Record<Kind, string> = {
  chat:
    '"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,' +
    'iVBO'.repeat(200) +
    '"}},{"type":"text","text":"a\\\\\\"b\\u00e4\\n"}]}],"n":1,"stream":false,"model":"gpt-5.2","max_tokens":123456',
  responses:
    '"input":[{"type":"message","content":[{"type":"input_text","text":"\\\\\\\\"}]}, {"type":"function_call","arguments":"{\\"a\\":[1,2]}"}],"model":"gpt-5.2","max_output_tokens":1234567',
  messages:
    '"system":[{"type":"text","text":"ä","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":[{"type":"tool_use","input":{"a":-1.25e+10,"b":[true,false,null],"c\\n":"\\\\"}}]}],"model":"claude","max_tokens":77',
  generateContent:
    '"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"' +
    'iVBO'.repeat(200) +
    '"}},{"text":"\\"\\\\"},{"functionCall":{"args":{"a":1.5}}}]}],"generationConfig":{"maxOutputTokens":12345}',
}

test('wherever a window ends, nothing is lost and nothing is read twice', () => {
  for (const kind of KINDS)
    for (const [name, unit, step] of [
      ['metadata', 'x', 1],
      ['metadata', '\\\\', 7],
      ['functions', 'y', 3],
      ['functions', '\\u00e4', 7],
    ] as const) {
      const dense = DENSE[kind]
      for (let before = EDGE - dense.length - 300; before <= EDGE + 20; before += step) {
        const filler = unit.repeat(Math.ceil(before / unit.length)).slice(0, before - (before % unit.length))
        const bytes = Buffer.from(`{"${name}":"${filler}",${dense}}`)
        assert.ok(agree(ROUTES[kind], bytes), `${kind} behind ${before} bytes`)
      }
    }
})

test('a body that is cut anywhere, or goes on behind its end, is not skimmed', () => {
  for (const kind of KINDS) {
    const { skim } = ROUTES[kind]
    const whole = Buffer.from(`{${DENSE[kind]}}`)
    for (let end = 0; end < whole.length; end += 1) assert.equal(skim!(whole.subarray(0, end)), null)
    for (const more of ['}', ',', '1', '\0', '""'])
      assert.equal(skim!(Buffer.concat([whole, Buffer.from(more)])), null)
    assert.ok(skim!(Buffer.concat([Buffer.from(' \n'), whole, Buffer.from('\r\n\t ')])))
    const large = agentBody(kind, 60_000)
    for (let end = 0; end < large.length; end += 997) assert.equal(skim!(large.subarray(0, end)), null)
  }
})

test('what is odd is left to the full parse: names twice, by other letters, nesting, control characters, bad UTF-8', () => {
  const odd = (inner: string): Buffer => Buffer.from(`{"model":"m","max_tokens":1,"messages":[${inner}]}`)
  for (const inner of [
    '{"role":"user","role":"user"}',
    '{"x":[{"a":1,"b":{"a":1},"a":2}]}',
    '{"x":{"a\\n":1,"a\\n":2}}',
    '{"x":{"\\u0061":1,"a":2}}',
    '{"Content":"a"}',
    '{"typ\\u0065":"a"}',
    '{"\u212A":1}',
    '['.repeat(150) + ']'.repeat(150),
    '"\x01"',
    '"\\a"',
    '"\\u12"',
    `{"x":{${Array.from({ length: 600 }, (_, n) => `"k${n}":1`).join(',')}}}`,
  ])
    assert.equal(messages.skim!(odd(inner)), null, inner.slice(0, 40))
  assert.equal(generateContent.skim!(Buffer.from('{"contents":[{"x":{"mimeType":1,"mime_type":2}}]}')), null)
  for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80]])
    for (const length of [1, 90, 20_000]) {
      const bytes = Buffer.concat([
        Buffer.from(`{"model":"m","max_tokens":1,"messages":"${'x'.repeat(length)}`),
        Buffer.from(bad),
        Buffer.from('y"}'),
      ])
      assert.equal(messages.skim!(bytes), null)
    }
  assert.ok(messages.skim!(odd('{"x":{"a\\n":1,"a\\t":2,"ä":3,"A":4}}')))
})

test('how long a picture is stays exact, however it is spelled, and nobody can claim another length', () => {
  const sizes = [640, 641, 999, 1_000, 1_001, 9_999, 10_000, 100_000]
  const pictures = sizes
    .map((size) => 'iVBORw0KGgo'.padEnd(size, 'A'))
    .concat(
      'iVBORw0KGgo\\u0000999999',
      `iVBORw0KGgo${'A'.repeat(700)}\\u00001`,
      `iVBORw0KGgo${'é'.repeat(900)}`,
      `iVBORw0KGgo${'\\/A'.repeat(500)}`,
      'iVBORw0KGgo\\u123g',
      'iVBORw0KGgo\\u12',
    )
  for (const data of pictures) {
    const url = `data:image/png;base64,${data}`
    agree(
      chat,
      Buffer.from(
        `{"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"${url}"}}]}]}`,
      ),
    )
    agree(
      responses,
      Buffer.from(`{"model":"m","input":[{"content":[{"type":"input_image","image_url":"${url}"}]}]}`),
    )
    const source = `{"type":"base64","media_type":"image/png","data":"${data}"}`
    agree(
      messages,
      Buffer.from(
        `{"model":"m","max_tokens":1,"messages":[{"content":[{"type":"image","source":${source}}]}]}`,
      ),
    )
    const inline = `{"mimeType":"image/png","data":"${data}"}`
    agree(generateContent, Buffer.from(`{"contents":[{"parts":[{"inlineData":${inline}}]}]}`))
  }
})

test('what may be written to a cache is found wherever it stands, and text that only speaks of it is none', () => {
  const asked = (content: string, text = '"hi"'): Ask['caches'] => {
    const bytes = Buffer.from(
      `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":${text}${content}}]}]}`,
    )
    agree(messages, bytes)
    const read = readAsk(messages, bytes, PLACE, [])
    assert.ok(!isNoAsk(read))
    return isNoAsk(read) ? undefined : read.ask.caches
  }
  assert.equal(asked(''), 'nothing')
  assert.equal(asked('', '"\\u001b[1m cache_control \\"1h\\""'), 'nothing')
  assert.equal(asked(',"cache_control":{"type":"ephemeral"}'), '5m')
  assert.equal(asked(',"cache\\u005fcontrol":{"type":"ephemeral"}'), '5m')
  for (const hour of ['1h', '\\u0031h', '1\\u0068', '\\u0031\\u0068'])
    assert.equal(asked(`,"cache_control":{"type":"ephemeral","ttl":"${hour}"}`), undefined)
})

test('the texts of a skimmed body are counted when a wallet is short, as those of a parsed one are', async () => {
  for (const [route, kind] of [
    [chat, 'chat'],
    [responses, 'responses'],
  ] as const) {
    const bytes = agentBody(kind, 9_000)
    const skimmed = route.skim!(bytes)!
    const full = readJson(bytes, route.guarded)
    const ask = route.ask(skimmed, PLACE, [])
    if (full.kind === 'bad' || isNoAsk(ask)) return assert.fail(kind)
    const exact = await route.exact!(skimmed, ask, 'gpt-5.2')
    assert.deepEqual(exact, await route.exact!(full, ask, 'gpt-5.2'))
    assert.ok(exact!.input.tokens < ask.input.tokens)
  }
})

test('what was read before leaves no trace in what is read next', () => {
  const bodies = KINDS.flatMap((kind) => [agentBody(kind, 900), agentBody(kind, 30_000)])
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bodies.length - 1), fc.nat()), { minLength: 2, maxLength: 6 }),
      (order) => {
        for (const [n, cut] of order) {
          const { skim } = ROUTES[KINDS[n >> 1]!]
          skim!(bodies[n]!.subarray(0, cut % bodies[n]!.length))
          assert.ok(skim!(bodies[n]!))
        }
      },
    ),
    { numRuns: 60 },
  )
})
