import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../../test/support/world.ts'
import { open, seal } from './vault.ts'

const world = testWorld()
const master = world.random(32)

test('a sealed key opens only in its own row, under its own master key, and unchanged', () => {
  const sealed = seal(master, world.random(12), 'row-1', 'sk-secret-ä')
  assert.ok(!sealed.includes('secret'))
  assert.equal(open(master, 'row-1', sealed), 'sk-secret-ä')
  assert.throws(() => open(master, 'row-2', sealed), /sealed with another master key/)
  assert.throws(() => open(world.random(32), 'row-1', sealed), /sealed with another master key/)
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    assert.throws(() => open(master, 'row-1', changed), /sealed with another master key/, `byte ${at}`)
  }
  assert.throws(() => open(master, 'row-1', sealed.subarray(0, 20)), /sealed with another master key/)
})
