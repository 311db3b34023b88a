import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf } from './address.ts'

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
