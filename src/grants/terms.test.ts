import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fourYearMonthly, monthlyRefill } from './shapes.ts'
import { checkName, checkTerms, MAX_QUANTITY, totalQuantity, type Terms } from './terms.ts'

const terms = fourYearMonthly()

test('the ready-made terms can be used', () => {
  checkTerms(terms)
  checkTerms(monthlyRefill({ months: 12 }))
})

test('a term that cannot be used is refused by its name', () => {
  const cases: readonly (readonly [Partial<Terms>, string])[] = [
    [{ statements: [] }, 'statements'],
    [{ priority: 101 }, 'priority'],
    [{ priority: 0.5 }, 'priority'],
    [{ basis: { kind: 'per_installment', installments: 0 } }, 'basis.installments'],
    [{ expiry: { kind: 'days_after_vest', days: 0 } }, 'expiry.days'],
    [{ expiry: { kind: 'end_of_month_after_vest', months: -1 } }, 'expiry.months'],
    [{ expiry: { kind: 'on', date: '2026-02-30' } }, 'expiry.date'],
    [{ scope: { providers: [''] } }, 'scope.providers'],
    [{ scope: { classes: Array.from({ length: 101 }, () => 'small') } }, 'scope.classes'],
  ]
  for (const [change, param] of cases) {
    assert.throws(() => checkTerms({ ...terms, ...change }), { code: 'invalid', param })
  }
  assert.throws(() => checkName('  '), { code: 'invalid', param: 'name' })
})

test('a quantity counts what its basis says, and must be storable and above 0', () => {
  assert.equal(totalQuantity({ kind: 'total' }, 7n), 7n)
  assert.equal(totalQuantity({ kind: 'per_installment', installments: 12 }, 200n), 2_400n)
  assert.equal(totalQuantity({ kind: 'total' }, MAX_QUANTITY), MAX_QUANTITY)
  for (const quantity of [0n, -1n, MAX_QUANTITY + 1n]) {
    assert.throws(() => totalQuantity({ kind: 'total' }, quantity), { param: 'quantity' })
  }
  assert.throws(() => totalQuantity({ kind: 'per_installment', installments: 2 }, MAX_QUANTITY), {
    param: 'quantity',
  })
})
