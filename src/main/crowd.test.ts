import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { isCrowd, watchCrowd } from './crowd.ts'

test('many calls are a crowd until they are clearly fewer', () => {
  assert.equal(isCrowd(1_000, false), false)
  assert.equal(isCrowd(1_001, false), true)
  assert.equal(isCrowd(501, true), true)
  assert.equal(isCrowd(500, true), false)
})

test('the heap is narrowed when a crowd comes and let be when it goes, each once', async () => {
  let calls = 10
  const told: boolean[] = []
  const stop = watchCrowd({ calls: () => calls, narrow: (yes) => told.push(yes) })
  calls = 2_000
  await eventually(() => assert.deepEqual(told, [true]))
  calls = 20
  await eventually(() => assert.deepEqual(told, [true, false]))
  stop()
})

/** Objects live long enough to grow old, and are replaced again and again: the most that the heap came to, MiB. */
const CHURN = `
  import { watchCrowd } from '#main/crowd.ts'
  const kept = []
  for (let n = 0; n < 200_000; n += 1) kept.push({ n, text: 'x'.repeat(40) + n })
  const stop = watchCrowd({ calls: () => Number(process.argv[1]) })
  await new Promise((done) => setTimeout(done, 600))
  let most = 0
  for (let turn = 0; turn < 60; turn += 1) {
    for (let n = 0; n < 40_000; n += 1) kept[(turn * 40_000 + n) % kept.length] = { n, text: 'x'.repeat(40) + turn + n }
    await new Promise((done) => setImmediate(done))
    most = Math.max(most, process.memoryUsage().heapUsed)
  }
  stop()
  console.log(most / 1024 / 1024)
`

test('while many calls stand the heap stays closer to what lives', () => {
  const cwd = new URL('..', import.meta.url)
  const heapWith = (calls: number): number => {
    const flags = ['--expose-gc', '--max-semi-space-size=8', '--max-old-space-size=4096']
    const args = [...flags, '--input-type=module', '-e', CHURN, String(calls)]
    return Number(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }))
  }
  const [few, many] = [heapWith(10), heapWith(5_000)]
  assert.ok(many < few * 0.8, `${many} MiB with many calls, ${few} MiB with few`)
})
