import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import { contract } from './contract-views.ts'
import * as views from './preview-views.ts'
import { fault } from './schemas.ts'
import { template } from './views.ts'

type Body = { readonly [key: string]: unknown }
let api: TestApi
before(async () => {
  api = await openTestApi({ seed: 31 })
})
after(() => api.close())

const ask = (path: string, body: Body, who = api.staff.people): Promise<Response> =>
  api.as(who, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-perq-csrf': '1' },
  })

async function reads<S extends z.ZodType>(schema: S, answer: Response): Promise<z.output<S>> {
  assert.ok(answer.ok, await answer.clone().text())
  return schema.parse(await answer.json())
}

const preview = async (body: Body): Promise<z.output<typeof views.templatePreview>> =>
  reads(views.templatePreview, await ask('/api/v1/templates/preview', body))

async function refused(body: Body): Promise<[string, string]> {
  const answer = await ask('/api/v1/templates/preview', body)
  assert.equal(answer.status, 400, await answer.clone().text())
  const { error } = fault.parse(await answer.json())
  assert.ok(error.param !== null)
  return [error.param, error.message]
}

const monthly = (occurrences: number, more: Body = {}): Body[] => [
  { order: 1, percentage: '1', schedule: { occurrences, period: 1, period_type: 'MONTHS', ...more } },
]
const sample = { quantity: '1000', start_date: '2024-02-29' }

test('a preview dates every tranche as the calendar does: from a 29 February and from the end of a month', async () => {
  const dates = async (start_date: string): Promise<(string | null)[]> =>
    (await preview({ statements: monthly(13), sample: { ...sample, start_date } })).tranches.map(
      ({ date }) => date,
    )
  const leap = await dates('2024-02-29')
  assert.deepEqual(
    [leap[0], leap[1], leap[11], leap[12]],
    ['2024-03-29', '2024-04-29', '2025-02-28', '2025-03-29'],
  )
  assert.deepEqual((await dates('2025-01-31')).slice(0, 4), [
    '2025-02-28',
    '2025-03-31',
    '2025-04-30',
    '2025-05-31',
  ])
})

test('what waits for events is told: what is sure, what vests without them, and what blocks the rest', async () => {
  const half = (event_id: string): Body => ({
    share: '0.5',
    statements: [{ order: 1, percentage: '1', event_condition: { event_id } }],
  })
  const got = await preview({
    statements: { parts: [half('launch'), { share: '0.5', statements: monthly(10) }] },
    sample,
  })
  assert.deepEqual([got.quantity, got.unresolved, got.resolves_to.total], ['1000', '500', '500'])
  const waiting = got.tranches.filter(({ state }) => state === 'unresolved')
  assert.deepEqual(
    waiting.map(({ date, quantity }) => [date, quantity]),
    [[null, '500']],
  )
  assert.equal(got.blockers.length, 1)
  assert.match(JSON.stringify(got.blockers), /launch/)
  assert.match(JSON.stringify(got.words), /launch/)
})

test('a refusal names the field as it was sent, whatever is wrong', async () => {
  const wrong: readonly [Body, string, RegExp][] = [
    [{ statements: monthly(0) }, 'statements[0].schedule.occurrences', /integer from 1/],
    [
      { statements: monthly(12, { cliff: { length: 0, period_type: 'MONTHS', percentage: '2' } }) },
      'statements[0].schedule.cliff.percentage',
      /share from/,
    ],
    [{ statements: [{ ...monthly(12)[0], percentage: '0.5' }] }, 'statements', /sum to/],
    [{ statements: monthly(12), denomination: 'gpu_hour' }, 'unit.accelerator', /H100-SXM/],
    [{ statements: monthly(12), expiry: { kind: 'on', date: '2024-03-01' } }, 'expiry.date', /later expiry/],
    [
      {
        statements: monthly(12),
        clauses: {
          acceleration: [{ id: 'a', events: ['x'], withinMonths: null, share: '2', from: 'soonest' }],
        },
      },
      'clauses.acceleration.0.share',
      /above 0/,
    ],
    [{ statements: monthly(12), sample: { start_date: '2024-02-29' } }, 'sample.quantity', /missing/],
    [
      {
        statements: monthly(12),
        formula: { kind: 'salary_share', share: '0.1' },
        sample: { start_date: '2024-02-29' },
      },
      'sample.salary',
      /not known/,
    ],
    [
      {
        statements: Array.from({ length: 100 }, (_, n) => ({
          ...monthly(10_000)[0],
          order: n,
          percentage: '0.01',
        })),
      },
      'statements',
      /1000000 installments/,
    ],
  ]
  for (const [body, param, message] of wrong) {
    const got = await refused({ sample, ...body })
    assert.equal(got[0], param, got[1])
    assert.match(got[1], message)
  }
})

test('the formula grants what it says, and the words say how it came about', async () => {
  const own = {
    statements: monthly(12),
    sample: { start_date: '2024-02-29', level: 'L5', salary: '120000000000000' },
  }
  const levels = { kind: 'by_level', levels: { L4: '12000', L5: '24000' }, otherwise: null }
  const byLevel = await preview({ ...own, formula: levels })
  assert.equal(byLevel.quantity, '24000')
  assert.match(JSON.stringify(byLevel.words), /what the template grants to the level L5/)
  const share = await preview({ ...own, formula: { kind: 'salary_share', share: '0.1' } })
  assert.equal(share.quantity, '12000000000000')
  assert.match(JSON.stringify(share.words), /10% of the base salary of \$120,000\.00 a year/)
})

test('what is odd but possible is a warning at its field', async () => {
  const odd = await preview({
    statements: monthly(12),
    scope: { purposes: ['work'] },
    clauses: {
      portability: { purposes: ['open_source'], share: '1', days: 30, except: [] },
      guarantees: { uptime: '0.99' },
    },
    sample,
  })
  assert.deepEqual(
    odd.warnings.map(({ param }) => param),
    ['clauses.portability.purposes', 'clauses.guarantees.remedy'],
  )
  assert.deepEqual((await preview({ statements: monthly(12), sample })).warnings, [])
})

test('the preview of a grant is the draft that it becomes: same quantity, tranches and words, and nothing is written', async () => {
  const { people, employee } = api.staff
  const saved = await reads(
    template,
    await ask('/api/v1/templates', {
      name: 'Two years',
      statements: monthly(24, { cliff: { length: 6, period_type: 'MONTHS', percentage: '0.25' } }),
      expiry: { kind: 'end_of_month_after_vest', months: 3 },
      clauses: { fold: 'into_next' },
    }),
  )
  const grant = {
    person_id: employee.id,
    template_id: saved.id,
    quantity: '7000000001',
    start_date: '2025-08-31',
    name: 'For the launch',
  }
  const told = await reads(views.grantPreview, await ask('/api/v1/grants/preview', grant))
  assert.deepEqual([told.approvals_needed, told.direct], [1, true])
  const none = await api.as(people, '/api/v1/grants')
  assert.deepEqual(((await none.json()) as { grants: unknown[] }).grants, [])
  const draft = await reads(contract, await ask('/api/v1/grants/drafts', grant))
  assert.equal(draft.quantity, told.quantity)
  assert.deepEqual(draft.words, told.words)
  assert.deepEqual(
    draft.tranches.map(({ date, quantity }) => [date, quantity]),
    told.tranches.map(({ date, quantity }) => [date, quantity]),
  )
  const own = await reads(
    views.grantPreview,
    await ask('/api/v1/grants/preview', { ...grant, person_id: people.id }),
  )
  assert.equal(own.direct, false)
  assert.equal((await ask('/api/v1/grants/preview', grant, api.staff.finance)).status, 403)
})
