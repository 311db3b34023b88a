import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openPatience } from './patience.ts'

/** In steps, because a timer that is set anew in the middle of a longer one would count from its end. */
function pass(t: TestContext, millis: number): void {
  for (let passed = 0; passed < millis; passed += 50) t.mock.timers.tick(50)
}

test('whoever waits is told after the whole length, hardly later, and in turn', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const patience = openPatience(6_400)
  const told: string[] = []
  patience.begin(() => told.push('first'))
  pass(t, 3_200)
  patience.begin(() => told.push('second'))
  pass(t, 3_150)
  assert.deepEqual(told, [])
  pass(t, 150)
  assert.deepEqual(told, ['first'])
  pass(t, 3_300)
  assert.deepEqual(told, ['first', 'second'])
})

test('a wait that is over is never told, and those around it are', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const patience = openPatience(6_400)
  const told: string[] = []
  patience.begin(() => told.push('first'))
  const over = patience.begin(() => told.push('over'))
  patience.begin(() => told.push('last'))
  over.over()
  pass(t, 10_000)
  assert.deepEqual(told, ['first', 'last'])
  patience.begin(() => told.push('anew'))
  pass(t, 10_000)
  assert.deepEqual(told, ['first', 'last', 'anew'])
})

test('work that is done in time gives its own answer, and its own failure', async () => {
  const patience = openPatience(60_000)
  assert.equal(await patience.wait(Promise.resolve('done')), 'done')
  await assert.rejects(patience.wait(Promise.reject(new Error('its own'))), /its own/)
})

test('work that takes too long gives nothing, and goes on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const patience = openPatience(6_400)
  const work = Promise.withResolvers<string>()
  const answer = patience.wait(work.promise)
  pass(t, 6_600)
  assert.equal(await answer, null)
  work.resolve('late')
  assert.equal(await work.promise, 'late')
})
