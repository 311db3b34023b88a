import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createApi } from '#api/api.ts'
import { createMetrics } from '#api/metrics.ts'
import { openSessions } from '#api/sessions.ts'
import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { createGateway } from '#gateway/gateway.ts'
import { createInterop } from '#interop/interop.ts'
import { createTelemetry } from '#telemetry/telemetry.ts'
import { openProviders } from '#gateway/providers.ts'
import { openTrail } from '#gateway/trail/trail.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { openWebhooks } from '#webhooks/webhooks.ts'
import { dataFolder, ROOT, setting, wholeNumber, type Environment } from './config.ts'
import { openDatabase } from './database.ts'
import { COMPANY } from './demo/company.ts'
import { prepareDemo } from './demo/prepare.ts'
import { startDemoProvider } from './demo/provider.ts'
import { openLog } from './log.ts'
import { openRooms } from './rooms.ts'
import { masterSecret } from './secret.ts'
import { closeDoor, listen, probe, split } from './server.ts'
import { startWorker } from './worker.ts'
import { realWorld } from './world.ts'

export type ServeOptions = {
  readonly env: Environment
  readonly demo: boolean
  /** The built-in provider without the demo company. */
  readonly demoProvider: boolean
  readonly host?: string
  readonly port?: number
  readonly data?: string
  readonly clock: Millis | null
  readonly log: (line: string) => void
}

export type Serving = Awaited<ReturnType<typeof serve>>

const CONNECTIONS = 12
/** Between two events of the demo provider's streams: it should be seen that it streams. */
const DEMO_PACE_MS = 4

/** Everything together: the database, the rooms, the doors on one port, the worker. Ready when it returns. */
export async function serve(options: ServeOptions) {
  const { env } = options
  const log = openLog(options.log)
  const host = options.host ?? setting(env, 'PERQ_HOST')
  const wanted = options.port ?? wholeNumber('PERQ_PORT', setting(env, 'PERQ_PORT'), [0, 65_535])
  const drain = wholeNumber('PERQ_DRAIN', setting(env, 'PERQ_DRAIN'), [0, 600])
  const budgetStatus = wholeNumber('PERQ_BUDGET_STATUS', setting(env, 'PERQ_BUDGET_STATUS'), [400, 402])
  if (budgetStatus !== 400 && budgetStatus !== 402)
    throw new Fault('invalid', `PERQ_BUDGET_STATUS is ${budgetStatus}; give 400 or 402`, {
      param: 'PERQ_BUDGET_STATUS',
    })
  // Before minutes go by: a port that is taken now will be taken then.
  await probe({ host, port: wanted })
  const master = masterSecret(env, dataFolder(env, options.data))
  const world = realWorld(options.clock)
  const opened = await openDatabase({
    env,
    ...(options.data === undefined ? {} : { data: options.data }),
    role: 'server',
    log: options.log,
    connections: CONNECTIONS,
  })
  const closers: (() => Promise<unknown>)[] = [opened.close]
  const close = async (): Promise<void> => {
    for (const end of closers.toReversed()) await end()
  }

  try {
    const { db } = opened
    if (options.clock === null) await refuseWrongClock(db, world)
    if (options.demo) await prepareDemo({ db, env, world, master, log: options.log })
    // Known when the port is.
    let site: string | null = null
    const rooms = await openRooms({ db, world, owner: `server-${randomUUID()}`, site: () => site })
    closers.push(rooms.close)
    await rooms.ledger.heartbeat(world.now())
    await rooms.commands.vestDue(world.now())
    const upstreams = await openUpstreams({ db, world, masterKey: master })
    closers.push(upstreams.close)
    if (options.demo || options.demoProvider) {
      closers.push((await startDemoProvider({ world, upstreams, pace: DEMO_PACE_MS })).close)
    }

    const trail = openTrail({ db, world, log })
    closers.push(trail.close)
    const publicUrl = setting(env, 'PERQ_URL').replace(/\/$/, '') || null
    const metrics = createMetrics()
    const gateway = createGateway({
      spending: rooms.spending,
      prices: rooms.prices,
      upstreams,
      trail,
      metrics,
      world,
      log,
      drainFor: drain * SECOND,
      budgetStatus,
      batches: { db, upstreams, publicUrl },
    })
    const told = metrics.counter('perq_telemetry_records_total', 'Log records that clients told.', [
      'outcome',
    ])
    const telemetry = createTelemetry({
      spending: rooms.spending,
      seats: rooms.seats,
      world,
      log,
      count: (outcome, records) => told.add({ outcome }, records),
    })
    const providers = openProviders({ upstreams, trail, world })
    closers.push(providers.close)
    const webhooks = openWebhooks({
      db,
      world,
      master,
      anywhere: setting(env, 'PERQ_WEBHOOKS_ANYWHERE') === 'yes',
      site: () => site,
    })
    const sessions = openSessions({ db, world })
    const dist = join(ROOT, 'web/dist')
    const api = await createApi({
      ...rooms,
      providers,
      webhooks,
      sessions,
      metrics,
      log,
      config: {
        company: setting(env, 'PERQ_COMPANY') || (options.demo ? COMPANY : 'Your company'),
        demo: options.demo,
        clockShifted: options.clock !== null,
        publicUrl,
        webDist: existsSync(join(dist, 'index.html')) ? dist : null,
      },
    })
    // Its own Request must be the global one: the body limit makes a new Request from it for a body without length.
    const apiListener = getRequestListener(api.fetch)
    const handler = split({
      gateway: gateway.handle,
      telemetry: telemetry.handle,
      interop: createInterop({ ...rooms, world, log }).handle,
      api: (req, res) => void apiListener(req, res),
    })
    const { server, port } = await listen(handler, { host, port: wanted })
    const worker = startWorker({
      world,
      ledger: rooms.ledger,
      life: rooms.life,
      vestDue: rooms.commands.vestDue,
      backSeats: rooms.seats.sweep,
      settleBatches: gateway.settleBatches,
      deliver: webhooks.deliver,
      sweep: async () =>
        (await sessions.sweep()) + (await trail.sweep(world.now())) + (await webhooks.sweep(world.now())),
      log,
    })
    // Stopped after the door below: without a heartbeat the other replicas would lapse the calls still on their way.
    closers.push(worker.stop)
    closers.push(async () => {
      // New calls are refused, those on their way end and are settled, then the ledger has nothing left to do.
      const closed = closeDoor(server)
      await gateway.close()
      await telemetry.close()
      server.closeAllConnections()
      await closed
      await rooms.ledger.drain()
    })
    const url = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    site = url
    return { url, database: opened.url, rooms, sessions, master, world, close }
  } catch (error) {
    await close()
    throw error
  }
}

const CLOCKS_MAY_DIFFER = 5 * SECOND

/** Lots expire and tranches vest by this process's clock, for good: it must agree with those of the other replicas. */
async function refuseWrongClock(db: Db, world: World): Promise<void> {
  const before = world.now()
  const [row] = await db.query<{ at: Millis }>('select clock_timestamp() as at')
  const apart = row!.at < before ? before - row!.at : Math.max(0, row!.at - world.now())
  if (apart <= CLOCKS_MAY_DIFFER) return
  throw new Fault(
    'unavailable',
    `the clock here and the database's are ${Math.round(apart / SECOND)} seconds apart; set both by time servers`,
  )
}
