import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { wire } from '../../../../src/api/wire.ts'
import { worthView } from '../../../../src/api/offer-wire.ts'
import { anyContent, H100, LINES, offerContent } from '../../../../test/support/offer-content.ts'
import { nano } from '../../lib/money.ts'
import { LEAST, MOST, moves, signed, STEP, stressed } from './stress.ts'

const told = (content: ReturnType<typeof offerContent>) => wire(worthView(content.worth))
const percents = fc.integer({ min: LEAST / STEP, max: MOST / STEP }).map((steps) => steps * STEP)

test('at today’s prices the offer is what it is, whatever it is made of', () => {
  fc.assert(
    fc.property(anyContent, (content) => {
      const { lines, total } = told(content)
      assert.deepEqual(stressed({ lines, total }, 0), {
        cap: nano(total.compute_cap),
        expected: nano(total.compute_expected),
        totalCap: nano(total.total_cap),
        totalExpected: nano(total.total_expected),
      })
    }),
  )
})

test('only compute that has a price to move moves, and everything else stays to the last digit', () => {
  fc.assert(
    fc.property(anyContent, percents, (content, percent) => {
      const { lines, total } = told(content)
      const after = stressed({ lines, total }, percent)
      assert.equal(after.totalCap - after.cap, nano(total.total_cap) - nano(total.compute_cap))
      assert.equal(
        after.totalExpected - after.expected,
        nano(total.total_expected) - nano(total.compute_expected),
      )
      if (!lines.some(moves)) assert.equal(after.cap, nano(total.compute_cap))
    }),
  )
})

test('hours at a tenth of their price are a tenth, dollars beside them are dollars', () => {
  const { lines, total } = told(offerContent())
  const [dollars, hours] = lines
  assert.deepEqual(lines.map(moves), [false, true])
  const after = stressed({ lines, total }, -90)
  const tenth = after.cap - nano(dollars!.total.cap)
  // To the half of a billionth.
  const off = tenth * 10n - nano(hours!.total.cap)
  assert.ok(off >= -5n && off <= 5n)
})

test('what has no price does not move', () => {
  const price = { kind: 'unpriced' as const, reason: 'nobody says' }
  const { lines } = told(offerContent({ lines: [{ asset: H100, quantity: 3_600n, price }, LINES[0]!] }))
  assert.deepEqual(lines.map(moves), [false, false])
})

test('a change is said with its sign', () => {
  assert.deepEqual([-90, 0, 60].map(signed), ['−90%', '0%', '+60%'])
})
