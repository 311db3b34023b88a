import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { exportVestingTerms } from './export.ts'
import { importVestingTermsFile } from './terms.ts'

const samples = importVestingTermsFile(
  JSON.parse(readFileSync(new URL('../../../test/data/ocf/VestingTerms.ocf.json', import.meta.url), 'utf8')),
)
const exported = (id: string): unknown => {
  const { conditions } = samples.find((terms) => terms.id === id)!
  return exportVestingTerms({ id, template: { graph: conditions }, allocation: 'CUMULATIVE_ROUND_DOWN' })
}

test('the usual schedule leaves as a chain of two statements', () => {
  assert.deepEqual(exported('4yr-1yr-cliff-schedule'), {
    id: '4yr-1yr-cliff-schedule',
    object_type: 'VESTING_TERMS',
    statements: [
      { order: 1, schedule: { occurrences: 1, period: 12, period_type: 'MONTHS' }, percentage: '0.25' },
      { order: 2, schedule: { occurrences: 36, period: 1, period_type: 'MONTHS' }, percentage: '0.75' },
    ],
  })
})

test('a cliff installment leaves as a cliff, an event as a milestone', () => {
  const start = { id: 's', quantity: '0', trigger: { type: 'VESTING_START_DATE' }, next_condition_ids: ['m'] }
  const portion = { numerator: '1', denominator: '4' }
  const period = { length: 7, type: 'DAYS', occurrences: 4, cliff_installment: 2 }
  const graph = [
    start,
    {
      id: 'm',
      portion,
      trigger: { type: 'VESTING_SCHEDULE_RELATIVE', period, relative_to_condition_id: 's' },
      next_condition_ids: [],
    },
  ]
  const cliff = { length: 14, period_type: 'DAYS', percentage: '0.5' }
  const terms = (template: unknown): unknown =>
    exportVestingTerms({ id: 'x', template, allocation: 'CUMULATIVE_ROUND_DOWN' }).statements
  assert.deepEqual(terms({ graph }), [
    { order: 1, schedule: { occurrences: 4, period: 7, period_type: 'DAYS', cliff }, percentage: '1' },
  ])
  const event = { id: 'm', portion, trigger: { type: 'VESTING_EVENT' }, next_condition_ids: [] }
  assert.deepEqual(terms({ graph: [start, event] }), [
    { order: 1, event_condition: { event_id: 'm' }, percentage: '0.25' },
  ])
})

test('statements leave as they are, numbered from 1 in their order', () => {
  const schedule = { occurrences: 12, period: 1, period_type: 'MONTHS' }
  const template = [
    { order: 9, percentage: '0.5', event_condition: { event_id: 'ipo' } },
    { order: -3, percentage: '0.5', schedule },
  ]
  const expected = [
    { order: 1, schedule, percentage: '0.5' },
    { order: 2, event_condition: { event_id: 'ipo' }, percentage: '0.5' },
  ]
  for (const form of [template, { parts: [{ share: '1', statements: template }] }]) {
    const { statements } = exportVestingTerms({
      id: 'x',
      template: form,
      allocation: 'CUMULATIVE_ROUND_DOWN',
    })
    assert.deepEqual(statements, expected)
  }
})

test('what a chain cannot say is refused, and named', () => {
  const refused = (
    template: unknown,
    param: string,
    allocation: 'BACK_LOADED' | 'CUMULATIVE_ROUND_DOWN',
  ): void =>
    assert.throws(() => exportVestingTerms({ id: 'x', template, allocation }), {
      code: 'not_expressible',
      param,
    })
  const statement = { order: 1, percentage: '1', event_condition: { event_id: 'ipo' } }
  refused([statement], 'allocation', 'BACK_LOADED')
  const part = { share: '0.5', statements: [statement] }
  refused({ parts: [part, part] }, 'template.parts', 'CUMULATIVE_ROUND_DOWN')
  for (const [id, param] of [
    ['multi-tranche-event-based', 'template.graph[1]'],
    ['path-dependent-milestone-vesting', 'template.graph[3]'],
  ] as const) {
    const { conditions } = samples.find((terms) => terms.id === id)!
    refused({ graph: conditions }, param, 'CUMULATIVE_ROUND_DOWN')
  }
  const third = { numerator: '1', denominator: '3' }
  const lone = { id: 'e', portion: third, trigger: { type: 'VESTING_EVENT' }, next_condition_ids: [] }
  refused({ graph: [lone] }, 'template.graph[0].portion', 'CUMULATIVE_ROUND_DOWN')
  refused(
    { graph: [{ ...lone, portion: { ...third, remainder: true } }] },
    'template.graph[0]',
    'CUMULATIVE_ROUND_DOWN',
  )
})
