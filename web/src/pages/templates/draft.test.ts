import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LEAVER_REASONS } from '../../lib/base.ts'
import type { Template } from '../../lib/templates.ts'
import { askOf, quantityOf, shareOf } from './ask.ts'
import { BLANK, draftOf, percentOf } from './draft.ts'
import { PRESETS, presetOf } from './presets.ts'

const FULL: Template = {
  id: '0199b0a4-8c1e-7d3a-9c55-1f2e3d4c5b6a',
  version: 3,
  created_at: '2026-01-15T12:00:00.000Z',
  name: 'Research hours',
  denomination: 'node_hour',
  unit: { accelerator: 'H100-SXM', tier: 'priority', gpusPerNode: 8 },
  statements: {
    parts: [
      {
        share: '0.6666666667',
        statements: [
          {
            order: 1,
            percentage: '0.05',
            schedule: {
              occurrences: 48,
              period: 1,
              period_type: 'MONTHS',
              vesting_day_of_month: 'FIRST_DAY_OF_MONTH',
              cliff: { length: 1, period_type: 'YEARS', percentage: '0.25' },
            },
          },
          { order: 2, percentage: '0.95', schedule: { occurrences: 4, period: 90, period_type: 'DAYS' } },
        ],
      },
      {
        share: '0.3333333333',
        statements: [
          {
            order: 1,
            percentage: '1',
            event_condition: { event_id: 'launch', after: '2026-01-01', before: '2027-01-01' },
          },
        ],
      },
    ],
  },
  allocation: 'BACK_LOADED',
  basis: { kind: 'total' },
  formula: { kind: 'by_level', levels: { L4: '3601', L5: '7200' }, otherwise: '1800' },
  expiry: {
    kind: 'end_of_month_after_vest',
    months: 3,
    rollover: { share: '0.5', cap: '36000', months: 6 },
  },
  scope: { classes: ['small', 'frontier'], providers: ['anthropic', 'openai'], purposes: ['work'] },
  priority: 7,
  clauses: {
    fold: 'into_next',
    acceleration: [
      { id: 'change', events: ['sale', 'dismissal'], withinMonths: 12, share: '1', from: 'soonest' },
      { id: 'ipo', events: ['ipo'], withinMonths: null, share: '0.125', from: 'pro_rata' },
    ],
    leave: [
      { leave: 'unpaid', policy: 'pause_extend', graceDays: 30 },
      { leave: '*', policy: 'continue', graceDays: 0 },
    ],
    leaving: Object.fromEntries(
      LEAVER_REASONS.map((reason, at) => [
        reason,
        {
          unvested: (['forfeit', 'accelerate', 'continue'] as const)[at % 3]!,
          vested:
            at % 2 === 0
              ? { kind: 'window' as const, days: 90 + at }
              : { kind: (['keep', 'expire_now', 'revoke'] as const)[at % 3]! },
          held: at % 2 === 0 ? 'finish' : 'cancel',
        },
      ]),
    ),
    portability: { purposes: ['open_source'], share: '0.1', days: 365, except: ['INVOLUNTARY_WITH_CAUSE'] },
    repricing: {
      index: 'GPU_SECOND/H100-SXM/guaranteed',
      floor: 'dollars',
      threshold: '0.1',
      atMost: '2.5',
    },
    exchange: ['USD'],
    guarantees: {
      serviceTier: 'priority',
      queueWait: { percentile: 99.5, seconds: 600 },
      preemptionsPerMonth: 2,
      uptime: '0.995',
      nodesAtOnce: 4,
      noticeDays: 30,
      remedy: { credit: '3600', atMostPerMonth: '7200' },
    },
  },
}

test('a template that is opened and saved unchanged says exactly the same', () => {
  const { id: _id, version: _version, created_at: _at, ...terms } = FULL
  assert.deepEqual(JSON.parse(JSON.stringify(askOf(draftOf(FULL)))), terms)
})

test('percent and share are the same number, to the last digit', () => {
  for (const [percent, share] of [
    ['25', '0.25'],
    ['100', '1'],
    ['0.5', '0.005'],
    ['33.33333334', '0.3333333334'],
    ['150', '1.5'],
    ['5', '0.05'],
  ] as const) {
    assert.equal(shareOf(percent), share)
    assert.equal(percentOf(share), percent)
  }
  assert.equal(shareOf('a third'), 'a third')
})

test('a quantity is read in what people count, and kept as typed where it cannot be', () => {
  assert.equal(quantityOf('usd', '$1,200.50'), '1200500000000')
  assert.equal(quantityOf('gpu_hour', '1.5'), '5400')
  assert.equal(quantityOf('gpu_hour', 'many'), 'many')
})

test('each preset is known again until something of its shape is changed', () => {
  for (const { id, apply } of PRESETS) assert.equal(presetOf(apply(BLANK)), id)
  const four = PRESETS.find(({ id }) => id === 'four-years')!.apply(BLANK)
  assert.equal(presetOf({ ...four, name: 'Other' }), 'four-years')
  assert.equal(presetOf({ ...four, perInstallment: true }), null)
})
