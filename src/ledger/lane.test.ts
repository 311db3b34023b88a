import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openLane } from './lane.ts'

type Op = { readonly n: number; readonly key: string; readonly group?: string; readonly poison?: boolean }

class Poisoned extends Error {}
class Broken extends Error {}

const op = (n: number, more: Partial<Op> = {}): Op => ({ n, key: `own ${n}`, ...more })
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** A lane whose batches are kept; a batch with a poisonous operation fails and does nothing. */
function laneOf(limit: number, answered: (batch: readonly Op[]) => Promise<void> = turn, atOnce = 1) {
  const tried: (readonly Op[])[] = []
  const done: Op[] = []
  let inFlight = 0
  let most = 0
  const lane = openLane<Op, number>({
    limit,
    atOnce,
    keyOf: ({ key }) => key,
    groupOf: ({ group }) => group ?? null,
    isPoison: (error) => error instanceof Poisoned,
    run: async (batch) => {
      tried.push(batch)
      inFlight += 1
      most = Math.max(most, inFlight)
      try {
        await answered(batch)
        if (batch.some(({ poison }) => poison)) throw new Poisoned()
        done.push(...batch)
        return batch.map(({ n }) => n * 10)
      } finally {
        inFlight -= 1
      }
    },
  })
  return { lane, tried, done, most: () => most }
}

const OPS = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), poison: fc.boolean(), later: fc.boolean() }),
  {
    maxLength: 60,
  },
)

describe('a lane', () => {
  test('answers each operation with its own answer, and never runs more batches at once than it may', async () => {
    const { lane, tried, most } = laneOf(8)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => lane.submit(op(n))))
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, n) => n * 10),
    )
    assert.equal(most(), 1)
    assert.deepEqual(
      tried.map((batch) => batch.length),
      [8, 8, 8, 8, 8, 8, 2],
    )
  })

  test('takes together what came while a batch was in flight', async () => {
    const { lane, tried } = laneOf(512)
    const first = lane.submit(op(0))
    await turn()
    const rest = Array.from({ length: 20 }, (_, n) => lane.submit(op(n + 1)))
    assert.equal(lane.waiting(), 20)
    await Promise.all([first, ...rest])
    assert.deepEqual(
      tried.map((batch) => batch.length),
      [1, 20],
    )
    assert.equal(lane.waiting(), 0)
  })

  test('sends the next batch before it tells the answers of the last', async () => {
    const told: string[] = []
    let gate = Promise.withResolvers<void>()
    const { lane } = laneOf(512, (batch) => {
      told.push(`sent ${batch[0]!.n}`)
      return gate.promise
    })
    const first = lane.submit(op(0)).then(() => told.push('told 0'))
    await turn()
    await turn()
    const second = lane.submit(op(1))
    const { resolve } = gate
    gate = Promise.withResolvers<void>()
    resolve()
    await first
    gate.resolve()
    await second
    assert.deepEqual(told, ['sent 0', 'sent 1', 'told 0'])
  })

  test('a second batch sets off beside the first once many wait, and no third', async () => {
    const gate = Promise.withResolvers<void>()
    const { lane, tried, most } = laneOf(512, () => gate.promise, 2)
    const first = lane.submit(op(0))
    await turn()
    await turn()
    const few = Array.from({ length: 31 }, (_, n) => lane.submit(op(n + 1)))
    await turn()
    await turn()
    assert.equal(tried.length, 1)
    const more = Array.from({ length: 100 }, (_, n) => lane.submit(op(n + 100)))
    await turn()
    await turn()
    await turn()
    const third = Array.from({ length: 50 }, (_, n) => lane.submit(op(n + 200)))
    await turn()
    await turn()
    await turn()
    assert.equal(tried.length, 2)
    gate.resolve()
    await Promise.all([first, ...few, ...more, ...third])
    assert.equal(most(), 2)
    assert.deepEqual(
      tried.slice(0, 2).map((batch) => batch.length),
      [1, 131],
    )
  })

  test('many that come at once while nothing is in flight go as two halves', async () => {
    const { lane, tried, most } = laneOf(512, turn, 2)
    await Promise.all(Array.from({ length: 70 }, (_, n) => lane.submit(op(n))))
    assert.equal(most(), 2)
    assert.deepEqual(
      tried.map((batch) => batch.length),
      [35, 35],
    )
  })

  test('what is of one key never flies together, however many wait', async () => {
    const flying = new Set<string>()
    const { lane, done, most } = laneOf(
      512,
      async (batch) => {
        for (const { key } of batch) {
          assert.ok(!flying.has(key), `${key} is in flight already`)
          flying.add(key)
        }
        await turn()
        await turn()
        for (const { key } of batch) flying.delete(key)
      },
      2,
    )
    await Promise.all(Array.from({ length: 400 }, (_, n) => lane.submit(op(n, { key: `key ${n % 70}` }))))
    assert.equal(most(), 2)
    const last = new Map<string, number>()
    for (const { key, n } of done) {
      assert.ok(n > (last.get(key) ?? -1), `${key} keeps its order`)
      last.set(key, n)
    }
    assert.equal(done.length, 400)
  })

  test('what is of one group flies together in one batch, and never in two', async () => {
    const gate = Promise.withResolvers<void>()
    const { lane, tried, most } = laneOf(512, () => gate.promise, 2)
    const first = lane.submit(op(0, { group: 'a' }))
    await turn()
    await turn()
    const more = Array.from({ length: 80 }, (_, n) => lane.submit(op(n + 1, { group: n % 2 ? 'a' : 'b' })))
    await turn()
    await turn()
    assert.deepEqual(
      tried.map((batch) => [batch.length, ...new Set(batch.map(({ group }) => group))]),
      [
        [1, 'a'],
        [40, 'b'],
      ],
    )
    gate.resolve()
    await Promise.all([first, ...more])
    assert.deepEqual([most(), tried[2]!.length], [2, 40])
  })

  test('waits while each turn brings more, but not for ever', async () => {
    const { lane, tried } = laneOf(512)
    const answers: Promise<number>[] = []
    const caller = (async () => {
      for (let n = 1; n <= 40; n += 1) {
        await turn()
        answers.push(lane.submit(op(n)))
      }
    })()
    answers.push(lane.submit(op(0)))
    await caller
    await Promise.all(answers)
    const first = tried[0]?.length ?? 0
    assert.ok(first > 1 && first < 41, `${first} in the first batch`)
  })

  test('keeps the order of one key, puts no key twice into a batch, and fails only what is poisonous', async () => {
    await fc.assert(
      fc.asyncProperty(OPS, fc.integer({ min: 1, max: 7 }), async (asked, limit) => {
        const { lane, tried, done } = laneOf(limit)
        const answers: Promise<PromiseSettledResult<number>>[] = []
        for (const [n, { key, poison, later }] of asked.entries()) {
          if (later) await turn()
          answers.push(Promise.allSettled([lane.submit(op(n, { key, poison }))]).then(([one]) => one!))
        }
        const settled = await Promise.all(answers)
        assert.deepEqual(
          settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason instanceof Poisoned)),
          asked.map(({ poison }, n) => (poison ? true : n * 10)),
        )
        for (const batch of tried) {
          assert.ok(batch.length <= limit, 'a batch is at most the limit')
          assert.equal(new Set(batch.map(({ key }) => key)).size, batch.length, 'no key twice in a batch')
        }
        assert.equal(done.length, asked.filter(({ poison }) => !poison).length, 'each is done once')
        const last = new Map<string, number>()
        for (const { key, n } of done) {
          assert.ok(n > (last.get(key) ?? -1), `${key} keeps its order`)
          last.set(key, n)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('finds one poisonous operation by halving, not by trying each alone', async () => {
    const { lane, tried } = laneOf(64)
    const answers = await Promise.allSettled(
      Array.from({ length: 64 }, (_, n) => lane.submit(op(n, { poison: n === 37 }))),
    )
    assert.deepEqual(
      answers.flatMap(({ status }, n) => (status === 'rejected' ? [n] : [])),
      [37],
    )
    assert.equal(tried.length, 1 + 2 * Math.log2(64))
  })

  test('another failure refuses its whole batch once, and the next batch runs', async () => {
    let broken = true
    const { lane, tried } = laneOf(4, async () => {
      await turn()
      if (broken) {
        broken = false
        throw new Broken()
      }
    })
    const answers = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => lane.submit(op(n))))
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.equal(tried.length, 2)
  })

  test('is drained when everything submitted so far is answered, also by refusal', async () => {
    const { lane, done } = laneOf(3)
    let answered = 0
    for (let n = 0; n < 10; n += 1) {
      const count = (): void => void (answered += 1)
      lane.submit(op(n, { poison: n === 4 })).then(count, count)
    }
    await lane.drain()
    assert.equal(answered, 10)
    assert.equal(done.length, 9)
    await lane.drain()
    assert.equal(await lane.submit(op(11)), 110)
  })
})
