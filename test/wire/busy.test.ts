import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGateway } from '#gateway/gateway.ts'
import { undiciTransport } from '#gateway/relay/undici.ts'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway } from '../support/gateway.ts'

const MOST = 6

test('what comes above the bound is told to come again in a second and costs nothing, and whoever is in is served', async () => {
  const held: (() => void)[] = []
  const provider = await serve((_, res) => {
    const usage = { prompt_tokens: 5, completion_tokens: 1 }
    held.push(() => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ usage })))
  })
  const whole = await testGateway({ openaiBase: `${provider.url}/v1` })
  const { spending, prices, upstreams, trail, world } = whole
  const gateway = createGateway({
    spending,
    prices,
    upstreams,
    trail,
    world,
    log: () => {},
    transport: undiciTransport(),
    mostCalls: MOST,
  })
  const door = await serve(gateway.handle)
  const { key, wallet } = await whole.employee(1_000_000_000_000n)
  const call = () =>
    fetch(`${door.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'x' }] }),
    })

  const calls = Array.from({ length: 3 * MOST }, call)
  const refused: Response[] = []
  for (const each of calls)
    void each.then((reply) => void (reply.status === 503 && refused.push(reply))).catch(() => {})
  await eventually(() => Promise.resolve(assert.equal(refused.length, 2 * MOST)))
  await eventually(() => Promise.resolve(assert.equal(held.length, MOST)))
  for (const reply of refused) {
    assert.equal(reply.headers.get('retry-after'), '1')
    assert.equal(reply.headers.get('x-should-retry'), 'true')
    assert.equal(reply.headers.get('x-perq-reason'), 'busy')
    const { error } = (await reply.json()) as { error: { code: string } }
    assert.equal(error.code, 'busy')
  }

  for (const answer of held) answer()
  const replies = await Promise.all(calls)
  assert.equal(replies.filter(({ status }) => status === 200).length, MOST)
  assert.equal(gateway.inFlight(), 0)
  assert.equal((await whole.usage(wallet)).length, MOST)
  // There is room again.
  const next = call()
  await eventually(() => Promise.resolve(assert.equal(held.length, MOST + 1)))
  held.at(-1)!()
  assert.equal((await next).status, 200)

  await door.close()
  await gateway.close()
  await whole.close()
  await provider.close()
})

test('nobody is let in while too much waits for the ledger', async () => {
  const whole = await testGateway()
  const { spending, prices, upstreams, trail, world } = whole
  let waiting = 1_000_000
  const gateway = createGateway({
    spending,
    prices,
    upstreams,
    trail,
    world,
    log: () => {},
    waiting: () => waiting,
  })
  const door = await serve(gateway.handle)
  const ask = () => fetch(`${door.url}/anthropic/v1/models`)
  const reply = await ask()
  assert.equal(reply.status, 503)
  assert.equal(reply.headers.get('retry-after'), '1')
  assert.equal(reply.headers.get('x-perq-reason'), 'busy')
  assert.equal(((await reply.json()) as { type: string }).type, 'error')
  waiting = 0
  assert.equal((await ask()).status, 401)
  await door.close()
  await gateway.close()
  await whole.close()
})
