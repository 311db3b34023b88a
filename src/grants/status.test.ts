import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  checkChangeable,
  GRANT_STATUSES,
  IN_LEDGER,
  MOVES,
  moves,
  type GrantStatus,
  type Step,
} from './status.ts'

const STEPS = Object.keys(MOVES) as Step[]

/** A way that only takes steps which are allowed; the others are refused and leave it where it is. */
function walk(steps: readonly Step[]): {
  readonly way: readonly GrantStatus[]
  readonly taken: readonly Step[]
} {
  const way: GrantStatus[] = ['draft']
  const taken: Step[] = []
  for (const step of steps) {
    try {
      if (!moves(step, way.at(-1)!)) continue
    } catch {
      continue
    }
    taken.push(step)
    way.push(MOVES[step].to)
  }
  return { way, taken }
}

test('no path to the ledger skips submission, approval, offer or acceptance', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 60 }), (steps) => {
      const { way, taken } = walk(steps)
      if (!way.some((status) => status === 'active')) return
      const since = taken.slice(taken.lastIndexOf('submit'))
      assert.deepEqual(since.slice(0, 5), ['submit', 'approve', 'offer', 'accept', 'activate'])
    }),
    { numRuns: 5_000 },
  )
})

test('what was declined, withdrawn or has ended stays so', () => {
  for (const status of ['declined', 'withdrawn', 'ended'] as const) {
    for (const step of STEPS) {
      if (MOVES[step].to === status) assert.equal(moves(step, status), false)
      else assert.throws(() => moves(step, status), { code: 'conflict', param: 'status' })
    }
  }
})

test('every status is reached, and each step taken twice is a replay', () => {
  const reached = new Set<GrantStatus>(['draft', ...Object.values(MOVES).map(({ to }) => to)])
  assert.deepEqual([...reached].toSorted(), [...GRANT_STATUSES].toSorted())
  for (const step of STEPS) assert.equal(moves(step, MOVES[step].to), false)
  assert.deepEqual(IN_LEDGER, ['active', 'ended'])
})

test('only a draft can be changed; everything else is frozen', () => {
  checkChangeable('draft')
  for (const status of GRANT_STATUSES.filter((one) => one !== 'draft')) {
    assert.throws(() => checkChangeable(status), { code: 'frozen', param: 'status' })
  }
})
