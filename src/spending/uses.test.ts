import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openUses } from './uses.ts'

test('however often a key is used, it is written at most once a second, with its last use', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const written: { key: string; at: number }[][] = []
  const uses = openUses(async (batch) => void written.push([...batch]))
  for (let call = 0; call < 1_000; call++) uses.used(call % 2 ? 'a' : 'b', call)
  assert.equal(written.length, 0)
  t.mock.timers.tick(999)
  await Promise.resolve()
  assert.equal(written.length, 0)
  t.mock.timers.tick(1)
  await uses.close()
  assert.deepEqual(written, [
    [
      { key: 'b', at: 998 },
      { key: 'a', at: 999 },
    ],
  ])
})

test('closing writes what is left', async () => {
  const written: string[] = []
  const uses = openUses(async (batch) => void written.push(...batch.map((use) => use.key)))
  uses.used('a', 1)
  await uses.close()
  assert.deepEqual(written, ['a'])
})

test('a writing that fails reaches no caller and loses nothing: the next one brings it, with newer uses on top', async () => {
  const written: { key: string; at: number }[] = []
  let broken = true
  const uses = openUses(async (batch) => {
    if (broken) throw new Error('gone')
    written.push(...batch)
  })
  uses.used('a', 1)
  uses.used('b', 1)
  await uses.close()
  broken = false
  uses.used('b', 2)
  await uses.close()
  assert.deepEqual(
    written,
    [
      { key: 'b', at: 2 },
      { key: 'a', at: 1 },
    ].toSorted((x, y) => (x.key < y.key ? -1 : 1)),
  )
})

test('a key in steady use is written when it is first seen and then once a minute, and its last use is not lost', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const written: string[] = []
  const uses = openUses(async (batch) => void written.push(...batch.map(({ key, at }) => `${key} ${at}`)))
  for (let second = 0; second < 120; second += 1) {
    uses.used('a', second)
    if (second === 30) uses.used('b', second)
    t.mock.timers.tick(1_000)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  }
  assert.deepEqual(written, ['a 0', 'b 30', 'a 60'])
  await uses.close()
  assert.deepEqual(written, ['a 0', 'b 30', 'a 60', 'a 119'])
})
