import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'
import { proveAll } from '../support/proven.ts'

const DOLLAR = 1_000_000_000n
const LONG = 60_000
const WORDS = 'one two three four five six seven eight '
/** As many as the words that every reply delivers. */
const SAID = 8n

/** One protocol, as a provider speaks it that says of its use whatever it likes. */
type Door = {
  readonly name: string
  readonly path: string
  readonly body: (stream: boolean) => object
  readonly whole: (usage: unknown) => string
  readonly events: (usages: readonly unknown[]) => string
  readonly names: readonly [input: string, output: string]
}

const event = (data: object, name = ''): string =>
  `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`

const DOORS: readonly Door[] = [
  {
    name: 'chat completions',
    path: '/openai/v1/chat/completions',
    body: (stream) => ({
      model: 'gpt-5.2',
      stream,
      max_completion_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
    }),
    whole: (usage) =>
      JSON.stringify({
        id: 'c',
        choices: [{ index: 0, message: { role: 'assistant', content: WORDS } }],
        usage,
      }),
    events: (usages) =>
      event({ id: 'c', choices: [{ index: 0, delta: { content: WORDS } }] }) +
      usages.map((usage) => event({ id: 'c', choices: [], usage })).join('') +
      'data: [DONE]\n\n',
    names: ['prompt_tokens', 'completion_tokens'],
  },
  {
    name: 'messages',
    path: '/anthropic/v1/messages',
    body: (stream) => ({
      model: 'claude-opus-4-8',
      stream,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
    }),
    whole: (usage) =>
      JSON.stringify({ id: 'm', type: 'message', content: [{ type: 'text', text: WORDS }], usage }),
    events: (usages) =>
      event(
        { type: 'message_start', message: { id: 'm', usage: { input_tokens: 9, output_tokens: 1 } } },
        'message_start',
      ) +
      event(
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: WORDS } },
        'content_block_delta',
      ) +
      usages.map((usage) => event({ type: 'message_delta', delta: {}, usage }, 'message_delta')).join('') +
      event({ type: 'message_stop' }, 'message_stop'),
    names: ['input_tokens', 'output_tokens'],
  },
]

type Lie = {
  readonly name: string
  /** Input and output tokens, once for each time that the use is told. */
  readonly tells: readonly (readonly [unknown, unknown])[]
  /** What counts: as told the last time, or an estimate of what was delivered. */
  readonly counts: 'told' | 'estimate'
}

const LIES: readonly Lie[] = [
  { name: 'too little', tells: [[9, 1]], counts: 'told' },
  { name: 'more than was held for', tells: [[2_000_000, 1_000_000]], counts: 'told' },
  {
    name: 'twice, another the second time',
    tells: [
      [9, 3],
      [9, 5],
    ],
    counts: 'told',
  },
  { name: 'nothing', tells: [], counts: 'estimate' },
  { name: 'less than nothing', tells: [[-9, -3]], counts: 'estimate' },
  { name: 'what no count is', tells: [[9, 1e300]], counts: 'estimate' },
  { name: 'half a token', tells: [[9, 2.5]], counts: 'estimate' },
  { name: 'its numbers as texts', tells: [['9', '3']], counts: 'estimate' },
  { name: 'nulls', tells: [[null, null]], counts: 'estimate' },
]

describe('an upstream that lies about its use', () => {
  let at: TestGateway
  let odd: Awaited<ReturnType<typeof serve>>
  let who: Employee
  let behave: (res: ServerResponse) => void

  before(async () => {
    odd = await serve((req, res) => {
      req.resume()
      req.on('end', () => behave(res))
    })
    at = await testGateway({ openaiBase: `${odd.url}/v1`, anthropicBase: odd.url })
    who = await at.employee(1_000n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  async function tell(door: Door, stream: boolean, lie: Lie): Promise<UsageRow> {
    const before = new Set((await at.usage(who.wallet)).map(({ id }) => id))
    const usages = lie.tells.map(([input, output]) => ({ [door.names[0]]: input, [door.names[1]]: output }))
    behave = (res) => {
      res.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
      res.end(stream ? door.events(usages) : door.whole(usages.at(-1)))
    }
    const reply = await fetch(`${at.url}${door.path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(door.body(stream)),
    })
    assert.equal(reply.status, 200)
    assert.ok((await reply.text()).includes(WORDS), 'what was paid for was delivered')
    await eventually(async () => {
      assert.equal(at.gateway.inFlight(), 0)
      assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    }, LONG)
    const [row, ...more] = (await at.usage(who.wallet)).filter(({ id }) => !before.has(id))
    assert.ok(row && more.length === 0, 'one call, one row')
    return row
  }

  for (const lie of LIES)
    test(`an upstream that tells ${lie.name} of its use: never above the hold, never for nothing, and the rest is the company's`, async () => {
      for (const door of DOORS)
        for (const stream of [true, false]) {
          const row = await tell(door, stream, lie)
          const where = `${door.name}${stream ? ', a stream' : ''}`
          assert.ok(row.charged > 0n && row.charged <= row.held, where)
          assert.equal(row.charged + row.absorbed, row.cost, where)
          assert.equal(row.estimated, lie.counts === 'estimate', where)
          if (lie.counts === 'told') {
            const [input, output] = lie.tells.at(-1)!
            assert.deepEqual(
              [row.input, row.output],
              [BigInt(input as number), BigInt(output as number)],
              where,
            )
          } else {
            assert.ok(row.input > 0n, where)
            if (stream) assert.ok(row.output >= SAID, `${where}: ${row.output} for ${SAID} words`)
            assert.equal(row.absorbed, 0n, where)
          }
          if (lie.name.startsWith('more')) assert.equal(row.charged, row.held, where)
        }
    })

  test('after all of these lies the ledger verifies', () => proveAll(at.ledger, at.db))
})
