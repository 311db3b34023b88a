import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { HOUR, MINUTE } from '#base/time.ts'
import { createDemoProvider } from '#gateway/demo/provider.ts'
import * as store from '#gateway/batches/store.ts'
import { verify } from '#ledger/verify.ts'
import { batchPrice, cost } from '#prices/cost.ts'
import { serve, testGateway, type Employee, type TestGateway } from '../support/gateway.ts'

const DOLLAR = 1_000_000_000n
const HAIKU = 'claude-haiku-4-5'
const OPUS = 'claude-opus-4-8'

type Requests = Anthropic.Messages.BatchCreateParams['requests']
const request = (n: number, more: object = {}): Requests[number] => ({
  custom_id: `call-${n}`,
  params: {
    model: n % 2 === 0 ? HAIKU : OPUS,
    max_tokens: 200,
    messages: [{ role: 'user', content: `Question ${n}` }],
    ...more,
  },
})

describe('message batches, as the official SDK sends them', () => {
  let at: TestGateway
  let who: Employee
  let provider: RequestListener
  let upstream: { url: string; close(): Promise<void> }
  /** What stands between Perq and the provider for the next requests: what was sent, and what becomes of the answer. */
  let seen: string[] = []
  let swallow = false

  before(async () => {
    upstream = await serve((req, res) => {
      seen.push(`${req.method} ${req.url}`)
      if (!swallow) return provider(req, res)
      swallow = false
      // The provider does the work, and its answer is lost on the way.
      res.writeHead = () => res
      res.end = () => res.destroy()
      provider(req, res)
    })
    at = await testGateway({ anthropicBase: `${upstream.url}/anthropic` })
    provider = createDemoProvider({ world: at.world })
    who = await at.employee(100n * DOLLAR)
  })
  after(async () => {
    await at.close()
    await upstream.close()
  })

  const holds = () => at.ledger.openHolds(at.db, who.wallet)
  const batches = () => who.anthropic.messages.batches
  const linesOf = async (id: string) => {
    const lines: Anthropic.Messages.MessageBatchIndividualResponse[] = []
    for await (const line of await batches().results(id)) lines.push(line)
    return lines
  }
  const ends = (): void => at.world.advance(2 * MINUTE)

  test('each call is held for itself at half the price, and settled from its result', async () => {
    const requests = Array.from({ length: 7 }, (_, n) => request(n))
    const batch = await batches().create({ requests })
    assert.equal(batch.processing_status, 'in_progress')
    assert.equal((await holds()).length, 7)
    assert.equal(await at.gateway.settleBatches(at.world.now()), 0)
    ends()
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
    assert.deepEqual(await holds(), [])
    const rows = await at.usage(who.wallet)
    assert.equal(rows.length, 7)
    const lines = await linesOf(batch.id)
    for (const { result } of lines) {
      assert.equal(result.type, 'succeeded')
      if (result.type !== 'succeeded') continue
      const { id, model, usage } = result.message
      const row = rows.find((one) => one.provider_id === id)
      const price = at.prices.resolve('anthropic', model, at.world.now())
      assert.ok(row && price)
      const tokens = {
        input: usage.input_tokens,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        output: usage.output_tokens,
      }
      assert.equal(row.cost, cost(batchPrice(price), tokens).nano)
      assert.ok(row.charged === row.cost && row.cost <= row.held && row.cost < cost(price, tokens).nano)
      assert.deepEqual([row.route, row.status, row.estimated], ['messages/batches', 'ok', false])
    }
    assert.equal(await at.gateway.settleBatches(at.world.now()), 0)
    assert.equal((await at.usage(who.wallet)).length, 7)
  })

  test('the addresses of results are Perq’s, and reading them settles first', async () => {
    const batch = await batches().create({ requests: [request(1)] })
    ends()
    const ended = await batches().retrieve(batch.id)
    assert.equal(ended.processing_status, 'ended')
    assert.equal(ended.results_url, `${at.url}/anthropic/v1/messages/batches/${batch.id}/results`)
    assert.equal((await holds()).length, 1)
    assert.deepEqual(
      (await linesOf(batch.id)).map((line) => line.custom_id),
      ['call-1'],
    )
    assert.deepEqual(await holds(), [])
  })

  test('what failed, was cancelled or never ran is not charged', async () => {
    const before = (await at.usage(who.wallet)).length
    const empty = { messages: [] as Anthropic.MessageParam[] }
    const failed = await batches().create({ requests: [request(1, empty), request(2)] })
    ends()
    const kinds = (await linesOf(failed.id)).map(({ result }) => result.type)
    assert.deepEqual(kinds, ['errored', 'succeeded'])
    assert.equal((await at.usage(who.wallet)).length, before + 1)
    const cancelled = await batches().create({ requests: [request(3), request(4)] })
    assert.ok((await batches().cancel(cancelled.id)).cancel_initiated_at)
    ends()
    await at.gateway.settleBatches(at.world.now())
    assert.equal((await at.usage(who.wallet)).length, before + 1)
    assert.deepEqual(await holds(), [])
  })

  test('a person sees the own batches only, in pages, and may delete them once they are settled', async () => {
    const other = await at.employee(DOLLAR)
    const made: string[] = []
    for (const n of [1, 2, 3]) {
      at.world.advance(1)
      made.unshift((await batches().create({ requests: [request(n)] })).id)
    }
    const listed: string[] = []
    for await (const { id } of batches().list({ limit: 2 })) listed.push(id)
    assert.deepEqual(listed.slice(0, 3), made)
    assert.deepEqual((await other.anthropic.messages.batches.list()).data, [])
    const mine = made[0]!
    for (const ask of [
      () => other.anthropic.messages.batches.retrieve(mine),
      () => other.anthropic.messages.batches.cancel(mine),
      () => other.anthropic.messages.batches.delete(mine),
    ])
      await assert.rejects(ask, Anthropic.NotFoundError)
    await assert.rejects(batches().delete(mine), Anthropic.BadRequestError)
    ends()
    assert.equal((await batches().delete(mine)).id, mine)
    await assert.rejects(batches().retrieve(mine), Anthropic.NotFoundError)
    const gone = (await at.usage(who.wallet)).length
    await at.gateway.settleBatches(at.world.now())
    assert.equal((await at.usage(who.wallet)).length, gone + 2)
    assert.deepEqual(await holds(), [])
  })

  test('when one call cannot be held, none is, nothing is sent, and the answer names it', async () => {
    const poor = await at.employee(DOLLAR / 50n)
    seen = []
    const requests = [request(2), request(1, { max_tokens: 30_000, system: 'x'.repeat(40_000) })]
    await assert.rejects(
      poor.anthropic.messages.batches.create({ requests }),
      (error) =>
        error instanceof Anthropic.BadRequestError && /call-1.*Nothing of this batch/.test(error.message),
    )
    assert.deepEqual(seen, [])
    assert.deepEqual(await at.ledger.openHolds(at.db, poor.wallet), [])
    assert.deepEqual(await at.usage(poor.wallet), [])
  })

  test('a batch is refused whole for a request that could not be metered, and for a name given twice', async () => {
    seen = []
    for (const requests of [
      [request(1), request(1)],
      [request(1, { stream: true })],
      [request(1, { model: 'no-such-model' })],
      [request(1, { speed: 'fast' })],
      [request(1, { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] })],
      [{ ...request(1), custom_id: 'no spaces' }],
      [],
    ])
      await assert.rejects(
        batches().create({ requests }),
        Anthropic.BadRequestError,
        JSON.stringify(requests),
      )
    assert.deepEqual(seen, [])
    assert.deepEqual(await holds(), [])
  })

  test('holds of a batch outlive the process, and the output they pay for is written into each request', async () => {
    const short = await at.employee(DOLLAR / 20n)
    const batch = await short.anthropic.messages.batches.create({
      requests: [
        request(2, { max_tokens: 60_000, messages: [{ role: 'user', content: 'reply with 30000 tokens' }] }),
      ],
    })
    at.world.advance(3 * HOUR)
    await at.ledger.heartbeat(at.world.now())
    await at.ledger.lapse(at.world.now())
    assert.equal((await at.ledger.openHolds(at.db, short.wallet)).length, 1)
    await at.gateway.settleBatches(at.world.now())
    const [row] = await at.usage(short.wallet)
    assert.ok(row && row.absorbed === 0n && row.charged <= DOLLAR / 20n && row.output > 1_000n, batch.id)
  })

  test('a batch whose creation was not answered is found at the provider and settled once', async () => {
    const before = (await at.usage(who.wallet)).length
    swallow = true
    await assert.rejects(
      batches().create({ requests: [request(1), request(2), request(3)] }),
      Anthropic.APIError,
    )
    assert.equal((await holds()).length, 3)
    at.world.advance(25 * MINUTE)
    await at.gateway.settleBatches(at.world.now())
    ends()
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
    assert.equal((await at.usage(who.wallet)).length, before + 3)
    assert.deepEqual(await holds(), [])
  })

  test('a batch that the provider never heard of is given up, and its holds with it', async () => {
    const real = provider
    provider = (_, res) => void res.destroy()
    await assert.rejects(batches().create({ requests: [request(1)] }), Anthropic.APIError)
    provider = real
    assert.equal((await holds()).length, 1)
    at.world.advance(25 * MINUTE)
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
    assert.deepEqual(await holds(), [])
  })

  test('results that break off in the middle are settled from the start again, each call once', async () => {
    const before = (await at.usage(who.wallet)).length
    await batches().create({ requests: [1, 2, 3, 4, 5].map((n) => request(n)) })
    ends()
    const real = provider
    let broken = 0
    provider = (req, res) => {
      if (req.url?.endsWith('/results') && broken++ === 0) {
        let lines = 0
        const write = res.write.bind(res)
        res.write = (line: unknown) => (++lines > 3 ? !res.destroy() : write(line as string))
      }
      return real(req, res)
    }
    assert.equal(await at.gateway.settleBatches(at.world.now()), 0)
    assert.equal((await holds()).length > 0, true)
    provider = real
    ends()
    assert.equal(await at.gateway.settleBatches(at.world.now()), 1)
    assert.equal((await at.usage(who.wallet)).length, before + 5)
    assert.deepEqual(await holds(), [])
  })

  test('what a process held for a batch and never sent is released by another', async () => {
    const principal = await at.spending.authenticate(who.key)
    const upstream = at.upstreams.pick('anthropic')
    assert.ok(principal && upstream)
    const [id, held, never] = [at.world.id(), at.world.id(), at.world.id()]
    const now = at.world.now()
    const row = {
      id,
      person: who.person,
      upstreamId: upstream.id,
      upstream: upstream.name,
      beta: null,
      prices: '[]',
    }
    const calls = [held, never].map((call, n) => ({ id: call, customId: `c${n}`, model: HAIKU }))
    await store.insert(at.db, { ...row, createdAt: now, dueAt: now + MINUTE }, calls)
    const admission = await at.spending.admit(principal, {
      provider: 'anthropic',
      model: HAIKU,
      purpose: null,
    })
    assert.ok(admission.kind === 'admitted')
    const { price, purpose, scopes } = admission
    const facts = {
      person: who.person,
      key: who.keyId,
      door: 'anthropic',
      route: 'messages/batches',
      model: HAIKU,
      class: price.class,
      provider: 'anthropic',
      upstream: upstream.name,
      purpose,
      priceVersion: price.version,
      variant: 'batch',
    } as const
    const lasting = { owner: 'batches', for: HOUR } as const
    await at.spending.hold(principal, { id: held, min: 1n, max: 5n, floor: 1n, scopes, facts, lasting })
    assert.equal((await holds()).length, 1)
    assert.equal(await at.gateway.settleBatches(at.world.now()), 0)
    ends()
    await at.gateway.settleBatches(at.world.now())
    assert.deepEqual(await holds(), [])
  })

  test('two replicas that settle at once charge every call once', async () => {
    const before = (await at.usage(who.wallet)).length
    const batch = await batches().create({ requests: Array.from({ length: 20 }, (_, n) => request(n)) })
    ends()
    await Promise.all([at.gateway.settleBatches(at.world.now()), linesOf(batch.id), linesOf(batch.id)])
    assert.equal((await at.usage(who.wallet)).length, before + 20)
    assert.deepEqual(await holds(), [])
  })

  test('a large batch is held, written and settled whole, and the ledger agrees with itself', async () => {
    const before = (await at.usage(who.wallet)).length
    const requests = Array.from({ length: 400 }, (_, n) => request(n))
    const batch = await batches().create({ requests })
    assert.equal((await holds()).length, 400)
    ends()
    assert.equal((await linesOf(batch.id)).length, 400)
    assert.equal((await at.usage(who.wallet)).length, before + 400)
    assert.deepEqual(await holds(), [])
    await at.ledger.seal()
    assert.deepEqual((await verify(at.db)).findings, [])
  })

  test('batches and files of other protocols stay closed, with the reason', async () => {
    const ask = { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' } as const
    await assert.rejects(who.openai.batches.create(ask), /closed/)
    await assert.rejects(who.openai.files.list(), /closed/)
  })
})
