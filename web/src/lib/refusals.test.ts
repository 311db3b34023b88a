import assert from 'node:assert/strict'
import { test } from 'node:test'

import { saidAtField } from './refusals.ts'

test('a refusal at its field says what is there and what to give, without the name that programs have for it', () => {
  for (const [message, said] of [
    ['statements[0].schedule.period is 0; give an integer from 1', 'It is 0; give an integer from 1'],
    ['expiry.date is ""; give a real date as YYYY-MM-DD', 'Give a real date as YYYY-MM-DD'],
    ['sample.salary is missing. Record it', 'Record it'],
    [
      'formula.levels.L4 is ""; give a quantity above 0 in the smallest unit, as text',
      'Give an amount above 0, such as 1,200.',
    ],
    [
      'clauses.leave.0.graceDays is "". Invalid input: expected number, received string.',
      'Give a whole number.',
    ],
    [
      'clauses.acceleration.0.events is []. Too small: expected array to have >=1 items.',
      'Give at least one.',
    ],
    ['priority is 900. Too big: expected number to be <=100', 'Give at most 100.'],
    [
      'pay.equity.price is 0; give the price of one share, 1 to 1000000000000000000 billionths',
      'Give an amount above 0, such as 12.50.',
    ],
    ['pay.salary is -1; give 0 to 1000000000000000000 billionths', 'Give an amount from 0 to a billion.'],
    ['nobody approves their own pay', 'Nobody approves their own pay'],
  ] as const)
    assert.equal(saidAtField(message), said)
})
