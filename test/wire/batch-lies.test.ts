import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { DAY, MINUTE } from '#base/time.ts'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n

describe('what a provider leaves out of a batch is not lost', () => {
  let at: TestGateway
  let who: Employee
  let provider: RequestListener
  let real: RequestListener
  let upstream: Awaited<ReturnType<typeof serve>>
  let seen: string[] = []

  before(async () => {
    upstream = await serve((req, res) => {
      seen.push(req.method ?? '')
      provider(req, res)
    })
    at = await testGateway({ anthropicBase: `${upstream.url}/anthropic` })
    real = createDemoProvider({ world: at.world })
    provider = real
    who = await at.employee(100n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await upstream.close()
  })

  const holds = () => at.ledger.openHolds(at.db, who.wallet)
  const batches = () => who.anthropic.messages.batches
  const create = (calls: number) =>
    batches().create({
      requests: Array.from({ length: calls }, (_, n) => ({
        custom_id: `call-${n}`,
        params: { model: 'claude-haiku-4-5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] },
      })),
    })
  const ends = (): void => at.world.advance(2 * MINUTE)
  const charged = async (): Promise<number> => (await at.usage(who.wallet)).length
  /** Asked once: the SDK repeats what may be repeated. */
  const ask = async (method: string, path: string): Promise<number> => {
    const url = `${at.url}/anthropic/v1/messages/batches/${path}`
    const reply = await fetch(url, { method, headers: { 'x-api-key': who.key } })
    await reply.text()
    return reply.status
  }

  test('results that end early look whole, and are settled only when all that was billed is there', async () => {
    const before = await charged()
    await create(5)
    ends()
    provider = (req, res) => {
      if (!req.url?.endsWith('/results')) return real(req, res)
      let lines = 0
      const write = res.write.bind(res)
      res.write = (line: unknown) => ++lines > 2 || write(line as string)
      real(req, res)
    }
    assert.equal(await at.gateway.settleBatches(at.world.now()), 0)
    assert.equal((await holds()).length, 3)
    provider = real
    ends()
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
    assert.equal(await charged(), before + 5)
    assert.deepEqual(await holds(), [])
  })

  test('a batch is not deleted, and its results are not read, while it cannot be told whether it has ended', async () => {
    const before = await charged()
    const { id } = await create(2)
    ends()
    seen = []
    provider = (req, res) => {
      if (req.method === 'GET' && !req.url?.endsWith('/results')) res.writeHead(529).end()
      else real(req, res)
    }
    assert.equal(await ask('DELETE', id), 503)
    assert.deepEqual(seen, ['GET'])
    assert.equal(await ask('GET', `${id}/results`), 503)
    provider = real
    assert.equal((await batches().delete(id)).id, id)
    assert.equal(await charged(), before + 2)
    assert.deepEqual(await holds(), [])
  })

  test('a batch at work is not deleted: it could end on the way, and its results with it', async () => {
    const { id } = await create(1)
    seen = []
    assert.equal(await ask('DELETE', id), 400)
    assert.deepEqual(seen, ['GET'])
    ends()
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
  })

  test('a batch that the provider forgot says so to its owner, and is not asked for forever', async () => {
    const { id } = await create(1)
    provider = (_, res) =>
      res
        .writeHead(404, { 'content-type': 'application/json' })
        .end(JSON.stringify({ type: 'error', error: { type: 'not_found_error', message: 'gone' } }))
    await assert.rejects(batches().delete(id), Anthropic.NotFoundError)
    at.world.advance(31 * DAY)
    await at.gateway.settleBatches(at.world.now())
    seen = []
    at.world.advance(DAY)
    await at.gateway.settleBatches(at.world.now())
    assert.deepEqual(seen, [])
    assert.deepEqual(await holds(), [])
  })
})
