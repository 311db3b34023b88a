import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  assetOf,
  DENOMINATIONS,
  isExchangeable,
  parseAsset,
  TIERS,
  unitName,
  type Denomination,
} from './asset.ts'
import { Fault } from './fault.ts'
import { decimalQuantity, formatQuantity, parseQuantity } from './quantity.ts'

test('the exact text of a quantity reads back as that quantity, in every denomination', () => {
  fc.assert(
    fc.property(fc.constantFrom(...DENOMINATIONS), fc.bigInt({ min: 0n, max: 2n ** 63n }), (of, quantity) => {
      assert.equal(parseQuantity(of, decimalQuantity(of, quantity)), quantity)
    }),
  )
})

test('what is finer than the smallest unit is refused and never rounded', () => {
  const refused: readonly (readonly [Denomination, string])[] = [
    ['usd', '0.0000000001'],
    ['seat_month', '1.5'],
    ['token', '0.1'],
    ['gpu_hour', '0.0001'],
    ['gpu_hour', '1:60:00'],
    ['token', '1:00:00'],
    ['usd', '-1'],
    ['usd', '1e3'],
    ['gpu_hour', ''],
  ]
  for (const [of, text] of refused) assert.equal(parseQuantity(of, text), null, `${of} ${text}`)
})

test('quantities are read as people write them', () => {
  assert.equal(parseQuantity('gpu_hour', '1,200.5'), 4_321_800n)
  assert.equal(parseQuantity('node_hour', '00:00:01'), 1n)
  assert.equal(parseQuantity('usd', '$1,000.25'), 1_000_250_000_000n)
  assert.equal(parseQuantity('exaflop_day', '12.5'), 12_500_000_000n)
  assert.equal(parseQuantity('token', '1000000'), 1_000_000n)
})

test('quantities are told with their unit, and what is not nothing is never told as nothing', () => {
  assert.equal(formatQuantity('USD', 14_208_510_000_000n), '$14,208.51')
  assert.equal(formatQuantity('SEAT_MONTH', 1n), '1 seat-month')
  assert.equal(
    formatQuantity('GPU_SECOND/H100-SXM/guaranteed', 4_321_800n),
    '1,200.5 H100-SXM GPU-hours, guaranteed',
  )
  assert.equal(formatQuantity('GPU_SECOND/H100-SXM/spot', 1n), '00:00:01 H100-SXM GPU-hours, spot')
  assert.equal(
    formatQuantity('GPU_SECOND/H100-SXM/spot', 43_210_001n, 'exact'),
    '12,002:46:41 H100-SXM GPU-hours, spot',
  )
  assert.equal(formatQuantity('NODE_SECOND/B200x8/priority', 3_600n), '1 node-hour of 8 B200, priority')
  assert.equal(formatQuantity('EXAFLOP_DAY', -12_345_678_901n), '-12.35 exaFLOP-days')
  assert.equal(formatQuantity('EXAFLOP_DAY', 12_345_678_901n, 'exact'), '12.345678901 exaFLOP-days')
  assert.equal(formatQuantity('TOKEN/small', 2_000_000n), '2,000,000 tokens of small models')
})

test('an asset has one name, and its name reads back as what it counts', () => {
  const accelerator = fc.constantFrom('H100-SXM', 'GB200', 'TPU-v5e', 'foox8')
  const tier = fc.constantFrom(...TIERS)
  const units = fc.oneof(
    fc.record({ of: fc.constantFrom('usd', 'seat_month', 'exaflop_day'), unit: fc.constant({}) }),
    fc.record({ of: fc.constant('gpu_hour'), unit: fc.record({ accelerator, tier }) }),
    fc.record({
      of: fc.constant('node_hour'),
      unit: fc.record({ accelerator, tier, gpusPerNode: fc.integer({ min: 1, max: 9_999 }) }),
    }),
    fc.record({
      of: fc.constant('token'),
      unit: fc.record({ modelClass: fc.constantFrom('small', 'frontier') }),
    }),
  )
  fc.assert(
    fc.property(units, ({ of, unit }) => {
      const denomination = DENOMINATIONS.find((known) => known === of)!
      const asset = assetOf(denomination, unit)
      assert.deepEqual(parseAsset(asset), { asset, denomination, unit: { ...unit } })
      assert.ok(unitName(asset).length > 0)
    }),
  )
})

test('a unit that is missing a part or has one too many is refused by the name of the part', () => {
  const param = (attempt: () => unknown): string | null | undefined => {
    try {
      attempt()
    } catch (error) {
      assert.ok(error instanceof Fault)
      return error.param
    }
    return undefined
  }
  assert.equal(
    param(() => assetOf('gpu_hour', { tier: 'spot' })),
    'accelerator',
  )
  assert.equal(
    param(() => assetOf('gpu_hour', { accelerator: 'H100/SXM', tier: 'spot' })),
    'accelerator',
  )
  assert.equal(
    param(() => assetOf('gpu_hour', { accelerator: 'H100-SXM' })),
    'tier',
  )
  assert.equal(
    param(() => assetOf('node_hour', { accelerator: 'B200', tier: 'spot' })),
    'gpusPerNode',
  )
  assert.equal(
    param(() => assetOf('token')),
    'modelClass',
  )
  assert.equal(
    param(() => assetOf('usd', { modelClass: 'small' })),
    'modelClass',
  )
  for (const text of [
    'usd',
    'GPU_SECOND/H100',
    'NODE_SECOND/B200/spot',
    'TOKEN/',
    'CUR/EUR',
    'SEAT_MONTH ',
    'GPU_SECOND/x/spot\n',
  ])
    assert.equal(parseAsset(text), null, text)
  assert.deepEqual(['CUR/EUR', 'CUR/USD', 'USD'].map(isExchangeable), [true, false, true])
})
