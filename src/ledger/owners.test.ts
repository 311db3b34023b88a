import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND } from '#base/time.ts'
import { testDb } from '../../test/support/database.ts'
import { openLedger } from './ledger.ts'
import { OWNER_DEAD_AFTER, watchOwners } from './owners.ts'
import * as store from './store.ts'

const step = 5 * SECOND

test('an owner is dead when its heartbeat stood still for as long as it may, not before', () => {
  const look = watchOwners('me')
  for (let now = 0; now < OWNER_DEAD_AFTER; now += step)
    assert.deepEqual(look([{ id: 'a', seen_at: 7 }], now), [])
  assert.deepEqual(look([{ id: 'a', seen_at: 7 }], OWNER_DEAD_AFTER), ['a'])
})

test('a heartbeat that changes is alive, whatever time it carries', () => {
  const look = watchOwners('me')
  for (let beat = 0; beat < 20; beat += 1) {
    assert.deepEqual(
      look(
        [
          { id: 'ahead', seen_at: 1e12 + beat },
          { id: 'behind', seen_at: beat },
        ],
        beat * step,
      ),
      [],
    )
  }
})

test('a process never calls itself dead, and after a sleep it calls nobody dead at once', () => {
  const look = watchOwners('me')
  const owners = [
    { id: 'me', seen_at: 0 },
    { id: 'other', seen_at: 0 },
  ]
  look(owners, 0)
  assert.deepEqual(look(owners, 60 * SECOND), [])
  for (let now = 65; now < 80; now += 5) assert.deepEqual(look(owners, now * SECOND), [])
  assert.deepEqual(look(owners, 80 * SECOND), ['other'])
})

test('who beats is alive, though its clock stands still because it was put back', async () => {
  const db = await testDb({ max: 2 })
  try {
    const [it, look] = [openLedger({ db, owner: 'it' }), watchOwners('other')]
    for (let now = 0; now <= 3 * OWNER_DEAD_AFTER; now += step) {
      await it.heartbeat(1_000_000)
      assert.deepEqual(look(await store.owners(db), now), [])
    }
  } finally {
    await db.drop()
  }
})
