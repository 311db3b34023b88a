import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HOUR } from '#base/time.ts'
import { testDb, type TestDb } from '../../test/support/database.ts'
import { testWorld } from '../../test/support/world.ts'
import { openSupply } from './supply.ts'
import { promised } from './store.ts'

let db: TestDb
before(async () => {
  db = await testDb({ max: 4 })
})
after(() => db?.drop())

const h100 = (node: string, gpus = 8) => ({ node, accelerator: 'H100-SXM', gpus })

test('what stood behind a promise at a past time stays as it was, whatever is seen later', async () => {
  const world = testWorld()
  const supply = openSupply({ db, world })
  const begun = world.now()
  const nodes = [h100('n1'), h100('n2'), { node: 'n2', accelerator: 'A100-SXM', gpus: 4 }]
  assert.equal(await supply.seen({ cluster: 'alpha', nodes }), 3)
  assert.equal(await supply.seen({ cluster: 'alpha', nodes }), 0)
  world.advance(HOUR)
  assert.equal(await supply.promise({ cluster: 'alpha', nodes: ['n2'], tiers: ['spot'] }), 2)
  assert.equal(await supply.promise({ cluster: 'alpha', nodes: ['n2'], tiers: ['spot'] }), 0)
  world.advance(HOUR)
  // n1 has lost a GPU, n2 one of its kinds; what is left keeps its tiers.
  assert.equal(await supply.seen({ cluster: 'alpha', nodes: [h100('n1', 7), h100('n2')] }), 3)
  const behind = async (tier: 'guaranteed' | 'spot', from: number, until: number) =>
    (
      await promised(db, {
        accelerator: 'H100-SXM',
        tier,
        from: begun + from * HOUR,
        until: begun + until * HOUR,
      })
    )
      .filter(({ cluster }) => cluster === 'alpha')
      .map(({ node, gpus }) => `${node} ${gpus}`)
  assert.deepEqual(await behind('guaranteed', 0, 1), ['n1 8', 'n2 8'])
  assert.deepEqual(await behind('guaranteed', 1, 2), ['n1 8'])
  assert.deepEqual(await behind('guaranteed', 2, 3), ['n1 7'])
  assert.deepEqual(await behind('spot', 2, 3), ['n1 7', 'n2 8'])
})

test('looks at a cluster from two replicas at once leave each node once', async () => {
  const supply = openSupply({ db, world: testWorld({ seed: 2 }) })
  const other = openSupply({ db, world: testWorld({ seed: 3 }) })
  const nodes = Array.from({ length: 50 }, (_, n) => h100(`b${n}`))
  const changed = await Promise.all(
    [supply, other, supply, other].map((one) => one.seen({ cluster: 'beta', nodes })),
  )
  assert.equal(
    changed.reduce((sum, one) => sum + one, 0),
    50,
  )
  const standing = (await supply.nodes()).filter(({ cluster }) => cluster === 'beta')
  assert.equal(standing.length, 50)
  await assert.rejects(
    supply.promise({ cluster: 'beta', nodes: ['b1', 'zz'], tiers: ['spot'] }),
    /no node zz/,
  )
})
