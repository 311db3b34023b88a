import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { createMetrics } from '#api/metrics.ts'
import { openProbes } from '#api/probes.ts'
import { openSessions } from '#api/sessions.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { createGateway } from '#gateway/gateway.ts'
import { openProviders } from '#gateway/providers.ts'
import type { Transport } from '#gateway/relay/transport.ts'
import { within } from '#gateway/settle.ts'
import { openTracing } from '#gateway/trace.ts'
import { openTrail } from '#gateway/trail/trail.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { createInterop } from '#interop/interop.ts'
import { openOfferLinks } from '#offers/link.ts'
import { createTelemetry } from '#telemetry/telemetry.ts'
import { openWebhooks } from '#webhooks/webhooks.ts'
import { ROOT, setting, type Environment } from './config.ts'
import { watchCrowd } from './crowd.ts'
import { COMPANY } from './demo/company.ts'
import type { Log } from './log.ts'
import { openPeopleDoor } from './people-door.ts'
import { openClusterWork } from './clusters.ts'
import { openPriceFeeds } from './price-feeds.ts'
import { limited, watchMemory } from './pressure.ts'
import { openReadiness } from './readiness.ts'
import { openRooms } from './rooms.ts'
import { listen, split, type Take } from './server.ts'
import type { ServeSettings } from './settings.ts'
import { watchDuties, watchProcess } from './vitals.ts'
import { startWorker } from './worker.ts'

export type ReplicaOptions = {
  readonly env: Environment
  readonly settings: ServeSettings
  readonly db: Db
  readonly world: World
  readonly master: Uint8Array
  readonly demo: boolean
  readonly clockShifted: boolean
  readonly log: Log
  /** Makes of this process's metrics those of all that answer at its port. */
  readonly gather?: (own: string) => Promise<string>
}

export type Replica = Awaited<ReturnType<typeof openReplica>>

/** Among all processes on one database, whose turn the duties of the worker are. */
const DUTIES = 7_377_104_116
/** Clients that use a connection come by within this time, and are told to open another. */
export const IDLE_GRACE = 2 * SECOND
/** For what was cut to be settled, after the time that calls have to end. */
const CUT_GRACE = 5 * SECOND

/**
 * One process that serves: the rooms, the doors on one port, the worker. It needs nothing of the others on the same
 * database. It listens when this returns, and not before: a balancer that finds nobody asks another replica.
 */
export async function openReplica({
  env,
  settings,
  db,
  world,
  master,
  demo,
  clockShifted,
  log,
  gather = (own) => Promise.resolve(own),
}: ReplicaOptions) {
  const closers: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).toReversed()) await end()
  }
  try {
    // Known when the port is.
    let site: string | null = null
    const company = setting(env, 'PERQ_COMPANY') || (demo ? COMPANY : '')
    const rooms = await openRooms({ db, world, owner: `server-${randomUUID()}`, site: () => site, company })
    closers.push(rooms.close)
    const memory = watchMemory({
      most: settings.memory,
      processes: settings.workers === 1 ? 1 : settings.workers + 1,
      told: (full) =>
        log(full ? 'warn' : 'info', full ? 'memory is nearly full; new calls wait' : 'there is memory again'),
    })
    closers.push(memory.stop)
    const readiness = openReadiness({ now: () => performance.now(), full: memory.full })
    const heartbeat = async (now: Millis): Promise<void> => {
      await rooms.ledger.heartbeat(now)
      readiness.beat()
    }
    const [upstreams] = await Promise.all([
      openUpstreams({ db, world, masterKey: master }),
      heartbeat(world.now()),
    ])
    closers.push(upstreams.close)
    const trail = openTrail({ db, world, log })
    closers.push(trail.close)
    const metrics = createMetrics()
    closers.push(watchProcess(metrics, rooms.ledger))
    const { publicUrl } = settings
    // Each has connections of its own, and ends them when it closes.
    const transport = async () => (settings.http === 'own' ? {} : { transport: await library() })
    const gateway = createGateway({
      spending: rooms.spending,
      prices: rooms.prices,
      upstreams,
      trail,
      metrics,
      tracing: await openTracing(),
      world,
      log,
      drainFor: settings.drainFor,
      budgetStatus: settings.budgetStatus,
      mostCalls: settings.mostCalls,
      // A process without memory is as busy as one can be.
      waiting: () => (memory.full() ? Infinity : rooms.ledger.waiting()),
      ...(await transport()),
      batches: { db, upstreams, publicUrl },
    })
    closers.push(watchCrowd({ calls: gateway.inFlight }))
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
    const providers = openProviders({ upstreams, trail, world, ...(await transport()) })
    closers.push(providers.close)
    const webhooks = openWebhooks({
      db,
      world,
      master,
      anywhere: setting(env, 'PERQ_WEBHOOKS_ANYWHERE') === 'yes',
      site: () => site,
    })
    const sessions = openSessions({ db, world })
    const offerLinks = openOfferLinks(master)
    const dist = join(ROOT, 'web/dist')
    const probes = await openProbes({
      db,
      metrics: { ...metrics, render: async () => gather(await metrics.render()) },
      health: rooms.reports.health,
      now: world.now,
      trouble: readiness.trouble,
    })
    const open = async (): Promise<RequestListener> => {
      const [{ createApi }, { getRequestListener }] = await Promise.all([
        import('#api/api.ts'),
        import('@hono/node-server'),
      ])
      const config = {
        company: company || 'Your company',
        demo,
        clockShifted,
        publicUrl,
        webDist: existsSync(join(dist, 'index.html')) ? dist : null,
      }
      const api = await createApi({
        ...rooms,
        offerLinks,
        providers,
        webhooks,
        sessions,
        metrics,
        probes,
        log,
        config,
      })
      // Its own Request must be the global one: the body limit makes a new Request from it for a body without length.
      const listener = getRequestListener(api.fetch)
      return (req, res) => void listener(req, res)
    }
    const handler = split({
      gateway: gateway.handle,
      telemetry: telemetry.handle,
      interop: createInterop({ ...rooms, world, log }).handle,
      api: limited(openPeopleDoor({ probes, open, log }), {
        most: settings.mostRequests,
        full: memory.full,
        always: (url) => /^\/(healthz|readyz|metrics)$/.test(url),
        id: world.id,
      }),
    })
    const { host, port: wanted, backlog } = settings
    await rooms.commands.vestDue(world.now())
    const take: Take = (request, reply) => void gateway.take(request, reply)
    const own = settings.http === 'own' ? { take } : {}
    const door = await listen(handler, { host, port: wanted, backlog, ...own })
    const priceFeeds = await openPriceFeeds(rooms, settings.priceFeeds)
    const cluster = await openClusterWork(rooms, settings.cluster, env)
    closers.push(cluster.stop)
    const turn = db.turn(DUTIES)
    closers.push(turn.stop)
    const worker = startWorker({
      world,
      ledger: { ...rooms.ledger, heartbeat },
      life: rooms.life,
      vestDue: rooms.commands.vestDue,
      backSeats: rooms.seats.sweep,
      settleBatches: gateway.settleBatches,
      expireOffers: rooms.offering.expireDue,
      fetchPrices: priceFeeds.run,
      cluster: cluster.duties,
      deliver: webhooks.deliver,
      sweep: async () =>
        (await sessions.sweep()) + (await trail.sweep(world.now())) + (await webhooks.sweep(world.now())),
      turn,
      log,
      watch: watchDuties(metrics),
    })
    // Stopped after the door below: without a heartbeat the other replicas would lapse the calls still on their way.
    closers.push(worker.stop, priceFeeds.stop)
    const url = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${door.port}`
    site = url

    return {
      url,
      port: door.port,
      rooms,
      sessions,
      /** Its own metrics. */
      scrape: metrics.render,
      /** `/readyz` says no from now on; everything is still served. */
      leave: readiness.drain,
      /**
       * Calls on their way end and are settled, the silent connections are hung up after `grace`, then the ledger has nothing
       * left to do. What is not done after `patience` is cut and settled by what was seen.
       */
      close: async ({ grace, patience }: { grace: Millis; patience: Millis }): Promise<void> => {
        readiness.drain()
        const until = performance.now() + patience
        await within(door.close(grace), patience)
        await gateway.close(Math.max(0, until - performance.now()))
        await within(telemetry.close(), CUT_GRACE)
        door.cut()
        await rooms.ledger.drain()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Loaded only where it is asked for: reading undici takes as long as reading half of all else. */
const library = async (): Promise<Transport> => (await import('#gateway/relay/undici.ts')).undiciTransport()
