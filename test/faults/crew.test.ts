import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openLedger } from '#ledger/ledger.ts'
import { longStreams, membersOf, serveCrew } from '../support/crew.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import type { Served } from '../support/perq.ts'
import { proveAll } from '../support/proven.ts'
import { sweepTheDead } from '../support/sweep.ts'

const LONG = 60_000
const STREAMS = 6

describe('processes of a crew are killed in the middle of streams', () => {
  let db: TestDb
  let served: Served
  before(async () => {
    db = await testDb()
    served = await serveCrew(db.url)
  })
  after(async () => {
    if (!served.gone()) await served.stop()
    await db.drop()
  })

  type Row = { status: string; charged: bigint; held: bigint; absorbed: bigint }
  const rows = (): Promise<Row[]> =>
    db.query<Row>('select status, charged, held, absorbed from ledger.usage order by id')
  const held = async (): Promise<number> => (await db.query('select id from ledger.hold')).length

  test('kill -9 of one of several workers: its streams end at their floors, those of the others come to their end, and calls are served', async () => {
    const { finished } = await longStreams(served, STREAMS)
    const [victim] = membersOf(served)
    process.kill(victim!, 'SIGKILL')
    const whole = await finished
    assert.ok(whole < STREAMS, 'some were of the dead')
    await sweepTheDead(db)
    await eventually(async () => assert.equal(await held(), 0), LONG)
    const all = await rows()
    assert.equal(all.length, STREAMS)
    assert.equal(all.filter(({ status }) => status === 'ok').length, whole)
    assert.equal(all.filter(({ status }) => status === 'lapsed').length, STREAMS - whole)
    for (const { charged, held: most, absorbed } of all)
      assert.ok(charged > 0n && charged <= most && absorbed === 0n)
    const next = await longStreams(served, 1)
    assert.equal(await next.finished, 1)
  })

  test('kill -9 of the primary of a crew: every stream ends at its floor, once, and nothing is left behind', async () => {
    const before = (await rows()).length
    const { finished } = await longStreams(served, STREAMS)
    await served.kill()
    assert.equal(await finished, 0)
    await sweepTheDead(db)
    await eventually(async () => assert.equal(await held(), 0), LONG)
    const lost = (await rows()).slice(before)
    assert.equal(lost.length, STREAMS)
    for (const { status, charged, held: most } of lost)
      assert.ok(['lapsed', 'cancelled', 'failed'].includes(status) && charged > 0n && charged <= most, status)
  })

  test('and then the ledger verifies', () => proveAll(openLedger({ db, owner: 'test' }), db))
})
