import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway, type UsageRow } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const MODEL = 'gpt-5.2'
const SECOND = 1_000

type Behaviour = (res: ServerResponse, req: IncomingMessage) => void

type AttemptRow = {
  n: number
  upstream: string
  status: number | null
  outcome: string
  passed_on: boolean
  error: string | null
  failures: number
}

const answer: Behaviour = (res) => {
  res.writeHead(200, { 'content-type': 'application/json' })
  res.end(JSON.stringify({ id: 'x', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } }))
}
const fail =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers })
    res.end(JSON.stringify({ error: { message: `own words of ${status}` } }))
  }

describe('upstreams that serve the same model stand in for each other, at one hold', () => {
  let at: TestGateway
  let who: Employee
  const names = ['first', 'second', 'third', 'fourth'] as const
  type Name = (typeof names)[number]
  const ids = new Map<Name, string>()
  const asked: Name[] = []
  const behave = new Map<Name, Behaviour>()
  const servers: Awaited<ReturnType<typeof serve>>[] = []

  before(async () => {
    at = await testGateway()
    who = await at.employee(100n * DOLLAR)
    for (const view of await at.upstreams.list()) await at.upstreams.change(view.id, { enabled: false })
    for (const [index, name] of names.entries()) {
      const server = await serve((req, res) => {
        req.resume()
        asked.push(name)
        req.on('end', () => behave.get(name)!(res, req))
      })
      servers.push(server)
      const { id } = await at.upstreams.create({
        name,
        protocol: 'openai',
        baseUrl: `${server.url}/v1`,
        key: `sk-${name}`,
        priority: 10 + index,
      })
      ids.set(name, id)
    }
  })
  beforeEach(async () => {
    for (const [index, name] of names.entries()) {
      behave.set(name, answer)
      const baseUrl = `${servers[index]!.url}/v1`
      await at.upstreams.change(ids.get(name)!, { baseUrl, enabled: true, models: null, standIn: false })
    }
    asked.length = 0
  })
  after(async () => {
    await at.close()
    for (const server of servers) await server.close()
  })

  const chat = (more: object = {}, signal?: AbortSignal): Promise<Response> =>
    fetch(`${at.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], ...more }),
      ...(signal ? { signal } : {}),
    })

  /** The attempts of a call, once they are written. */
  async function attemptsOf(reply: Response): Promise<AttemptRow[]> {
    const call = reply.headers.get('x-perq-call')
    let rows: AttemptRow[] = []
    await eventually(async () => {
      await at.trail.flush()
      rows = await at.db.query<AttemptRow>('select * from gateway.attempt where call = $1 order by n', [call])
      assert.equal(rows.at(-1)?.passed_on, false)
    })
    return rows
  }
  const usageOf = async (reply: Response): Promise<UsageRow[]> =>
    (await at.usage(who.wallet)).filter(({ id }) => id === reply.headers.get('x-perq-call'))
  const noHolds = (): Promise<void> =>
    eventually(async () => assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), []))
  const kinds = (rows: readonly AttemptRow[]) =>
    rows.map(({ upstream, status, outcome, passed_on }) => [upstream, status, outcome, passed_on])

  for (const status of [429, 500, 503, 529]) {
    test(`a provider that answers ${status} is passed over, and the call is charged once`, async () => {
      behave.set('first', fail(status))
      const reply = await chat()
      assert.equal(reply.status, 200)
      await reply.text()
      assert.deepEqual(asked, ['first', 'second'])
      const rows = await attemptsOf(reply)
      assert.deepEqual(kinds(rows), [
        ['first', status, status === 429 ? 'busy' : 'error', true],
        ['second', 200, 'ok', false],
      ])
      const usage = await usageOf(reply)
      assert.equal(usage.length, 1)
      assert.deepEqual([usage[0]!.input, usage[0]!.output, usage[0]!.status], [10n, 5n, 'ok'])
      await noHolds()
    })
  }

  test('a call that has waited for a minute is not sent to another: its client would not wait twice', async () => {
    let reply: ServerResponse | null = null
    behave.set('first', (res) => void (reply = res))
    const sent = chat()
    await eventually(() => assert.ok(reply))
    at.world.advance(61 * SECOND)
    fail(500)(reply!, {} as IncomingMessage)
    assert.equal((await sent).status, 500)
    assert.deepEqual(asked, ['first'])
    await noHolds()
  })

  test('nobody else is asked for a client that has left, and it pays nothing', async () => {
    let reply: ServerResponse | null = null
    behave.set('first', (res) => void (reply = res))
    const leave = new AbortController()
    const sent = chat({}, leave.signal)
    await eventually(() => assert.ok(reply))
    const rows = (await at.usage(who.wallet)).length
    leave.abort()
    await assert.rejects(sent)
    // Its leaving has to be seen before the answer comes.
    await new Promise((resolve) => setTimeout(resolve, 50))
    fail(500)(reply!, {} as IncomingMessage)
    await eventually(() => assert.equal(at.gateway.inFlight(), 0))
    assert.deepEqual(asked, ['first'])
    assert.equal((await at.usage(who.wallet)).length, rows)
    await noHolds()
  })

  test('each upstream gets its own key and the same request', async () => {
    const seen: unknown[] = []
    behave.set('first', (res, req) => {
      seen.push(req.headers.authorization, req.headers['content-length'])
      fail(500)(res, req)
    })
    behave.set('second', (res, req) => {
      seen.push(req.headers.authorization, req.headers['content-length'])
      answer(res, req)
    })
    await (await chat()).text()
    assert.deepEqual([seen[0], seen[2], seen[1]], ['Bearer sk-first', 'Bearer sk-second', seen[3]])
  })

  test('a provider that cannot be reached is passed over', async () => {
    await at.upstreams.change(ids.get('first')!, { baseUrl: 'http://127.0.0.1:1/v1' })
    const reply = await chat()
    assert.equal(reply.status, 200)
    await reply.text()
    const rows = await attemptsOf(reply)
    assert.deepEqual(kinds(rows), [
      ['first', null, 'unsent', true],
      ['second', 200, 'ok', false],
    ])
    assert.match(rows[0]!.error!, /ECONNREFUSED/)
  })

  test('a stream, too, is passed on before its first byte', async () => {
    behave.set('first', fail(529))
    behave.set('second', (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\ndata: [DONE]\n\n')
    })
    const reply = await chat({ stream: true })
    assert.match(await reply.text(), /\[DONE\]/)
    const [usage] = await usageOf(reply)
    assert.deepEqual([usage!.input, usage!.output], [9n, 3n])
  })

  test('when all fail, the last one says so in its own words, nothing is charged, and no more than three are asked', async () => {
    for (const name of names) behave.set(name, fail(503, { 'x-from': name, 'retry-after': '7' }))
    const reply = await chat()
    assert.equal(reply.status, 503)
    assert.deepEqual([reply.headers.get('x-from'), reply.headers.get('retry-after')], ['third', '7'])
    assert.match(await reply.text(), /own words of 503/)
    assert.deepEqual(asked, ['first', 'second', 'third'])
    assert.equal((await attemptsOf(reply)).length, 3)
    assert.deepEqual(await usageOf(reply), [])
    await noHolds()
  })

  for (const status of [400, 401, 404, 413])
    test(`an answer of ${status} is the client's, and nobody else is asked`, async () => {
      behave.set('first', fail(status))
      const reply = await chat()
      assert.equal(reply.status, status)
      await reply.text()
      assert.deepEqual(asked, ['first'])
      assert.deepEqual(kinds(await attemptsOf(reply)), [['first', status, 'refused', false]])
      await noHolds()
    })

  test('what may have been billed is settled and never sent again: no head, half a body, half a stream', async () => {
    const cases: Behaviour[] = [
      (res) => void res.destroy(),
      (res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":')
        setTimeout(() => res.destroy(), 20)
      },
      (res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: {"choices":[{"index":0,"delta":{"content":"one two three"}}]}\n\n')
        setTimeout(() => res.destroy(), 20)
      },
    ]
    for (const [index, behaviour] of cases.entries()) {
      asked.length = 0
      behave.set('first', behaviour)
      const reply = await chat(index === 2 ? { stream: true } : {})
      await reply.text().catch(() => '')
      assert.deepEqual(asked, ['first'], `case ${index}`)
      assert.deepEqual(kinds(await attemptsOf(reply)), [['first', index === 0 ? null : 200, 'broken', false]])
      await eventually(async () => {
        const [usage, ...more] = await usageOf(reply)
        assert.deepEqual([usage?.status, usage?.estimated, more.length], ['failed', true, 0])
        assert.ok(usage!.charged > 0n)
      })
      await noHolds()
      await at.upstreams.change(ids.get('first')!, {})
    }
  })

  test('a call that names something at the provider goes to one provider only', async () => {
    behave.set('first', fail(503))
    const reply = await fetch(`${at.url}/openai/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${who.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, input: 'go on', previous_response_id: 'resp_1' }),
    })
    assert.equal(reply.status, 503)
    await reply.text()
    assert.deepEqual(asked, ['first'])
  })

  test('an upstream that asks for rest gets it, then one call probes it before the others return', async () => {
    behave.set('first', fail(429, { 'retry-after': '60' }))
    await (await chat()).text()
    await (await chat()).text()
    assert.deepEqual(asked, ['first', 'second', 'second'])

    at.world.advance(61 * SECOND)
    asked.length = 0
    let reply: ServerResponse | null = null
    behave.set('first', (res) => void (reply = res))
    const probe = chat()
    await eventually(() => assert.ok(reply))
    await (await chat()).text()
    assert.deepEqual(asked, ['first', 'second'], 'the others wait for the probe')
    behave.set('first', answer)
    answer(reply!, {} as IncomingMessage)
    await (await probe).text()
    await (await chat()).text()
    assert.deepEqual(asked, ['first', 'second', 'first'])
  })

  test('three failures in a row spare an upstream; one that is spared is still asked when all others fail', async () => {
    behave.set('first', fail(500))
    for (let calls = 0; calls < 4; calls += 1) await (await chat()).text()
    assert.deepEqual(
      asked.filter((name) => name === 'first'),
      ['first', 'first', 'first'],
    )
    asked.length = 0
    behave.set('first', answer)
    for (const name of ['third', 'fourth'] as const)
      await at.upstreams.change(ids.get(name)!, { enabled: false })
    behave.set('second', fail(500))
    const reply = await chat()
    assert.equal(reply.status, 200)
    await reply.text()
    assert.deepEqual(asked, ['second', 'first'])
  })

  test('an upstream serves the models it names, and a stand-in only where there is nobody else', async () => {
    await at.upstreams.change(ids.get('first')!, { models: ['llama*', 'gpt-5-mini'] })
    await at.upstreams.change(ids.get('second')!, { standIn: true })
    await (await chat()).text()
    assert.deepEqual(asked, ['third'])

    asked.length = 0
    for (const name of ['third', 'fourth'] as const) {
      behave.set(name, fail(500))
      await at.upstreams.change(ids.get(name)!, { models: ['gpt-5-nano'] })
    }
    const refused = await chat()
    assert.equal(refused.status, 400)
    assert.equal(refused.headers.get('x-perq-reason'), 'upstream_unavailable')
    assert.match(await refused.text(), /no enabled upstream of the openai protocol serves gpt-5\.2/)
    assert.deepEqual(asked, [])

    const list = await who.openai.models.list()
    assert.deepEqual(
      list.data.map(({ id }) => id).toSorted(),
      ['gpt-5-mini', 'gpt-5-nano'],
      'none is offered in vain',
    )

    for (const name of ['first', 'third', 'fourth'] as const)
      await at.upstreams.change(ids.get(name)!, { enabled: false })
    await (await chat()).text()
    assert.deepEqual(asked, ['second'])
  })
})
