import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256Hex } from '#base/json.ts'
import { fourYearMonthly } from './shapes.ts'
import { contentOf, type Contract } from './version.ts'

const contract: Contract = {
  grant: '00000000-0000-7000-8000-000000000001',
  version: 1,
  person: { id: '00000000-0000-7000-8000-000000000002', name: 'Ada Lovelace' },
  entity: '00000000-0000-7000-8000-000000000003',
  name: 'Signing grant',
  template: { name: 'Four years', version: 2 },
  terms: fourYearMonthly(),
  quantity: 48_000n,
  startDate: '2026-01-15',
  grantDate: '2026-01-15',
  tranches: [{ date: '2027-01-15', quantity: 48_000n }],
}

/** The same value with its fields in another order, all the way down. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}

test('a contract has one text and one hash, in whatever order its fields come', () => {
  const first = contentOf(contract)
  assert.deepEqual(contentOf(shuffled(contract) as Contract), first)
  assert.equal(first.hash, sha256Hex(first.text))
  assert.equal(first.hash, '0da22059366a19d11a8eb867ceac26a8df3daec08c30591970590fbb833a4764')
  const parsed: unknown = JSON.parse(first.text)
  assert.ok(typeof parsed === 'object' && parsed !== null && 'tranches' in parsed)
  assert.deepEqual(parsed.tranches, [['2027-01-15', '48000']])
})

test('whatever changes in a contract changes its hash', () => {
  const { hash } = contentOf(contract)
  const word = fc.string({ minLength: 1, maxLength: 20 })
  const other = fc.oneof(
    word.map((name) => ({ ...contract, name })),
    word.map((name) => ({ ...contract, person: { ...contract.person, name } })),
    fc.bigInt({ min: 1n, max: 10n ** 18n }).map((quantity) => ({ ...contract, quantity })),
    fc.integer({ min: 1, max: 99 }).map((version) => ({ ...contract, version })),
    fc
      .integer({ min: 0, max: 100 })
      .map((priority) => ({ ...contract, terms: { ...contract.terms, priority } })),
    fc
      .bigInt({ min: 1n, max: 10n ** 18n })
      .map((quantity) => ({ ...contract, tranches: [{ date: '2027-01-15', quantity }] })),
    word.map((modelClass) => ({ ...contract, terms: { ...contract.terms, unit: { modelClass } } })),
  )
  fc.assert(
    fc.property(other, (changed) => {
      const same = contentOf(changed)
      assert.equal(same.hash === hash, same.text === contentOf(contract).text)
    }),
  )
})
