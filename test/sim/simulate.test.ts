import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSlot, NOTHING_PLANTED } from './simulate/company.ts'
import { simulate } from './simulate/many.ts'
import { runScript, type Told } from './simulate/run.ts'
import { scriptOf } from './simulate/script.ts'

/** A fixed budget; `npm run simulate -- --operations 1000000` runs more of them. */
const SEEDS = 12
const OPERATIONS = 250

test('whatever is asked, however often, in whatever order, and whoever dies on the way: every invariant holds after every step', async () => {
  const { broken, counts, operations } = await simulate({
    operations: SEEDS * OPERATIONS,
    perSeed: OPERATIONS,
    seed: 20_270_101,
    slots: 2,
  })
  assert.equal(broken, null, broken?.story)
  assert.equal(operations, SEEDS * OPERATIONS)
  for (const how of [
    'unsent',
    'unanswered',
    'late',
    'cut_before',
    'cut_after',
    'kill',
    'watch',
    'both',
    'leave',
    'balances of the past',
  ])
    assert.ok((counts[how] ?? 0) > 0, `nothing of this kind happened: ${how}`)
})

test('a seed is one story: what happens and what everybody hears is the same each time', async () => {
  const slot = await openSlot()
  try {
    const tell = async (seed: number): Promise<string> => {
      const told: Told[] = []
      const script = scriptOf(seed, OPERATIONS)
      const failure = await runScript(slot, {
        seed,
        script,
        planted: NOTHING_PLANTED,
        counts: new Map(),
        told,
      })
      assert.equal(failure, null)
      return JSON.stringify(told)
    }
    const once = await tell(5)
    assert.equal(await tell(5), once)
    assert.notEqual(await tell(6), once)
  } finally {
    await slot.close()
  }
})

test('whoever leaves with nothing granted leaves nothing behind, and their wallet stays as it was', async () => {
  const slot = await openSlot()
  try {
    const script = [
      { kind: 'hire', person: 0 },
      { kind: 'leave', person: 0, reason: 0, replica: 1, mishap: null },
    ] as const
    const ask = { seed: 11, script, planted: NOTHING_PLANTED, counts: new Map<string, number>() }
    assert.equal(await runScript(slot, ask), null)
  } finally {
    await slot.close()
  }
})
