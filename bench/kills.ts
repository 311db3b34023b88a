import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realpathSync } from 'node:fs'
import { connect } from '#db/connect.ts'
import { workersIn } from '#db/postmaster.ts'
import { isConnectionLost, type Db } from '#db/sql.ts'
import { readTrace } from '#main/demo/trace.ts'
import { perq, servePerq, tempFolder, type Served } from '../test/support/perq.ts'
import { sendCall } from '../test/support/trace-client.ts'
import type { BenchOptions } from './run.ts'

/**
 * The promise "nothing that was acknowledged is lost" put to the test: every process of the embedded PostgreSQL is killed
 * with SIGKILL, again and again at moments from a seed, while calls are being made; every tenth time the server with it. The
 * database comes back by itself; afterwards every answered call has its usage at its cost, no hold is left, and the ledger
 * verifies.
 */
export type Kills = {
  readonly kills: number
  /** Of them, those that took the server too. */
  readonly servers: number
  readonly answered: number
  /** Calls that were answered and have no usage, or another cost. */
  readonly lost: number
  /** Refusals other than "come again": nobody's wallet was empty. */
  readonly refused: number
  /** Connections that broke, and calls that were told to come again: what the client may repeat. */
  readonly retried: number
  readonly stuck_holds: number
  /** From a kill to the next call that was answered, milliseconds. */
  readonly back_p50_ms: number
  readonly back_max_ms: number
  readonly verified: boolean
}

const KILLS = 100
const SERVER_EVERY = 10
const CALLERS = 12
const ANSWERED_BETWEEN = 5
const BACK_WITHIN_MS = 60_000
const LAPSED_WITHIN_MS = 90_000

export async function run({ log }: BenchOptions): Promise<object> {
  const found = await kills({ count: KILLS, log })
  return { ...found, kept: kept(found) }
}

export const kept = (found: Kills): boolean =>
  found.verified && found.lost === 0 && found.refused === 0 && found.stuck_holds === 0 && found.answered > 0

export async function kills({ count, log }: { count: number; log: (line: string) => void }): Promise<Kills> {
  const folder = tempFolder()
  const start = (): Promise<Served> => servePerq({ data: folder.path, env: { PERQ_DEMO_DAYS: '0' } })
  let served = await start()
  const load = callAll(() => served)
  const back: number[] = []
  let servers = 0
  try {
    const dir = realpathSync(join(folder.path, 'postgres'))
    for (let kill = 1; kill <= count; kill += 1) {
      await sleep(20 + ((kill * 7_919) % 700))
      await load.answers(ANSWERED_BETWEEN)
      const at = performance.now()
      if (kill % SERVER_EVERY === 0) {
        servers += 1
        await served.kill()
        killAll(dir)
        served = await start()
      } else killAll(dir)
      await load.answers(1)
      back.push(performance.now() - at)
      if (kill % 10 === 0) log(`${kill} kills, ${load.acknowledged.size} calls answered`)
    }
    await load.stop()
    const db = await connect(served.database, { max: 2 })
    log('waiting for the holds of the dead to lapse')
    const stuck = await holdsAfter(db)
    const usage = await ask<{ id: string; cost: bigint }>(db, 'select id, cost from ledger.usage')
    await db.close()
    const costs = new Map(usage.map(({ id, cost }) => [id, cost]))
    log('proving the ledger')
    const proof = await perq(['ledger', 'verify', '--data', folder.path])
    back.sort((a, b) => a - b)
    return {
      kills: count,
      servers,
      answered: load.acknowledged.size,
      lost: [...load.acknowledged].filter(([id, cost]) => costs.get(id) !== cost).length,
      refused: load.refused(),
      retried: load.retried(),
      stuck_holds: stuck,
      back_p50_ms: Math.round(back[Math.floor(back.length / 2)]!),
      back_max_ms: Math.round(back.at(-1)!),
      verified: proof.code === 0,
    }
  } finally {
    await load.stop()
    await served.stop()
    folder.remove()
  }
}

/** PostgreSQL's processes work inside their data folder: the postmaster, its sessions and its helpers. */
function killAll(dir: string): void {
  for (const pid of workersIn(dir)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It was on its way out already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function callAll(at: () => Served) {
  const trace = readTrace()
  const acknowledged = new Map<string, bigint>()
  let [next, refused, retried, stopped] = [0, 0, 0, false]
  const caller = async (index: number): Promise<void> => {
    while (!stopped) {
      const { people } = at()
      const answer = await sendCall(at(), people[index % people.length]!.key!, trace[next++ % trace.length]!)
      if (answer.kind === 'answered') {
        acknowledged.set(answer.id, answer.cost)
        continue
      }
      if (answer.kind === 'refused' && answer.status < 500) refused += 1
      else retried += 1
      await sleep(100)
    }
  }
  const running = Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)))
  return {
    acknowledged,
    refused: () => refused,
    retried: () => retried,
    /** Waits until so many more were answered. */
    answers: async (more: number): Promise<void> => {
      const enough = acknowledged.size + more
      const until = performance.now() + BACK_WITHIN_MS
      while (acknowledged.size < enough) {
        if (performance.now() > until)
          throw new Error(`no call was answered for a minute:\n${at().said().slice(-2_000)}`)
        await sleep(5)
      }
    },
    stop: async (): Promise<void> => {
      stopped = true
      await running
    },
  }
}

async function holdsAfter(db: Db): Promise<number> {
  const until = performance.now() + LAPSED_WITHIN_MS
  for (;;) {
    const [row] = await ask<{ holds: number }>(db, 'select count(*)::int as holds from ledger.hold')
    if (row!.holds === 0 || performance.now() > until) return row!.holds
    await sleep(500)
  }
}

/** A question that a database which is coming back may miss the first times. */
async function ask<R extends object>(db: Db, text: string): Promise<R[]> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await db.query<R>(text)
    } catch (error) {
      if (!isConnectionLost(error) || attempt > 50) throw error
      await sleep(200)
    }
  }
}
