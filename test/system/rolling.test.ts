import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { request } from 'undici'
import { verify } from '#ledger/verify.ts'
import { callAlways, longStreams, membersOf, serveCrew } from '../support/crew.ts'
import { testDb, type TestDb } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import type { Served } from '../support/perq.ts'

const LONG = 120_000
const ROLLS = 2

describe('processes that serve are replaced while calls are made', () => {
  let db: TestDb
  let served: Served
  before(async () => {
    db = await testDb()
    served = await serveCrew(db.url)
  })
  after(async () => {
    await served.stop()
    await db.drop()
  })

  const rolled = (): number => served.said().split('all serving processes are new').length - 1
  test('connections that stay open are spread evenly, be they ever so few', async () => {
    const owners = new Map<string, string>()
    const { finished } = await longStreams(served, 6, async () => {
      const holds = await db.query<{ id: string; owner: string }>('select id, owner from ledger.hold')
      for (const { id, owner } of holds) owners.set(id, owner)
    })
    const perOwner = Map.groupBy(owners.values(), (owner) => owner)
    assert.deepEqual(
      [...perOwner.values()].map(({ length }) => length),
      [3, 3],
    )
    assert.equal(await finished, 6)
  })

  test('no call fails and none is lost, and every one has its usage', async () => {
    const before = new Set(membersOf(served))
    assert.equal(before.size, 2)
    const [used] = await db.query<{ count: bigint }>('select count(*) from ledger.usage')
    const load = callAlways(served)
    for (let roll = 1; roll <= ROLLS; roll += 1) {
      const enough = load.answered.size + 40
      await eventually(() => assert.ok(load.answered.size >= enough, load.failures[0]), LONG)
      process.kill(served.pid, 'SIGHUP')
      await eventually(() => assert.equal(rolled(), roll, served.said().slice(-500)), LONG)
    }
    const enough = load.answered.size + 40
    await eventually(() => assert.ok(load.answered.size >= enough, load.failures[0]), LONG)
    await load.stop()
    assert.deepEqual(load.failures, [])
    const usage = await db.query<{ id: string; status: string }>('select id, status from ledger.usage')
    const ids = new Set(usage.map(({ id }) => id))
    assert.deepEqual(
      [...load.answered].filter((id) => !ids.has(id)),
      [],
    )
    assert.equal(usage.length - Number(used!.count), load.answered.size)
    assert.deepEqual([...new Set(usage.map(({ status }) => status))], ['ok'])
    assert.deepEqual(await db.query('select id from ledger.hold'), [])
    assert.equal(membersOf(served).filter((pid) => before.has(pid)).length, 0)
    assert.ok((await verify(db)).ok)
  })

  test('a stream that is on its way when its process is replaced comes to its end', async () => {
    const before = rolled()
    const { finished } = await longStreams(served, 4)
    process.kill(served.pid, 'SIGHUP')
    assert.equal(await finished, 4)
    await eventually(() => assert.equal(rolled(), before + 1), LONG)
  })

  test('a process that is killed is replaced, and the others serve on', async () => {
    const [victim] = membersOf(served)
    process.kill(victim!, 'SIGKILL')
    await eventually(() => {
      const now = membersOf(served)
      assert.ok(now.length === 2 && !now.includes(victim!))
    }, LONG)
    assert.match(served.said(), /a serving process is gone \(killed by SIGKILL\)/)
    await eventually(async () => {
      const reply = await request(`${served.url}/readyz`)
      await reply.body.dump()
      assert.equal(reply.statusCode, 200)
    }, LONG)
  })

  test('when the primary is killed its processes end with it, and nothing holds the port', async () => {
    const members = membersOf(served)
    await served.kill()
    const living = (pid: number): boolean => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    await eventually(() => assert.deepEqual(members.filter(living), []), LONG)
    await assert.rejects(request(`${served.url}/healthz`))
  })
})
