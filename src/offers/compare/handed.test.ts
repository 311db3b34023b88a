import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { div, rational } from '#base/rational.ts'
import { fractionText, handedSide } from './handed.ts'
import { numberOf } from './numbers.ts'

test('a quantity that travels as text is exactly what it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.bigInt({ min: 1n, max: 10n ** 12n }), (n, d) => {
      assert.deepEqual(numberOf(fractionText(n, d)), div(rational(n), rational(d)))
    }),
  )
})

test('an offer of Perq is handed over with every part of it', () => {
  const side = handedSide({
    company: 'Acme',
    offer: {
      currency: 'EUR',
      rate: '1.08',
      equity: {
        kind: 'option',
        units: '1000',
        price: '10000000000',
        strike: '2500000000',
        volatility: '0.6',
        term_years: '6',
        years: ['0.25', '0.25', '0.25', '0.25'],
      },
      worth: {
        basis: 'replacement',
        lines: [
          {
            name: 'Nodes',
            asset: 'NODE_SECOND/H100-SXMx8/guaranteed',
            price: { kind: 'unpriced' },
            delivered: { share: '0.99' },
            used: { share: '0.75' },
            years: [{ quantity: '3600' }, { quantity: '7200' }, { quantity: '0' }, { quantity: '0' }],
            total: { quantity: '10800' },
          },
        ],
        years: [
          {
            salary: '100000000000000',
            bonus: '10000000000000',
            signing: '5000000000000',
            benefits: '1000000000',
          },
          { salary: '100000000000000', bonus: '10000000000000', signing: '0', benefits: '0' },
        ],
      },
    },
  })
  assert.equal(side.salary, '100000')
  assert.equal(side.bonus_amount, '10000')
  assert.equal(side.signing, '5000')
  assert.equal(side.equity!.strike, '2.5')
  const [nodes, seats] = side.compute!
  assert.deepEqual(
    [nodes!.kind, nodes!.quantity, nodes!.accelerator, nodes!.tier],
    ['gpu_hours', '24', 'H100-SXM', 'guaranteed'],
  )
  assert.deepEqual(nodes!.years, ['1/3', '2/3', '0', '0'])
  assert.equal(seats!.quantity, '1.08')
})
