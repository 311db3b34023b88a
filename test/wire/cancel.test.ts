import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'
import { testWorld } from '../support/world.ts'

const DOLLAR = 1_000_000_000n
const STREAMS = 500
const AT_ONCE = 125
const SETTLED_WITHIN = 5_000
const DRAIN = 250
const PACE = 3

/** mulberry32: the same points of cancellation in every run. */
function dice(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % (most + 1)
  }
}

type Door = {
  readonly name: string
  ask(tokens: number): { path: string; body: object }
  /** Generated text of one event. */
  text(data: unknown): string
}

const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((found, key) => (found as Record<string | number, unknown> | undefined)?.[key], value)
const say = (tokens: number): string => `reply with ${tokens} tokens`
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const DOORS: readonly Door[] = [
  {
    name: 'chat',
    ask: (tokens) => ({
      path: '/openai/v1/chat/completions',
      body: { model: 'gpt-5.2', stream: true, messages: [{ role: 'user', content: say(tokens) }] },
    }),
    text: (data) => textOf(at(data, 'choices', 0, 'delta', 'content')),
  },
  {
    name: 'responses',
    ask: (tokens) => ({
      path: '/openai/v1/responses',
      body: { model: 'gpt-5.2', stream: true, input: say(tokens) },
    }),
    text: (data) => (at(data, 'type') === 'response.output_text.delta' ? textOf(at(data, 'delta')) : ''),
  },
  {
    name: 'messages',
    ask: (tokens) => ({
      path: '/anthropic/v1/messages',
      body: {
        model: 'claude-opus-4-8',
        stream: true,
        max_tokens: 1_000,
        messages: [{ role: 'user', content: say(tokens) }],
      },
    }),
    text: (data) => textOf(at(data, 'delta', 'text')),
  },
  {
    name: 'gemini',
    ask: (tokens) => ({
      path: '/gemini/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
      body: { contents: [{ role: 'user', parts: [{ text: say(tokens) }] }] },
    }),
    text: (data) => textOf(at(data, 'candidates', 0, 'content', 'parts', 0, 'text')),
  },
]

describe('five hundred streams over all doors, cancelled at any point', () => {
  let gateway: TestGateway
  let demo: Awaited<ReturnType<typeof serve>>
  let open = 0
  const staff: Employee[] = []

  before(async () => {
    const provider = createDemoProvider({ world: testWorld(), pace: PACE })
    demo = await serve((req, res) => {
      open += 1
      res.on('close', () => (open -= 1))
      provider(req, res)
    })
    gateway = await testGateway({
      openaiBase: `${demo.url}/openai/v1`,
      anthropicBase: `${demo.url}/anthropic`,
      geminiBase: `${demo.url}/gemini`,
      drainFor: DRAIN,
    })
    for (let n = 0; n < 10; n += 1) staff.push(await gateway.employee(100n * DOLLAR))
  })
  after(async () => {
    await gateway.close()
    await demo.close()
  })

  type Outcome = { readonly call: string | null; readonly delivered: number; readonly door: string }

  /** Runs one stream until so many bytes have come, or cancels it even before its head. */
  async function stream(door: Door, who: Employee, roll: (most: number) => number): Promise<Outcome> {
    const { path, body } = door.ask(20 + roll(180))
    const leave = new AbortController()
    const early = roll(9) === 0
    const most = roll(30_000)
    if (early) setTimeout(() => leave.abort(), roll(20))
    let call: string | null = null
    let text = ''
    try {
      const reply = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: leave.signal,
      })
      assert.equal(reply.status, 200)
      call = reply.headers.get('x-perq-call')
      const decoder = new TextDecoder()
      let bytes = 0
      for await (const part of reply.body!) {
        text += decoder.decode(part, { stream: true })
        bytes += part.length
        if (bytes >= most) break
      }
    } catch (error) {
      assert.ok(early || leave.signal.aborted, String(error))
    }
    leave.abort()
    const complete = text.split(/\r?\n\r?\n/).slice(0, -1)
    const said = complete
      .flatMap((event) => event.split(/\r?\n/))
      .filter((line) => line.startsWith('data: {'))
      .map((line) => door.text(JSON.parse(line.slice(6))))
      .join('')
    // A token of the demo models is one word with the space before it.
    return { call, delivered: said === '' ? 0 : said.trim().split(' ').length, door: door.name }
  }

  const usage = async (): Promise<UsageRow[]> =>
    (await Promise.all(staff.map(({ wallet }) => gateway.usage(wallet)))).flat()

  test('each is settled soon on at least what its client got, none for nothing, none above its hold', async () => {
    const roll = dice(20_261_121)
    let [drained, estimated, late] = [0, 0, 0]
    for (let done = 0; done < STREAMS; done += AT_ONCE) {
      const outcomes = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) =>
          stream(DOORS[(done + n) % DOORS.length]!, staff[n % staff.length]!, roll),
        ),
      )
      await eventually(async () => {
        assert.equal(gateway.gateway.inFlight(), 0)
        const ids = new Set((await usage()).map(({ id }) => id))
        for (const { call, door } of outcomes) if (call !== null) assert.ok(ids.has(call), `${door} ${call}`)
      }, SETTLED_WITHIN)
      const rows = new Map((await usage()).map((row) => [row.id, row]))
      for (const { call, delivered, door } of outcomes) {
        if (call === null) {
          late += 1
          continue
        }
        const row = rows.get(call)!
        assert.ok(row.output >= BigInt(delivered), `${door}: ${row.output} charged, ${delivered} delivered`)
        assert.ok(row.status === 'cancelled' || row.status === 'ok')
        if (row.status === 'ok') continue
        if (row.estimated) estimated += 1
        else drained += 1
      }
    }
    for (const row of await usage()) {
      assert.ok(row.charged > 0n, `${row.route} ${row.status} for nothing`)
      assert.ok(row.charged <= row.held && row.absorbed === 0n)
    }
    // How many of each depends on how fast the machine is.
    assert.ok(
      drained > 0 && estimated > 0 && late > 0,
      `${drained} ${estimated} ${late}: every way was taken`,
    )
    for (const { wallet } of staff) assert.deepEqual(await gateway.ledger.openHolds(gateway.db, wallet), [])
    await eventually(() => assert.equal(open, 0, 'connections to the provider are let go'))
  })
})
