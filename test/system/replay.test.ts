import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toJson } from '#base/json.ts'
import { connect } from '#db/connect.ts'
import type { Db } from '#db/sql.ts'
import { readTrace, type TraceRow } from '#main/demo/trace.ts'
import { cost } from '#prices/cost.ts'
import { openPrices } from '#prices/prices.ts'
import type { Price } from '#prices/types.ts'
import { perq, servePerq, tempFolder, type Served } from '../support/perq.ts'
import { sendCall } from '../support/trace-client.ts'
import { testWorld } from '../support/world.ts'

const IN_FLIGHT = 48
/** What doors count around a prompt, in tokens. */
const FRAME = 24n

type UsedRow = {
  door: string
  at: number
  model: string
  provider: Price['provider']
  input: bigint
  cache_read: bigint
  cache_write_5m: bigint
  cache_write_1h: bigint
  output: bigint
  reasoning: bigint
  cost: bigint
  charged: bigint
}

/** The whole code trace through the gateway, by forty people; then proof, then a hand in the books. */
describe('a whole day of real call sizes through the doors of the gateway', () => {
  const folder = tempFolder()
  let served: Served
  let db: Db
  const trace = readTrace()
  const answers: { id: string; cost: bigint; row: TraceRow }[] = []
  before(async () => {
    served = await servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '0' } })
    db = await connect(served.database, { max: 2, mayExit: true })
  })
  after(async () => {
    await db.close()
    await served.stop()
    folder.remove()
  })

  test(`all ${trace.length} calls are answered, each with its cost`, async () => {
    const rows = trace.values()
    const keys = served.people.flatMap(({ key }) => key ?? [])
    const caller = async (): Promise<void> => {
      for (const row of rows as Iterable<TraceRow>) {
        const key = keys[answers.length % keys.length]!
        const answer = await sendCall(served, key, row)
        assert.equal(answer.kind, 'answered', toJson(answer))
        if (answer.kind === 'answered') answers.push({ ...answer, row })
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller))
    assert.equal(answers.length, trace.length)
  })

  test('the ledger has one usage row for each, at the cost that the client was told', async () => {
    const rows = await db.query<{ id: string; cost: bigint }>('select id, cost from ledger.usage')
    const costs = new Map(rows.map((row) => [row.id, row.cost]))
    for (const { id, cost } of answers) assert.equal(costs.get(id), cost)
    assert.equal(rows.length, answers.length)
    const [left] = await db.query<{ holds: bigint }>('select count(*) as holds from ledger.hold')
    assert.equal(left!.holds, 0n)
  })

  test("every call has the size of the trace's", async () => {
    const rows = await db.query<UsedRow & { id: string }>('select * from ledger.usage')
    const used = new Map(rows.map((row) => [row.id, row]))
    for (const { id, row } of answers) {
      const { input, cache_read, cache_write_5m, cache_write_1h, output, reasoning } = used.get(id)!
      const context = input + cache_read + cache_write_5m + cache_write_1h
      const off = context - BigInt(row.context)
      assert.ok(off >= -FRAME && off <= FRAME, `${context} tokens of context, ${row.context} in the trace`)
      assert.equal(output - reasoning, BigInt(row.generated))
    }
  })

  test("every cost is the price book's to the nano-dollar, at each of the three doors", async () => {
    const prices = openPrices({ db, world: testWorld() })
    await prices.load()
    const rows = await db.query<UsedRow>('select * from ledger.usage order by id')
    const calls: Record<string, number> = {}
    for (const row of rows) {
      calls[row.door] = (calls[row.door] ?? 0) + 1
      const price = prices.resolve(row.provider, row.model, row.at)
      assert.ok(price)
      const tokens = {
        input: Number(row.input),
        cacheRead: Number(row.cache_read),
        cacheWrite5m: Number(row.cache_write_5m),
        cacheWrite1h: Number(row.cache_write_1h),
        output: Number(row.output),
      }
      assert.equal(row.cost, cost(price, tokens).nano)
      assert.equal(row.charged, row.cost)
    }
    await prices.close()
    assert.deepEqual(Object.keys(calls).toSorted(), ['anthropic', 'gemini', 'openai'])
    for (const count of Object.values(calls)) assert.ok(count > trace.length / 4)
  })

  test('the command line explains the same cost', async () => {
    const rows = await db.query<UsedRow>('select distinct on (door) * from ledger.usage order by door, id')
    for (const row of rows) {
      const args = [
        'price',
        row.model,
        '--provider',
        row.provider,
        '--in',
        `${row.input}`,
        '--cache-read',
        `${row.cache_read}`,
        '--out',
        `${row.output}`,
      ]
      const { out, code } = await perq([...args, '--json', '--data', folder.path])
      assert.equal(code, 0)
      assert.equal((JSON.parse(out) as { costNano: string }).costNano, String(row.cost))
    }
  })

  test('a wallet from the command line balances', async () => {
    const { out } = await perq(['wallet', served.people[0]!.email, '--json', '--data', folder.path])
    const wallet = JSON.parse(out) as Record<string, string> & { lots: { vested: string; spent: string }[] }
    const [granted, ...rest] = [
      'granted',
      'unvested',
      'available',
      'held',
      'spent',
      'expired',
      'forfeited',
      'revoked',
    ].map((name) => BigInt(wallet[name]!))
    assert.equal(
      granted,
      rest.reduce((sum, amount) => sum + amount, 0n),
    )
    assert.ok(BigInt(wallet['spent']!) > 0n)
    assert.equal(
      wallet.lots.reduce((sum, lot) => sum + BigInt(lot.spent), 0n),
      BigInt(wallet['spent']!),
    )
  })

  test('verify passes, and after one entry is changed by hand it fails and names it', async () => {
    const clean = await perq(['ledger', 'verify', '--json', '--data', folder.path])
    assert.equal(clean.code, 0, clean.out + clean.err)
    assert.equal((JSON.parse(clean.out) as { ok: boolean }).ok, true)
    const [entry] = await db.query<{ seq: bigint }>(
      `select seq from ledger.entry where kind = 'settle' order by transfer limit 1 offset 4000`,
    )
    await db.query('update ledger.entry set amount = amount + 1 where seq = $1', [entry!.seq])
    const dirty = await perq(['ledger', 'verify', '--data', folder.path])
    assert.equal(dirty.code, 1)
    assert.match(dirty.err, new RegExp(`entry ${entry!.seq} `))
    await db.query('update ledger.entry set amount = amount - 1 where seq = $1', [entry!.seq])
    assert.equal((await perq(['ledger', 'verify', '--data', folder.path])).code, 0)
  })
})
