import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTestApi, type TestApi } from '../../test/support/api.ts'

type Answer = {
  readonly policy: { readonly version: number }
  readonly models: readonly {
    readonly model: string
    readonly class: string
    readonly source: string
    readonly recorded_at: string | null
    readonly who: { readonly everyone: boolean; readonly levels: readonly { track: string; from: number }[] }
    readonly yours: boolean
  }[]
}

let api: TestApi
before(async () => {
  api = await openTestApi()
})
after(() => api.close())

const ask = async (): Promise<Answer> =>
  (await (await api.as(api.staff.employee, '/api/v1/models')).json()) as Answer

test('every model is told with its source and with who may use it, the asker included', async () => {
  const { policy, models } = await ask()
  assert.equal(policy.version, 0)
  assert.ok(models.length > 20)
  assert.ok(models.every((model) => model.source !== '' && model.recorded_at !== null))
  const small = models.find((model) => model.class === 'small')
  assert.deepEqual(small?.who, { everyone: true, levels: [] })
  assert.equal(small?.yours, true)
  const frontier = models.find((model) => model.class === 'frontier')
  assert.deepEqual(frontier?.who.levels[0], { track: 'IC', from: 4 })
})

test('a recorded policy is what the page tells from then on', async () => {
  await api.spending.setPolicy({ everyone: [], levels: [] }, 'an administrator')
  const { policy, models } = await ask()
  assert.ok(policy.version > 0)
  const standard = models.find((model) => model.class === 'standard')
  assert.deepEqual(standard?.who, { everyone: false, levels: [] })
  assert.equal(standard?.yours, false)
  assert.ok(models.every((model) => model.class !== 'small' || model.yours))
})
