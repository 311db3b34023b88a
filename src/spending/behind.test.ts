import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBehind } from './behind.ts'

const away = (): Promise<never> => Promise.reject(new Error('the database is away'))
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('closing ends by itself while a writing waits to be tried again', async () => {
  const behind = openBehind()
  let tries = 0
  const written = behind.write(() => {
    tries += 1
    return away()
  })
  await turn()
  let ended = false
  void behind.close().then(() => void (ended = true))
  await turn()
  assert.ok(ended, 'it waited for the next try, which keeps no process alive')
  assert.deepEqual([await written, tries], [false, 1])
})

test('closing waits for a writing that is under way, and for no other try of it', async () => {
  const behind = openBehind()
  const [good, bad] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const written = [behind.write(() => good.promise), behind.write(() => bad.promise)]
  let ended = false
  void behind.close().then(() => void (ended = true))
  await turn()
  assert.ok(!ended)
  good.resolve()
  bad.reject(new Error('the database is away'))
  await turn()
  assert.ok(ended)
  assert.deepEqual(await Promise.all(written), [true, false])
})
