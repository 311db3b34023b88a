import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Fault } from '#base/fault.ts'
import { HOUR } from '#base/time.ts'
import { testDb, type TestDb } from '../../../../test/support/database.ts'
import { testWorld } from '../../../../test/support/world.ts'
import { openHardware, type Hardware } from '../hardware.ts'
import { openFeeds } from './feeds.ts'
import type { Get } from './feed.ts'
import { openGet } from './get.ts'

const VAST = JSON.stringify({ offers: [{ gpu_name: 'H100 SXM', num_gpus: 2, dph_total: 4.4 }] })
const MODELS = (usd: number): string =>
  JSON.stringify([{ id: 'openai', models: [{ id: 'gpt-x', prices: { input_mtok: usd, output_mtok: 8 } }] }])

/** A source of feeds on this machine, asked in the place of those of the public. */
async function openSource(answer: RequestListener): Promise<{ at: string; server: Server }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { at: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

describe('fetching', () => {
  let source: Awaited<ReturnType<typeof openSource>>
  before(async () => {
    source = await openSource((req, res) => {
      if (req.url === '/missing') res.writeHead(404).end('no')
      else if (req.url === '/silent') res.writeHead(200).write('x')
      else if (req.url === '/endless') {
        const more = (): void => {
          while (res.write(Buffer.alloc(65_536)));
          res.once('drain', more)
        }
        more()
      } else if (req.url === '/echo') req.pipe(res)
      else res.end('hello')
    })
  })
  after(() => closed(source.server))

  const limits = { most: 1_000_000, within: 60_000 }
  const refused = async (work: Promise<unknown>): Promise<Fault> => {
    try {
      await work
    } catch (error) {
      assert.ok(error instanceof Fault, String(error))
      return error
    }
    return assert.fail('it was fetched')
  }

  test('gives what is there, and posts what is asked', async () => {
    const get = openGet(limits)
    assert.equal(Buffer.from(await get(`${source.at}/`)).toString(), 'hello')
    assert.equal(Buffer.from(await get(`${source.at}/echo`, { post: '{"a":1}' })).toString(), '{"a":1}')
  })

  test('ends at a refusal, at too many bytes, at too much time, and when it is told to', async () => {
    assert.match((await refused(openGet(limits)(`${source.at}/missing`))).message, /answered 404/)
    const large = await refused(openGet(limits)(`${source.at}/endless`))
    assert.equal(large.code, 'too_large')
    const slow = await refused(openGet({ most: 10, within: 50 })(`${source.at}/silent`))
    assert.equal(slow.code, 'unavailable')
    const ending = new AbortController()
    const stopped = refused(openGet(limits, ending.signal)(`${source.at}/silent`))
    ending.abort()
    assert.equal((await stopped).code, 'unavailable')
    assert.equal((await refused(openGet(limits)('http://127.0.0.1:1/'))).code, 'unavailable')
  })
})

describe('the schedule of feeds', () => {
  const world = testWorld({ seed: 61, now: Date.UTC(2026, 8, 10, 12) })
  let db: TestDb
  let hardware: Hardware
  let source: Awaited<ReturnType<typeof openSource>>
  let usd = 2
  let broken = false
  const asked: string[] = []
  before(async () => {
    db = await testDb()
    hardware = await openHardware({ db, world })
    source = await openSource((req, res) => {
      asked.push(req.url ?? '')
      if (broken) res.writeHead(500).end()
      else res.end(req.url?.includes('bundles') ? VAST : MODELS(usd))
    })
  })
  after(async () => {
    await closed(source.server)
    await db.drop()
  })

  /** The same paths, on this machine. */
  const get: Get = (url, ask) => openGet()(`${source.at}${new URL(url).pathname}`, ask)
  const open = (...enabled: ('vast' | 'genai-prices')[]) => openFeeds({ db, world, hardware, enabled, get })
  const last = async (feed: string) => (await hardware.feedRuns()).find((run) => run.feed === feed)

  test('does nothing at all while none is enabled', async () => {
    assert.equal(await open().run(world.now()), 0)
    assert.deepEqual([asked, await hardware.feedRuns()], [[], []])
  })

  test('fetches each once a day, and records what it says as seen then', async () => {
    const feeds = open('vast', 'genai-prices')
    assert.equal(await feeds.run(world.now()), 2)
    assert.equal(await feeds.run(world.now() + 23 * HOUR), 0, 'not before a day is over')
    const { rows } = await hardware.observations({ accelerator: 'H100', from: '2026-09-10' })
    assert.deepEqual(
      rows.map(({ provider, tier, priceNano, quality }) => [provider, tier, priceNano, quality]).toSorted(),
      [
        ['vast-ai', 'marketplace_ask_median', 2_200_000_000n, 'thin'],
        ['vast-ai', 'marketplace_ask_min', 2_200_000_000n, 'thin'],
      ],
    )
    assert.equal((await last('vast'))?.error, null)
    const loads = (await hardware.loads()).filter(({ kind }) => kind === 'feed')
    assert.deepEqual(loads.map(({ name, added }) => [name, added]).toSorted(), [
      ['genai-prices', 1],
      ['vast', 2],
    ])
    world.advance(24 * HOUR)
    assert.equal(await feeds.run(world.now()), 2)
    const again = await hardware.observations({ accelerator: 'H100', from: '2026-09-10' })
    assert.equal(again.rows.length, 4, 'the same price seen on another day is another sighting')
  })

  test('a price of a model is news only when it differs from the last', async () => {
    const prices = async () =>
      (await hardware.tokens({ provider: 'openai', model: 'gpt-x' })).flatMap((one) =>
        one.prices.map(({ inputPico }) => inputPico),
      )
    assert.deepEqual(await prices(), [2_000_000n])
    usd = 3
    world.advance(24 * HOUR)
    await open('genai-prices').run(world.now())
    assert.deepEqual(await prices(), [2_000_000n, 3_000_000n])
  })

  test('a failure is kept in words, leaves nothing half done, and is tried again sooner', async () => {
    broken = true
    world.advance(24 * HOUR)
    const feeds = open('vast', 'genai-prices')
    const before = (await hardware.loads()).length
    assert.equal(await feeds.run(world.now()), 2)
    assert.match((await last('vast'))?.error ?? '', /answered 500/)
    assert.match((await last('genai-prices'))?.error ?? '', /answered 500/)
    assert.equal((await hardware.loads()).length, before)
    broken = false
    world.advance(HOUR)
    assert.equal(await feeds.run(world.now()), 0)
    world.advance(2 * HOUR)
    assert.equal(await feeds.run(world.now()), 2)
    assert.equal((await last('vast'))?.error, null)
  })

  test('two processes that fetch at once record once', async () => {
    world.advance(24 * HOUR)
    const before = (await hardware.observations({ accelerator: 'H100', from: '2026-09-10' })).rows.length
    await Promise.all([open('vast').run(world.now()), open('vast').run(world.now())])
    const { rows } = await hardware.observations({ accelerator: 'H100', from: '2026-09-10' })
    assert.equal(rows.length, before + 2)
  })
})
