import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { kept, overspend, type Overspend } from '../../bench/overspend.ts'
import { testDb, type TestDb } from '../support/database.ts'

const CALLS = 300

/** The bench of the same name with fewer calls. */
describe('two replicas, more calls at once than the wallet pays for, one replica killed in the middle', () => {
  let db: TestDb
  let found: Overspend
  before(async () => {
    db = await testDb()
    found = await overspend({ url: db.url, db, calls: CALLS, log: () => {} })
  })
  after(async () => db.drop())

  test('never is a nano-dollar more spent than vested, nor more than was held for a call', () => {
    assert.ok(found.settled > 0n && found.settled <= found.granted)
    assert.deepEqual([found.overspent, found.absorbed], [0n, 0n])
  })

  test('the calls of the dead replica end, each charged what was certain', () => {
    assert.ok(found.lost > 0 && found.lapsed > 0, `${found.lost} lost, ${found.lapsed} lapsed`)
    assert.equal(found.stuck_holds, 0)
  })

  test('nobody is refused for another reason, nor while the wallet can pay', () => {
    assert.deepEqual(Object.keys(found.reasons), ['budget_exhausted'])
    assert.ok(found.retried > 0)
    assert.equal(found.false_refusals, 0)
  })

  test('and the ledger verifies', () => {
    assert.ok(found.verified)
    assert.ok(kept(found))
  })
})
