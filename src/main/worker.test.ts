import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE, SECOND } from '#base/time.ts'
import { testWorld } from '../../test/support/world.ts'
import { startWorker } from './worker.ts'

test('the process whose turn it is does every duty, the others only their own and a twelfth of the rest', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const done = { beat: 0, lapse: 0, vest: 0, seal: 0 }
  let mine = false
  const none = (): Promise<number> => Promise.resolve(0)
  const counted = (which: keyof typeof done) => () => {
    done[which] += 1
    return Promise.resolve(0)
  }
  const worker = startWorker({
    world: testWorld(),
    ledger: {
      heartbeat: () => counted('beat')().then(() => {}),
      lapse: counted('lapse'),
      seal: counted('seal'),
      openMonths: none,
      rollUp: () => Promise.resolve(false),
    },
    life: { work: none, expireDue: none, repriceDue: none },
    vestDue: counted('vest'),
    backSeats: none,
    settleBatches: none,
    expireOffers: none,
    fetchPrices: none,
    deliver: none,
    sweep: none,
    turn: { mine: () => mine },
    log: () => assert.fail('nothing fails here'),
    watch: { did: () => {}, failed: () => assert.fail('nothing fails here') },
  })
  const pass = async (time: number): Promise<void> => {
    for (let at = 0; at < time; at += SECOND) {
      t.mock.timers.tick(SECOND)
      // A duty that is under way is not begun again: each one ends before the next second.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await pass(MINUTE)
  assert.deepEqual(done, { beat: 12, lapse: 12, vest: 1, seal: 5 })
  mine = true
  await pass(MINUTE)
  assert.deepEqual(done, { beat: 24, lapse: 24, vest: 13, seal: 65 })
  mine = false
  await pass(MINUTE)
  assert.deepEqual(done, { beat: 36, lapse: 36, vest: 14, seal: 70 })
  await worker.stop()
})
