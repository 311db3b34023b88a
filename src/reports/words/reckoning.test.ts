import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reckon } from '#grants/formula.ts'
import { rational } from '#base/rational.ts'
import { reckoningWords } from './reckoning.ts'

const facts = { level: 'L5', salary: null, rate: null }

test('how a quantity came about is told for every formula, as it was recorded', () => {
  const words = (...ask: Parameters<typeof reckon>): string | null => reckoningWords(reckon(...ask).reckoning)
  const total = { kind: 'total' } as const
  assert.equal(words({ formula: { kind: 'given' }, basis: total }, 5n, facts), null)
  const fixed = { kind: 'fixed', quantity: '7' } as const
  assert.equal(
    words({ formula: fixed, basis: total }, null, facts),
    'It is what the template grants to everybody.',
  )
  assert.match(words({ formula: fixed, basis: total }, 5n, facts) ?? '', /agreed for this grant/)
  const levels = { kind: 'by_level', levels: { L4: '3' }, otherwise: '9' } as const
  assert.match(words({ formula: levels, basis: total }, null, facts) ?? '', /does not name; the level is L5/)
  assert.match(
    words({ formula: levels, basis: total }, null, { ...facts, level: 'L4' }) ?? '',
    /to the level L4/,
  )
  const salary = { amount: 90_000_000_000_000n, currency: 'EUR', effectiveOn: '2026-01-01' }
  const rate = { rate: rational(108n, 100n), basis: 'ECB, 14 January 2026' }
  const basis = { kind: 'per_installment', installments: 12 } as const
  assert.equal(
    words({ formula: { kind: 'salary_share', share: '0.1' }, basis }, null, { level: 'L5', salary, rate }),
    'It is 10% of the base salary of EUR 90,000.00 a year that holds since 1 January 2026, in dollars at the rate of ' +
      'the grant date (ECB, 14 January 2026), in 12 equal parts.',
  )
})
