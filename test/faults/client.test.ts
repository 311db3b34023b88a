import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'
import { proveAll } from '../support/proven.ts'
import { rawClient, type RawClient } from '../support/raw.ts'

const DOLLAR = 1_000_000_000n
const LONG = 60_000
const IDLE = 1_000
const AHEAD = 20

const GOOD = JSON.stringify({
  id: 'c',
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' } }],
  usage: { prompt_tokens: 9, completion_tokens: 3 },
})

describe('a client that does what clients should not', () => {
  let at: TestGateway
  let who: Employee
  let odd: Awaited<ReturnType<typeof serve>>
  let asked = 0
  let behave: (res: ServerResponse) => void
  const good = (res: ServerResponse): void =>
    void res.writeHead(200, { 'content-type': 'application/json' }).end(GOOD)

  before(async () => {
    odd = await serve((req, res) => {
      req.resume()
      req.on('end', () => {
        asked += 1
        behave(res)
      })
    })
    at = await testGateway({ openaiBase: `${odd.url}/v1`, drainFor: 100, callWithin: 5_000 })
    who = await at.employee(100n * DOLLAR)
    behave = good
  })
  after(async () => {
    await at.close()
    await odd.close()
  })

  const bodyOf = (stream: boolean): string =>
    JSON.stringify({ model: 'gpt-5.2', stream, messages: [{ role: 'user', content: 'hi' }] })
  const requestOf = (stream = false): string => {
    const body = bodyOf(stream)
    return `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${who.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  }
  const rows = async (): Promise<number> => (await at.usage(who.wallet)).length
  const quiet = (): Promise<void> =>
    eventually(async () => {
      assert.equal(at.gateway.inFlight(), 0)
      assert.deepEqual(await at.ledger.openHolds(at.db, who.wallet), [])
    }, LONG)
  /** A well-behaved client is served, whatever others did. */
  async function servesOn(): Promise<void> {
    behave = good
    const before = await rows()
    const client = await rawClient(at.url)
    client.say(requestOf())
    assert.match(await client.hears(GOOD), /^HTTP\/1\.1 200 OK\r\n/)
    client.socket.destroy()
    await quiet()
    assert.equal(await rows(), before + 1)
  }

  const LEAVES: readonly { readonly name: string; readonly sends: (request: string) => string }[] = [
    { name: 'before it says a word', sends: () => '' },
    { name: 'in the middle of its head', sends: (request) => request.slice(0, 60) },
    { name: 'between its head and its body', sends: (request) => request.slice(0, request.indexOf('{')) },
    { name: 'in the middle of its body', sends: (request) => request.slice(0, -20) },
  ]
  for (const { name, sends } of LEAVES)
    test(`a client that leaves ${name}: nothing is held, sent or charged`, async () => {
      const [before, sent] = [await rows(), asked]
      for (const how of ['end', 'resetAndDestroy'] as const) {
        const client = await rawClient(at.url)
        client.say(sends(requestOf()))
        await new Promise((resolve) => setImmediate(resolve))
        client.socket[how]()
        await client.ended()
      }
      await servesOn()
      assert.deepEqual([await rows(), asked], [before + 1, sent + 1])
    })

  test('a client that drips its request byte by byte is served as any other, and once', async () => {
    behave = good
    const before = await rows()
    const client = await rawClient(at.url)
    client.socket.setNoDelay(true)
    for (const byte of requestOf()) {
      client.say(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.hears(GOOD)
    client.socket.destroy()
    await quiet()
    assert.equal(await rows(), before + 1)
  })

  test('a client that sends many requests ahead gets as many answers in their order, each charged once', async () => {
    const sent = asked
    behave = (res) => {
      const n = asked - sent
      setTimeout(
        () => res.writeHead(200, { 'content-type': 'application/json', 'x-n': n }).end(GOOD),
        AHEAD - n,
      )
    }
    const before = await rows()
    const client = await rawClient(at.url)
    client.say(requestOf().repeat(AHEAD))
    await eventually(() => assert.equal(client.heard().split(GOOD).length - 1, AHEAD), LONG)
    const order = [...client.heard().matchAll(/\r\nx-n: (\d+)\r\n/gi)].map(([, n]) => Number(n))
    assert.deepEqual(
      order,
      Array.from({ length: AHEAD }, (_, n) => n + 1),
    )
    client.socket.destroy()
    await quiet()
    assert.equal(await rows(), before + AHEAD)
    await servesOn()
  })

  test('a client that sends requests ahead and leaves: what was sent on is settled, the others are not begun', async () => {
    behave = () => {}
    const [before, sent] = [await rows(), asked]
    const client = await rawClient(at.url)
    client.say(requestOf().repeat(AHEAD))
    await eventually(() => assert.equal(asked, sent + 1), LONG)
    client.socket.resetAndDestroy()
    await quiet()
    assert.deepEqual([asked, await rows()], [sent + 1, before + 1])
    const row = (await at.usage(who.wallet)).at(-1)!
    assert.ok(row.status === 'cancelled' && row.charged > 0n && row.charged <= row.held)
    await servesOn()
  })

  test('a client that never reads: its provider is not run ahead of, and the call ends within its time, settled on what went by', async () => {
    const piece = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'y'.repeat(60_000) } }] })}\n\n`
    let poured = 0
    behave = (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = (): void => {
        if (res.destroyed || poured > 4_000) return
        poured += 1
        if (res.write(piece)) setImmediate(more)
        else res.once('drain', more)
      }
      more()
    }
    const before = await rows()
    const client = await rawClient(at.url)
    client.socket.pause()
    client.say(requestOf(true))
    await eventually(async () => assert.equal(await rows(), before + 1), LONG)
    assert.ok(poured < 2_000, `${poured} pieces of 60 KB were taken for a client that reads none`)
    const row = (await at.usage(who.wallet)).at(-1)!
    assert.ok(row.estimated && row.charged > 0n && row.charged <= row.held && row.absorbed === 0n)
    client.socket.destroy()
    await quiet()
    await servesOn()
  })

  test('a thousand connections that say nothing take nothing from those that do', async () => {
    const idle: RawClient[] = []
    for (let n = 0; n < IDLE; n += 100)
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => rawClient(at.url)))))
    for (const [n, client] of idle.entries()) if (n % 2 === 0) client.say('POST /openai/v1/ch')
    for (let n = 0; n < 5; n += 1) await servesOn()
    // Each of them is still as good as any other.
    const last = idle[1]!
    const before = await rows()
    last.say(requestOf())
    await last.hears(GOOD)
    assert.equal(await rows(), before + 1)
    for (const { socket } of idle) socket.destroy()
    await servesOn()
  })

  test('after all of this the ledger verifies', () => proveAll(at.ledger, at.db))
})
