import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../../../test/support/world.ts'
import { addressOf } from './address.ts'
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

test('a provider key never travels in clear to another machine unless that was allowed', () => {
  const strict = { plainHttp: false }
  assert.deepEqual(addressOf('https://api.example.com/v1/', strict), {
    origin: 'https://api.example.com',
    prefix: '/v1',
  })
  assert.deepEqual(addressOf('http://127.0.0.1:99/openai/v1', strict), {
    origin: 'http://127.0.0.1:99',
    prefix: '/openai/v1',
  })
  assert.deepEqual(addressOf('http://[::1]:99', strict), { origin: 'http://[::1]:99', prefix: '' })
  assert.throws(() => addressOf('http://10.0.0.5:8000/v1', strict), /in clear/)
  assert.throws(() => addressOf('http://127.0.0.1.example.com', strict), /in clear/)
  assert.equal(addressOf('http://10.0.0.5:8000/v1', { plainHttp: true }).origin, 'http://10.0.0.5:8000')
  for (const url of ['ftp://a', 'nonsense', 'https://u:p@a', 'https://a/?x=1', 'https://a/#x', ''])
    assert.throws(() => addressOf(url, { plainHttp: true }), /base_url/, url)
})
