import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE, SECOND } from '#base/time.ts'
import { openCircuit } from './circuit.ts'

const ALL = ['a', 'b', 'c'].map((id) => ({ id }))

test('whatever fails, every upstream stays in the order, once, and those that are well come first', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('failed', 'answered', 'begun', 'order', 'forget'),
    busy: fc.boolean(),
    retryAfter: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
    wait: fc.integer({ min: 0, max: 60_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 1_000_000
      const circuit = openCircuit(() => now)
      for (const { id, kind, busy, retryAfter, wait } of steps) {
        now += wait
        if (kind === 'failed') {
          const { coolingUntil } = circuit.failed(id, { busy, retryAfter })
          assert.ok(coolingUntil <= now + 5 * MINUTE, 'nobody is spared for ever')
        } else if (kind === 'answered') circuit.answered(id)
        else if (kind === 'begun') circuit.begun(id)
        else if (kind === 'forget') circuit.forget(id)
        else {
          const spared = new Set(ALL.filter((one) => circuit.standing(one.id).coolingUntil > now))
          const order = circuit.order(ALL)
          assert.deepEqual(order.map((one) => one.id).toSorted(), ['a', 'b', 'c'])
          const last = order.findLastIndex((one) => !spared.has(one))
          assert.ok(order.slice(0, last + 1).every((one) => !spared.has(one)))
        }
      }
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('an upstream is spared after three failures, longer each time, until one has ended well', () => {
  let now = 0
  const circuit = openCircuit(() => now)
  const fail = () => circuit.failed('a', { busy: false, retryAfter: null }).coolingUntil - now
  const first = (): string => circuit.order(ALL)[0]!.id
  fail()
  fail()
  assert.equal(first(), 'a')
  assert.equal(fail(), 15 * SECOND)
  assert.equal(first(), 'b')
  now += 15 * SECOND
  assert.equal(first(), 'a', 'one call probes it')
  assert.equal(first(), 'b', 'the others wait')
  assert.equal(fail(), 30 * SECOND)
  now += 30 * SECOND
  assert.equal(first(), 'a')
  circuit.begun('a')
  assert.equal(first(), 'a', 'a reply that begins lets the others return')
  assert.equal(fail(), 15 * SECOND, 'and one that breaks off ends that at once')
  circuit.answered('a')
  assert.deepEqual(circuit.standing('a'), { failures: 0, coolingUntil: 0 })
})
