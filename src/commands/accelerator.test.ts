import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rational } from '#base/rational.ts'
import { checkAccelerator } from './accelerator.ts'

const accelerators = new Map([
  ['H100-SXM', {}],
  ['H100-PCIe', {}],
  ['B200', {}],
])
const unpriced = { accelerators, rate: () => null }
const unit = (accelerator: string) =>
  ({ denomination: 'gpu_hour', unit: { accelerator, tier: 'spot' } }) as const

test('an accelerator that nobody knows is refused with those that are meant, unless the company prices it', () => {
  checkAccelerator(unpriced, unit('H100-SXM'), 0)
  checkAccelerator(unpriced, { denomination: 'usd', unit: {} }, 0)
  assert.throws(() => checkAccelerator(unpriced, unit('H100'), 0), {
    param: 'unit.accelerator',
    message: /"H100"; give one of H100-SXM, H100-PCIe, or/,
  })
  assert.throws(() => checkAccelerator(unpriced, unit('Z9'), 0), { message: /H100-SXM, H100-PCIe, B200/ })
  const priced = { accelerators, rate: () => ({ rate: rational(1n), basis: 'contract' }) }
  checkAccelerator(priced, unit('Z9'), 0)
})
