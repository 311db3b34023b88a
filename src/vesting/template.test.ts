import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultCode } from '#base/fault.ts'
import { Fault } from '#base/fault.ts'
import { scheduleFromJson } from './schedule.ts'

const grid = { occurrences: 12, period: 1, period_type: 'MONTHS' }
const statement = { order: 1, percentage: '1', schedule: grid }
const start = { startDate: '2025-01-31' }

function refusal(request: {
  template?: unknown
  runtime?: unknown
  allocation?: unknown
  quantity?: bigint
}): Fault {
  try {
    scheduleFromJson({ template: [statement], runtime: start, quantity: 10n, ...request })
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const withGrid = (more: object): unknown => [{ ...statement, schedule: { ...grid, ...more } }]
const withCliff = (cliff: unknown): unknown => withGrid({ cliff })

const CASES: readonly (readonly [FaultCode, string, Parameters<typeof refusal>[0]])[] = [
  ['invalid', 'template', { template: undefined }],
  ['invalid', 'template', { template: [] }],
  ['invalid', 'template', { template: { statements: [statement] } }],
  ['invalid', 'template', { template: Array.from({ length: 101 }, (_, order) => ({ ...statement, order })) }],
  ['invalid', 'template[0]', { template: [7] }],
  ['invalid', 'template[0]', { template: [{ order: 1, percentage: '1' }] }],
  ['invalid', 'template[0].order', { template: [{ ...statement, order: 1.5 }] }],
  [
    'invalid',
    'template[1].order',
    {
      template: [
        { ...statement, percentage: '0.1' },
        { ...statement, percentage: '0.1' },
      ],
    },
  ],
  ['invalid', 'template[0].percentage', { template: [{ ...statement, percentage: 1 }] }],
  ['invalid', 'template[0].percentage', { template: [{ ...statement, percentage: '-0.5' }] }],
  ['invalid', 'template[0].percentage', { template: [{ ...statement, percentage: '1e-1' }] }],
  ['invalid', 'template[0].percentage', { template: [{ ...statement, percentage: '0.12345678901' }] }],
  ['invalid', 'template[0].percentages', { template: [{ ...statement, percentages: '1' }] }],
  ['invalid', 'template[0].schedule', { template: [{ ...statement, schedule: null }] }],
  ['invalid', 'template[0].schedule.occurrences', { template: withGrid({ occurrences: 0 }) }],
  ['invalid', 'template[0].schedule.occurrences', { template: withGrid({ occurrences: 10_001 }) }],
  ['invalid', 'template[0].schedule.occurrences', { template: withGrid({ occurrences: '12' }) }],
  ['invalid', 'template[0].schedule.period', { template: withGrid({ period: -1 }) }],
  ['invalid', 'template[0].schedule.period_type', { template: withGrid({ period_type: 'WEEKS' }) }],
  [
    'invalid',
    'template[0].schedule.vesting_day_of_month',
    { template: withGrid({ vesting_day_of_month: '15' }) },
  ],
  ['invalid', 'template[0].schedule', { template: withGrid({ occurrences: 10_000, period_type: 'YEARS' }) }],
  ['invalid', 'template[0].schedule', { template: withGrid({ period: 1_000_000, period_type: 'YEARS' }) }],
  [
    'invalid',
    'template[0].schedule.cliff.length',
    { template: withCliff({ length: -1, period_type: 'DAYS', percentage: '0' }) },
  ],
  [
    'invalid',
    'template[0].schedule.cliff.percentage',
    { template: withCliff({ length: 1, period_type: 'DAYS', percentage: '1.1' }) },
  ],
  [
    'invalid',
    'template[0].event_condition.event_id',
    { template: [{ ...statement, event_condition: { event_id: '' } }] },
  ],
  [
    'over_allocated',
    'template',
    { template: [statement, { ...statement, order: 2, percentage: '0.0000000001' }] },
  ],
  [
    'cliff_before_start',
    'template[0].schedule.cliff',
    {
      template: withGrid({
        vesting_day_of_month: 'FIRST_DAY_OF_MONTH',
        cliff: { length: 0, period_type: 'MONTHS', percentage: '0.25' },
      }),
    },
  ],
  [
    'cliff_without_rest',
    'template[0].schedule.cliff',
    { template: withCliff({ length: 12, period_type: 'MONTHS', percentage: '0.25' }) },
  ],
  ['invalid', 'runtime', { runtime: undefined }],
  ['invalid', 'runtime.startDate', { runtime: {} }],
  ['invalid', 'runtime.startDate', { runtime: { startDate: '2025-02-29' } }],
  ['invalid', 'runtime.grantDate', { runtime: { ...start, grantDate: '2025-1-1' } }],
  ['invalid', 'runtime.grantDate', { runtime: { ...start, grantDate: '9999-12-31' } }],
  ['invalid', 'runtime.eventFirings', { runtime: { ...start, eventFirings: {} } }],
  [
    'invalid',
    'runtime.eventFirings[1].event_id',
    {
      runtime: {
        ...start,
        eventFirings: [
          { event_id: 'a', date: '2025-01-01' },
          { event_id: 'a', date: '2025-01-02' },
        ],
      },
    },
  ],
  ['invalid', 'runtime.vestingDayOfMonth', { runtime: { ...start, vestingDayOfMonth: 'MIDDLE' } }],
  ['invalid', 'allocation', { allocation: 'FRACTIONAL' }],
  ['invalid', 'quantity', { quantity: -1n }],
]

for (const [code, param, request] of CASES) {
  test(`${code} names ${param} and shows a way out`, () => {
    const fault = refusal(request)
    assert.equal(fault.code, code)
    assert.equal(fault.param, param)
    assert.match(fault.message, /; /)
  })
}

test('a cliff of the whole may swallow the grid', () => {
  const template = withCliff({ length: 13, period_type: 'MONTHS', percentage: '1' })
  const { installments } = scheduleFromJson({ template, runtime: start, quantity: 10n })
  assert.deepEqual(installments, [{ date: '2026-02-28', quantity: 10n }])
})
