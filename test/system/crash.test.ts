import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '#db/connect.ts'
import { isConnectionLost, type Db } from '#db/sql.ts'
import { readTrace, type TraceRow } from '#main/demo/trace.ts'
import { perq, servePerq, tempFolder, type Served } from '../support/perq.ts'
import { sendCall } from '../support/trace-client.ts'

const KILLS = 20
const CALLERS = 24
/** Heartbeats stop with the process; its holds lapse 20 seconds later, at the worker's next turn. */
const LAPSED_WITHIN_MS = 60_000

/** kill -9, in turn of the server and of PostgreSQL, while the trace is being replayed. */
describe('nothing acknowledged is lost when processes are killed', () => {
  const folder = tempFolder()
  const acknowledged = new Map<string, bigint>()
  const refused: string[] = []
  let served: Served
  let stopped = false
  const start = async (): Promise<Served> => servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '0' } })
  before(async () => void (served = await start()))
  after(async () => {
    await served.stop()
    folder.remove()
  })

  const trace = readTrace()
  let next = 0
  const row = (): TraceRow => trace[next++ % trace.length]!

  const caller = async (index: number): Promise<void> => {
    while (!stopped) {
      const at = served
      const answer = await sendCall(at, at.people[index % at.people.length]!.key!, row())
      if (answer.kind === 'answered') acknowledged.set(answer.id, answer.cost)
      else {
        if (answer.kind === 'refused' && answer.status < 500) refused.push(answer.body)
        await sleep(20)
      }
    }
  }

  const killPostgres = (): void => {
    const [pid] = readFileSync(join(folder.path, 'postgres', 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGKILL')
  }

  /** A question that a restarting database may miss the first times. */
  const ask = async <R extends object>(db: Db, text: string): Promise<R[]> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await db.query<R>(text)
      } catch (error) {
        if (!isConnectionLost(error) || attempt > 50) throw error
        await sleep(200)
      }
    }
  }

  test(`through ${KILLS} kills every acknowledged call keeps its usage`, async () => {
    const callers = Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)))
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.size
      await sleep(250 + ((kill * 137) % 500))
      // Both kinds of death must come while calls are being answered.
      for (let wait = 0; acknowledged.size < before + 20 && wait < 200; wait += 1) await sleep(50)
      assert.ok(
        acknowledged.size >= before + 20,
        `calls are answered again after kill ${kill}: ${served.said().slice(-2_000)}`,
      )
      if (kill % 2 === 0) {
        await served.kill()
        served = await start()
      } else killPostgres()
    }
    await sleep(1_000)
    stopped = true
    await callers
    assert.deepEqual(refused.slice(0, 1), [], 'nobody was refused who could pay')

    const db = await connect(served.database, { max: 2, mayExit: true })
    const usage = await ask<{ id: string; cost: bigint; status: string }>(
      db,
      'select id, cost, status from ledger.usage',
    )
    const costs = new Map(usage.map((row) => [row.id, row]))
    const lost = [...acknowledged].filter(([id, cost]) => costs.get(id)?.cost !== cost)
    assert.deepEqual(lost, [])
    await db.close()
  })

  test('the holds of the dead end within their time, and no hold is left', async () => {
    const db = await connect(served.database, { max: 2, mayExit: true })
    const open = async (): Promise<bigint> =>
      (await ask<{ holds: bigint }>(db, 'select count(*) as holds from ledger.hold'))[0]!.holds
    for (let waited = 0; (await open()) > 0n && waited < LAPSED_WITHIN_MS; waited += 500) await sleep(500)
    assert.equal(await open(), 0n)
    await db.close()
  })

  test('and the ledger verifies', async () => {
    const { code, out, err } = await perq(['ledger', 'verify', '--data', folder.path])
    assert.equal(code, 0, out + err)
  })
})
