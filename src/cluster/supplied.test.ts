import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openSupply } from '#supply/supply.ts'
import { openClusterStage } from '../../test/support/cluster.ts'
import { suppliedBy, supplyDuty } from './supplied.ts'

const lab = await openClusterStage({ gpus: { h100: 8n, a100: 8n } })
after(() => lab.close())

test('nodes that are down still stand behind what is promised, and what nobody knows does not', () => {
  const node = { node: 'n1', up: false, state: 'down', used: [] }
  const gpus = [
    { type: 'h100', count: 8n },
    { type: 'tpu', count: 4n },
    { type: null, count: 1n },
    { type: 'a100', count: 0n },
  ]
  const known = new Map([
    ['h100', 'H100-SXM'],
    ['a100', 'A100-SXM-80GB'],
  ])
  assert.deepEqual(suppliedBy([{ ...node, gpus }], known), [{ node: 'n1', accelerator: 'H100-SXM', gpus: 8 }])
})

test('what a cluster has is told once, and a controller that knows no nodes takes nothing away', async () => {
  const supply = openSupply({ db: lab.db, world: lab.world })
  const duty = supplyDuty({ db: lab.db, room: lab.room, supply })
  const began = await duty.run(lab.cluster(), lab.scheduler)
  assert.ok(Number(began) > 0)
  assert.equal(await duty.run(lab.cluster(), lab.scheduler), 0)
  const empty = { ...lab.scheduler, nodes: () => Promise.resolve([]) }
  assert.equal(await duty.run(lab.cluster(), empty), 0)
  const nodes = await supply.nodes()
  assert.equal(nodes.length, Number(began))
  assert.ok(nodes.every(({ cluster }) => cluster === 'lab'))
})
