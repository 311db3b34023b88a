import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import { openMeter } from './meter.ts'
import type { Look } from './store.ts'

const START = Date.UTC(2026, 0, 15, 12)

type Ended = { readonly id: string; readonly at: Millis; readonly charged: bigint }

/** What the database would show: calls since `since` one by one, and minutes of what was before. */
function lookAt(ended: readonly Ended[], { since, from }: { since: Millis; from: Millis }): Look {
  const before = ended.filter(({ at }) => at >= from && at < since)
  return {
    holds: [],
    ended: ended.filter(({ at }) => at >= since),
    minutes: before.map(({ at, charged }) => ({ at: at - (at % MINUTE), charged })),
    pause: null,
    confirmation: null,
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('here' as const), wait: fc.integer({ min: 0, max: 90 }) }),
  fc.record({ kind: fc.constant('elsewhere' as const), wait: fc.integer({ min: 0, max: 90 }) }),
  fc.record({
    kind: fc.constant('look' as const),
    wait: fc.integer({ min: 0, max: 200 }),
    /** Calls that end here while the database is read. */
    meanwhile: fc.integer({ min: 0, max: 2 }),
  }),
)

test('what ended is counted once, however often looks show it and however long none comes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const meter = openMeter({ wallet: 'w', person: 'p', now: START })
      const ended: Ended[] = []
      let now = START
      let n = 0
      const end = (here: boolean): void => {
        const one = { id: `c${(n += 1)}`, at: now, charged: BigInt(n) }
        ended.push(one)
        if (!here) return
        const own = {
          id: one.id,
          meter,
          amount: one.charged,
          until: now + MINUTE,
          open: true,
          before: null,
          after: null,
        }
        meter.reserve(own, null)
        meter.settled(one.id, own, { charged: one.charged, time: now })
      }
      const look = (meanwhile: number): void => {
        const reach = meter.reach(now)
        const found = lookAt(ended, reach)
        for (let more = 0; more < meanwhile; more += 1) end(true)
        meter.learn(found, reach, now)
      }
      look(0)
      for (const one of steps) {
        now += one.wait * SECOND
        if (one.kind === 'look') look(one.meanwhile)
        else end(one.kind === 'here')
      }
      look(0)
      const all = ended.reduce((sum, { charged }) => sum + charged, 0n)
      assert.equal(meter.spent(now).day, all)
      assert.equal(meter.heldSum(), 0n)
    }),
    { numRuns: 500 },
  )
})
