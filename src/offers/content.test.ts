import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256Hex } from '#base/json.ts'
import { ask, pricedLines } from '../../test/support/random-offers.ts'
import { contentFrom, contentOf } from './content-json.ts'
import { grantOf, sealedContent, type OfferContent } from './content.ts'
import { worthOf } from './worth.ts'

const OFFER = '01890000-0000-7000-8000-00000000000a'
const content = ask.chain((one) =>
  pricedLines(one.position.startsOn).map((lines): OfferContent => ({
    ...one,
    format: 'perq.offer.1',
    offer: OFFER,
    version: 2,
    company: 'Perq',
    entityName: 'Perq GmbH',
    managerName: null,
    lines: lines.map(({ n, name, asset, quantity, tranches }) => ({
      n,
      name,
      asset,
      quantity,
      tranches,
      grant: grantOf(OFFER, 2, n),
      template: { id: OFFER, name, version: 1 },
      terms: { statements: [{ order: 1, percentage: '1' }], scope: {}, priority: 50 },
      reckoning: n % 2 === 0 ? null : { kind: 'fixed', quantity: String(quantity) },
    })),
    worth: worthOf(one.pay, lines, {
      startsOn: one.position.startsOn,
      day: '2026-01-01',
      basis: one.basis,
    }),
    document: { text: '{}\n', sha256: sha256Hex('{}\n') },
  })),
)

/** The same fields in another order, at every depth. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, turned(item)]),
  )
}

test('what is sealed is read back the same, and sealed again has the same hash, in whatever order its fields came', () => {
  fc.assert(
    fc.property(content, (one) => {
      const { text, hash } = sealedContent(one)
      assert.equal(sha256Hex(text), hash)
      const read = contentFrom(text)
      assert.deepEqual(read, structuredClone(one))
      assert.equal(sealedContent(read).hash, hash)
      assert.equal(sealedContent(turned(one) as OfferContent).hash, hash)
    }),
  )
})

test('one changed figure is another hash, and a text that is not what its hash says is never read', () => {
  fc.assert(
    fc.property(content, (one) => {
      const { text, hash } = sealedContent(one)
      const raised = { ...one, pay: { ...one.pay, salary: one.pay.salary + 1n } }
      assert.notEqual(sealedContent(raised).hash, hash)
      assert.throws(() => contentOf({ content: sealedContent(raised).text, contentHash: hash }))
      assert.deepEqual(contentOf({ content: text, contentHash: hash }), structuredClone(one))
    }),
    { numRuns: 30 },
  )
})

test('each line of each version of an offer is a grant of its own', () => {
  const ids = [1, 2].flatMap((version) => [1, 2, 3].map((line) => grantOf(OFFER, version, line)))
  assert.equal(new Set(ids).size, 6)
  assert.equal(grantOf(OFFER, 1, 1), ids[0])
})
