import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openOfferLinks } from './link.ts'

const links = openOfferLinks(new Uint8Array(32).fill(7))
const END = Date.UTC(2027, 0, 15)
const id = fc.uuid()
const end = fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => seconds * 1_000)

test('what was signed is read back until its last millisecond, and not after it', () => {
  fc.assert(
    fc.property(id, end, (link, expiresAt) => {
      const token = links.sign({ id: link, expiresAt })
      assert.deepEqual(links.verify(token, expiresAt - 1), { id: link, expiresAt })
      assert.equal(links.verify(token, expiresAt), null)
    }),
  )
})

test('a link of which any one character is another is refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  const token = links.sign({ id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a', expiresAt: END })
  for (let at = 0; at < token.length; at += 1)
    for (const other of alphabet) {
      if (other === token[at]) continue
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      assert.equal(links.verify(changed, 0), null, changed)
    }
})

test('a link of which any one bit of what is signed, or of the signature, is another is refused', () => {
  fc.assert(
    fc.property(id, end, fc.integer({ min: 0, max: (22 + 32) * 8 - 1 }), (link, expiresAt, bit) => {
      const all = Buffer.from(links.sign({ id: link, expiresAt }), 'base64url')
      all[bit >> 3] = all[bit >> 3]! ^ (1 << (bit & 7))
      assert.equal(links.verify(all.toString('base64url'), 0), null)
    }),
  )
})

test('no other text than the one that was signed is taken for it', () => {
  const token = links.sign({ id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a', expiresAt: END })
  for (const other of [`${token}A`, `${token}=`, token.slice(0, -1), ` ${token}`, `${token}\n`])
    assert.equal(links.verify(other, 0), null)
})

test('another server’s link, an empty one and one of any other text is refused', () => {
  const other = openOfferLinks(new Uint8Array(32).fill(8))
  const token = other.sign({ id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a', expiresAt: END })
  assert.equal(links.verify(token, 0), null)
  fc.assert(fc.property(fc.string(), (text) => links.verify(text, 0) === null))
})
