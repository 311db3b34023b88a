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
    const story = error.life < 0 ? null : await shrink(SEED, error.life, () => {})
    assert.fail(story ?? error.message)
  }
})

test('a life is told by its seed and number alone, whatever others live beside it', () => {
  const told = (seed: number, life: number): string => JSON.stringify(scriptOf(seed, life, TERMS.length))
  assert.equal(told(SEED, 3), told(SEED, 3))
  assert.notEqual(told(SEED, 3), told(SEED, 4))
  assert.notEqual(told(SEED, 3), told(SEED + 1, 3))
})
