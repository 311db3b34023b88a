import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestApi, type TestApi } from '../../test/support/api.ts'
import * as views from './hardware-views.ts'

const NOW = Date.UTC(2026, 8, 10, 12)

let api: TestApi
before(async () => {
  api = await openTestApi({ seed: 53 })
  api.world.set(NOW)
})
after(async () => api.close())

const read = async (path: string): Promise<unknown> => {
  const response = await api.as(api.staff.employee, `/api/v1/hardware/${path}`)
  assert.equal(response.status, 200, await response.clone().text())
  return response.json()
}
const refused = async (path: string): Promise<{ status: number; code: string; param: string }> => {
  const response = await api.as(api.staff.employee, `/api/v1/hardware/${path}`)
  const { error } = (await response.json()) as { error: { code: string; param: string } }
  return { status: response.status, code: error.code, param: error.param }
}

test('the spread of an hour is shown: four bases side by side, each with its sources', async () => {
  const { marks } = views.marks.parse(await read('marks?accelerator=H100&as_of=2026-08-22'))
  const shown = marks.map((one) => [
    one.basis,
    one.kind === 'mark' && one.mid,
    one.kind === 'mark' && one.level,
  ])
  assert.deepEqual(shown, [
    ['list', '6880000000', 2],
    ['replacement', '2362215683', 3],
    ['index', '2900000000', 2],
    ['cost', '1729890436', 3],
  ])
  for (const one of marks) assert.ok(one.kind === 'mark' && one.sources.length > 0 && one.steps.length > 0)
})

test('a mark is followed by its hash to the observations that it was made of', async () => {
  const asked = await read('marks?accelerator=H100-SXM&basis=replacement&as_of=2026-05-31')
  const [mark] = views.marks.parse(asked).marks
  assert.ok(mark?.kind === 'mark')
  const frozen = views.frozenMark.parse(await read(`marks/${mark.hash}`))
  assert.deepEqual(frozen.mark, mark)
  assert.equal(new Set(frozen.observations.map(({ provider }) => provider)).size, mark.providers.length)
  assert.ok(frozen.below.length > 0)
  assert.deepEqual(await refused(`marks/${'0'.repeat(64)}`), { status: 404, code: 'not_found', param: 'id' })
  assert.equal((await refused('marks/abc')).status, 400)
})

test('a chart has a mark for each month, or the reason why there is none', async () => {
  const { marks } = views.marks.parse(await read('history?accelerator=H100&from=2026-03-01&to=2026-08-22'))
  assert.deepEqual(
    marks.map((one) => [one.as_of, one.kind]),
    [
      ['2026-03-31', 'none'],
      ['2026-04-30', 'none'],
      ['2026-05-31', 'mark'],
      ['2026-06-30', 'mark'],
      ['2026-07-31', 'mark'],
      ['2026-08-22', 'mark'],
    ],
  )
  const last = views.marks.parse(await read('marks?accelerator=H100&basis=replacement&as_of=2026-08-22'))
  assert.deepEqual(marks.at(-1), last.marks[0], 'the chart and the mark of a day say the same')
  assert.equal((await refused('history?accelerator=H100&from=2027-01-01&to=2026-01-01')).param, 'from')
})

test('observations come page by page, those without use with their reason', async () => {
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const path: string = `observations?accelerator=A100-80GB&limit=60${cursor === null ? '' : `&cursor=${cursor}`}`
    const page = views.observations.parse(await read(path))
    seen.push(...page.observations.map(({ id }) => id))
    cursor = page.next
    for (const one of page.observations)
      assert.equal(one.quality === 'resold', one.provider === 'dataoorts', JSON.stringify(one))
  } while (cursor !== null)
  assert.equal(seen.length, 147)
  assert.equal(new Set(seen).size, 147)
  const { accelerators, loads } = views.accelerators.parse(await read('accelerators'))
  assert.ok(accelerators.some(({ id, of_h100: ratio }) => id === 'B200' && ratio === '2250/989'))
  assert.deepEqual(
    loads.map(({ added }) => added).toSorted((a, b) => a - b),
    [7, 322, 1522],
  )
})

test('token prices tell routes from changes', async () => {
  const of = async (provider: string, model: string) =>
    views.tokens.parse(await read(`tokens?provider=${provider}&model=${model}`)).histories
  const [flapping] = await of('deepseek', 'deepseek-chat')
  assert.equal(flapping?.flapping, true)
  const changed = await of('openai', 'gpt-4o')
  assert.deepEqual(
    changed.map(({ flapping: routes, prices }) => [routes, prices.map(({ input }) => input)]),
    [
      [false, ['5000000', '2500000']],
      [false, ['5000000', '2500000']],
    ],
  )
})

test('what is not known, or has not come, is refused by its name', async () => {
  assert.deepEqual(await refused('marks?accelerator=Abacus'), {
    status: 404,
    code: 'not_found',
    param: 'accelerator',
  })
  assert.equal((await refused('marks?accelerator=H100&as_of=2027-01-01')).param, 'as_of')
  assert.equal((await refused('marks?accelerator=H100&basis=blend')).param, 'basis')
  assert.equal((await refused('marks?accelerator=H100&basis=list&index=ornn-ocpi')).param, 'index')
  assert.equal((await refused('observations?accelerator=H100&cursor=x')).param, 'after')
  const nobody = await api.app.request('/api/v1/hardware/marks?accelerator=H100')
  assert.equal(nobody.status, 401)
})
