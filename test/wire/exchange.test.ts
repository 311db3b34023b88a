import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { verify } from '#ledger/verify.ts'
import { testGateway, type TestGateway } from '../support/gateway.ts'

const GPU = 'GPU_SECOND/H100-SXM/guaranteed'

describe('a wallet without dollars', () => {
  let at: TestGateway
  before(async () => {
    at = await testGateway()
    await at.exchange.record(
      { kind: 'rate', from: GPU, to: 'USD', rate: '2.50', effectiveFrom: 0, source: 'a contract' },
      'finance@example.com',
    )
  })
  after(() => at.close())

  test('pays for a call with GPU-hours where their grant allows it, and says what became of each second', async () => {
    const who = await at.employee(1n)
    const { db, ledger, world } = at
    const grant = world.id()
    const seconds = await db.tx(async (sql) => {
      const wallet = await ledger.openWallet(sql, { id: world.id(), person: who.person, asset: GPU })
      await ledger.granted(sql, world.now(), { grant, wallet, quantity: 36_000n })
      const lot = {
        grant,
        tranche: 1,
        quantity: 36_000n,
        priority: 50,
        effectiveAt: world.now(),
        expiresAt: null,
      }
      await ledger.vested(sql, world.now(), [{ ...lot, scope: { exchange: ['USD'] } }])
      return wallet
    })
    const body = { model: 'gpt-5.2', messages: [{ role: 'user' as const, content: 'reply with 20 tokens' }] }
    const reply = await who.openai.chat.completions.create(body)
    assert.equal(reply.choices[0]?.finish_reason, 'stop')
    const [given] = await db.query<{ amount: bigint; quantity: bigint; rate: string; basis: string }>(
      `select amount, quantity, rate_n || '/' || rate_d as rate, basis from ledger.conversion`,
    )
    assert.ok(given)
    assert.equal(given.quantity, (given.amount * 6_250_000n) / 9n)
    assert.match(given.basis, /a contract/)
    const gpu = await ledger.balances(db, seconds)
    assert.deepEqual([gpu.available, gpu.spent], [36_000n - given.amount, given.amount])
    const wallet = (await ledger.walletOf(db, who.person))!
    const dollars = await ledger.balances(db, wallet.id)
    assert.ok(dollars.spent > 0n && dollars.held === 0n)
    assert.equal(dollars.available + dollars.spent, given.quantity + 1n)
    assert.deepEqual((await verify(db)).findings, [])
  })
})
