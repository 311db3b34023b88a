import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fourYearMonthly, monthlyRefill, monthlySeats } from './shapes.ts'
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
  const total = { basis: { kind: 'total' }, denomination: 'usd' } as const
  const installments = (count: number) =>
    ({ basis: { kind: 'per_installment', installments: count }, denomination: 'usd' }) as const
  assert.equal(totalQuantity(total, 7n), 7n)
  assert.equal(totalQuantity(installments(12), 200n), 2_400n)
  assert.equal(totalQuantity(total, MAX_QUANTITY), MAX_QUANTITY)
  for (const quantity of [0n, -1n, MAX_QUANTITY + 1n]) {
    assert.throws(() => totalQuantity(total, quantity), { param: 'quantity' })
  }
  assert.throws(() => totalQuantity(installments(2), MAX_QUANTITY), { param: 'quantity' })
})

test('months of a seat are few: a quantity in nano-dollars is not taken for them', () => {
  const seats = { basis: { kind: 'total' }, denomination: 'seat_month' } as const
  assert.equal(totalQuantity(seats, 12n), 12n)
  assert.equal(totalQuantity(seats, 1_200n), 1_200n)
  assert.throws(() => totalQuantity(seats, 1_201n), { param: 'quantity', message: /months of a seat/ })
})

test('a seat is granted only where it can be spent: whole, and of a product that tells of its use', () => {
  const seats = monthlySeats({ months: 12 })
  checkTerms(seats)
  checkTerms({ ...seats, scope: { providers: ['anthropic'], purposes: ['work'] } })
  for (const [scope, param] of [
    [{ classes: ['small'] }, 'scope.classes'],
    [{ providers: ['openai'] }, 'scope.providers'],
    [{ providers: [] }, 'scope.providers'],
  ] as const) {
    assert.throws(() => checkTerms({ ...seats, scope }), { code: 'invalid', param })
  }
})
