import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { providers, providerTest } from '#api/provider-views.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { serve } from '../support/gateway.ts'
import { perq, tempFolder } from '../support/perq.ts'

describe('perq provider', () => {
  let db: TestDb
  let server: Awaited<ReturnType<typeof serve>>
  const folder = tempFolder()
  const seen: (string | undefined)[] = []
  before(async () => {
    db = await testDb()
    server = await serve((req, res) => {
      seen.push(req.headers.authorization)
      res.writeHead(req.headers.authorization === 'Bearer sk-right' ? 200 : 401).end('{"data":[]}')
    })
  })
  after(async () => {
    await server.close()
    await db.drop()
    folder.remove()
  })
  const run = (args: readonly string[], input = '') =>
    perq(['provider', ...args, '--json', '--data', folder.path], { env: { DATABASE_URL: db.url }, input })

  test('sets up, tests, changes and lists in the shapes of the API, and no key is ever printed', async () => {
    const add = [
      'add',
      'lab',
      '--protocol',
      'openai',
      '--base-url',
      `${server.url}/v1`,
      '--models',
      'gpt-*, o3',
    ]
    const added = await run(add, 'sk-wrong\n')
    assert.equal(added.code, 0, added.err)
    const wrong = await run(['test', 'lab'])
    const told = providerTest.parse(JSON.parse(wrong.out))
    assert.deepEqual([wrong.code, told.ok, told.status], [1, false, 401])

    const set = await run(['set', 'lab', '--key', '--priority', '3', '--disable'], 'sk-right')
    assert.equal(set.code, 0, set.err)
    const right = await run(['test', 'lab'])
    assert.deepEqual([right.code, providerTest.parse(JSON.parse(right.out)).ok], [0, true])
    assert.deepEqual(seen, ['Bearer sk-wrong', 'Bearer sk-right'])

    const list = await run(['list'])
    const [lab] = providers.parse(JSON.parse(list.out)).providers
    assert.deepEqual(
      [lab!.name, lab!.models, lab!.priority, lab!.enabled, lab!.has_key, lab!.last_error?.message],
      ['lab', ['gpt-*', 'o3'], 3, false, true, 'answered 401'],
    )
    for (const { out, err } of [added, wrong, set, right, list]) assert.ok(!`${out}${err}`.includes('sk-'))
    const nobody = await run(['test', 'nobody'])
    assert.deepEqual([nobody.code, nobody.out], [1, ''])
  })
})
