import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LifeFailure } from './lives/live.ts'
import { runLives, shrink } from './lives/run.ts'
import { scriptOf } from './lives/script.ts'
import { TERMS } from './lives/terms.ts'

/** A fixed budget; `npm run lives -- 10000` lives more of them. */
const LIVES = 40
const SEED = 20_270_101

test('in whatever order a life goes, every grant stays accounted for and leaving does what was previewed', async () => {
  try {
    const { findings, leavings, acts } = await runLives({ lives: LIVES, seed: SEED })
    assert.equal(findings, 0)
    assert.ok(leavings > 0 && acts > 10 * LIVES)
  } catch (error) {
    if (!(error instanceof LifeFailure)) throw error
    const story = error.life < 0 ? null : await shrink({ seed: SEED, life: error.life })
    assert.fail(story ?? error.message)
  }
})

test('a life that fails is told by what of it matters, and nothing else', async () => {
  const script = [
    { month: 0, kind: 'hire' },
    { month: 0, kind: 'grant', template: 0, units: 100 },
    { month: 1, kind: 'spend', hold: 500, use: 500, later: false },
    { month: 1, kind: 'leave', reason: 'VOLUNTARY_OTHER', ahead: 0 },
    { month: 2, kind: 'stay' },
    { month: 2, kind: 'rehire', credit: true, template: 1, units: 50 },
    { month: 3, kind: 'spend', hold: 1, use: 1, later: true },
  ] as const
  const also = ({ story }: { story: readonly string[] }): string | null =>
    story.some((line) => line.includes('→ back')) ? 'nobody comes back' : null
  const story = await shrink({ seed: SEED, life: 0, script, months: 4, also })
  const kinds = [...(story ?? '').matchAll(/"kind":"(\w+)"/g)].map(([, kind]) => kind)
  assert.deepEqual(kinds, ['hire', 'leave', 'rehire'])
})

test('a life is told by its seed and number alone, whatever others live beside it', () => {
  const told = (seed: number, life: number): string => JSON.stringify(scriptOf(seed, life, TERMS.length))
  assert.equal(told(SEED, 3), told(SEED, 3))
  assert.notEqual(told(SEED, 3), told(SEED, 4))
  assert.notEqual(told(SEED, 3), told(SEED + 1, 3))
})
