import assert from 'node:assert/strict'
import type { Asset } from '#base/asset.ts'
import { DAY, HOUR, SECOND } from '#base/time.ts'
import { openCluster } from '#cluster/cluster.ts'
import type { AccountingRecord } from '#cluster/port.ts'
import type { Mode } from '#cluster/types.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { Scope } from '#ledger/types.ts'
import { openPeople } from '#people/people.ts'
import { openExchange } from '#prices/exchanges.ts'
import { testDb } from './database.ts'
import { openTestScheduler } from './scheduler.ts'
import { testWorld } from './world.ts'

export const H100 = 'GPU_SECOND/H100-SXM/guaranteed'
export const H100_SPOT = 'GPU_SECOND/H100-SXM/spot'

export type StageLot = {
  readonly asset: Asset
  readonly quantity: bigint
  readonly scope?: Scope
  readonly until?: number
}

/** A ledger, people with GPU time, and a cluster whose scheduler is the test's. */
export async function openClusterStage({
  gpus = { h100: 8n, a100: 8n },
  mode = 'strict',
  rules = {},
  seed = 1,
  lostAfter,
}: {
  gpus?: Readonly<Record<string, bigint>>
  mode?: Mode
  rules?: unknown
  seed?: number
  lostAfter?: number
} = {}) {
  const db = await testDb()
  const world = testWorld({ seed })
  const ledger = openLedger({ db, owner: 'test' })
  await ledger.heartbeat(world.now())
  const exchange = await openExchange({ db, world })
  await exchange.load()
  const people = openPeople({ db, world })
  const entity = await people.createEntity({ name: 'Perq Labs', country: 'US', currency: 'USD' })
  const room = openCluster({
    db,
    world,
    ledger,
    rateOf: (from, to, at) => exchange.rate(from, to, at),
    nextVest: () => Promise.resolve({ date: '2026-02-01', quantity: 3_600n * 100n }),
    ...(lostAfter === undefined ? {} : { lostAfter }),
  })
  const test = openTestScheduler({ now: world.now, gpus })
  const { scheduler } = test
  const adopt = () =>
    room.adopt(scheduler, {
      name: 'lab',
      root: 'acme',
      mode,
      rules,
      accelerators: [
        { type: 'h100', accelerator: 'H100-SXM' },
        { type: 'a100', accelerator: 'A100-SXM-80GB' },
      ],
    })
  let cluster = await adopt()

  /** Somebody with these lots and a login of that name. */
  async function person(login: string, lots: readonly StageLot[]): Promise<string> {
    const { id } = await people.create({
      email: `${login}@perq.example`,
      name: login,
      role: 'employee',
      level: 'IC4',
      entity: entity.id,
      country: 'US',
      hiredOn: '2024-01-01',
    })
    await grant(id, lots)
    await room.setLogin(cluster, { login, person: id })
    return id
  }

  const grant = (id: string, lots: readonly StageLot[]): Promise<void> =>
    db.tx(async (sql) => {
      for (const { asset, quantity, scope = {}, until } of lots) {
        const wallet = await ledger.openWallet(sql, { id: world.id(), person: id, asset })
        const made = world.id()
        await ledger.granted(sql, world.now(), { grant: made, wallet, quantity })
        await ledger.vested(sql, world.now(), [
          {
            grant: made,
            tranche: 1,
            quantity,
            priority: 50,
            scope,
            effectiveAt: world.now(),
            expiresAt: until ?? world.now() + 365 * DAY,
          },
        ])
      }
    })

  const balances = async (who: string, asset: Asset = H100) => {
    const wallet = await ledger.walletOf(db, who, asset)
    if (!wallet) return { available: 0n, held: 0n, spent: 0n }
    const { available, held, spent } = await ledger.balances(db, wallet.id)
    return { available, held, spent }
  }

  return {
    ...test,
    db,
    world,
    ledger,
    exchange,
    people,
    room,
    scheduler,
    person,
    grant,
    balances,
    cluster: () => cluster,
    /** After its accounting began anew. */
    adoptAgain: async () => void (cluster = await adopt()),
    look: () => room.look(cluster, scheduler),
    settle: () => room.settle(cluster, scheduler),
    keep: () => room.keep(cluster, scheduler),
    beat: () => room.beat(cluster, scheduler),
    sweep: () => room.sweep(cluster, scheduler),
    /** A turn of all that happens by itself. */
    async turn(): Promise<void> {
      await room.beat(cluster, scheduler)
      await room.look(cluster, scheduler)
      await room.settle(cluster, scheduler)
    },
    /** GPU-seconds of all records of people, and what the entries of the ledger say was spent on them. */
    async sums(): Promise<{ used: bigint; charged: bigint; absorbed: bigint }> {
      const [row] = await db.query<{ used: bigint; charged: bigint; absorbed: bigint }>(
        `select (select coalesce(sum(gpu_seconds), 0) from cluster.record where settled_at is not null)::bigint as used,
           (select coalesce(sum(case when target = 'spent' then amount else -amount end), 0) from ledger.entry
             where lot_id is not null and (target = 'spent' or source = 'spent') and kind <> 'convert')::bigint as charged,
           (select coalesce(sum(case when source = 'absorbed' then amount else -amount end), 0) from ledger.entry
             where source = 'absorbed' or target = 'absorbed')::bigint as absorbed`,
      )
      return row!
    },
    async close(): Promise<void> {
      await exchange.close()
      await db.drop()
    },
  }
}

export type ClusterStage = Awaited<ReturnType<typeof openClusterStage>>

/** A job of h100, of an hour unless something else is said. */
export const train = (
  login: string,
  count: bigint,
  more: {
    allowance?: string
    hours?: number
    runs?: number
    comment?: string
    tasks?: number
    free?: boolean
  } = {},
) => ({
  login,
  account: `emp-${login}`,
  allowance: more.allowance ?? `perq-${login}-h100-guaranteed`,
  gpus: [{ type: 'h100', count }],
  timeLimit: (more.hours ?? 1) * HOUR,
  runs: more.runs ?? HOUR / 2,
  ...(more.comment === undefined ? {} : { comment: more.comment }),
  ...(more.tasks === undefined ? {} : { tasks: more.tasks }),
  ...(more.free === undefined ? {} : { free: more.free }),
})

/** Every GPU-second of a record of ours stands in the ledger once, and nothing else does. */
export async function exact(lab: ClusterStage): Promise<void> {
  const { used, charged, absorbed } = await lab.sums()
  assert.equal(charged + absorbed, used)
}

export const recordOf = (lab: ClusterStage, more: Partial<AccountingRecord> = {}): AccountingRecord => {
  const endedAt = more.endedAt === undefined ? lab.world.now() : more.endedAt
  const elapsed = more.elapsedSeconds ?? 100n
  return {
    record: '1',
    job: '1',
    submittedAt: lab.world.now() - HOUR,
    state: 'completed',
    stateText: (more.state ?? 'completed').toUpperCase(),
    name: 'train',
    login: 'ada',
    account: 'emp-ada',
    allowance: 'perq-ada-h100-guaranteed',
    partition: 'gpu',
    array: null,
    part: null,
    restarts: 0,
    eligibleAt: lab.world.now() - HOUR,
    startedAt: (endedAt ?? lab.world.now()) - Number(elapsed) * SECOND,
    endedAt,
    elapsedSeconds: elapsed,
    suspendedSeconds: 0n,
    timeLimit: HOUR,
    requested: [{ type: 'h100', count: 2n }],
    allocated: [{ type: 'h100', count: 2n }],
    nodes: ['n1'],
    exitCode: '0:0',
    comment: '',
    ...more,
  }
}

export async function take(lab: ClusterStage, ...page: AccountingRecord[]) {
  const map = await lab.room.mapOf(lab.db, lab.cluster())
  return lab.room.take(
    map,
    (async function* () {
      yield page
    })(),
    0,
  )
}
