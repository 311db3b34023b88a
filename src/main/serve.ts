import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { openSessions, type Sessions } from '#api/sessions.ts'
import type { Db } from '#db/sql.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { allowed, shareOut, type Budget } from './budget.ts'
import { dataFolder, type Environment } from './config.ts'
import { openDatabase, type Opened } from './database.ts'
import { openLog, type Log } from './log.ts'
import { openReplica } from './replica.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { masterSecret } from './secret.ts'
import { probe } from './server.ts'
import { readSettings, type ServeSettings } from './settings.ts'
import { clockOffset, realWorld } from './world.ts'

export type ServeOptions = {
  readonly env: Environment
  readonly demo: boolean
  /** The built-in provider without the demo company. */
  readonly demoProvider: boolean
  readonly host?: string
  readonly port?: number
  readonly workers?: string
  readonly data?: string
  readonly clock: Millis | null
  readonly log: (line: string) => void
}

export type Serving = {
  readonly url: string
  readonly database: string
  readonly rooms: Rooms
  readonly sessions: Sessions
  readonly master: Uint8Array
  readonly world: World
  readonly settings: ServeSettings
  readonly log: Log
  /** Puts a new process in the place of each, one after the other; null when there is only this one. */
  readonly roll: (() => Promise<void>) | null
  /** `/readyz` says no from now on; everything is still served. */
  leave(): void
  /** Calls on their way end, within `PERQ_STOP_WITHIN`; silent connections are hung up after `grace`. */
  close(grace: Millis): Promise<void>
}

/** Between two events of the demo provider's streams: it should be seen that it streams. */
const DEMO_PACE_MS = 4

/** Everything together: the database, then one process that serves, or a crew of them. Ready when it returns. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { env } = options
  const settings = readSettings(env, options)
  const log = openLog(options.log, settings.log)
  const line = (text: string): void => log('info', text)
  // Before minutes go by: a port that is taken now will be taken then.
  await probe(settings)
  const master = masterSecret(env, dataFolder(env, options.data))
  const offset = clockOffset(options.clock)
  const world = realWorld(offset)
  const { opened, budget } = await openShared({ ...options, log: line }, settings)
  const closers: (() => Promise<unknown>)[] = [opened.close]
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).toReversed()) await end()
  }

  try {
    const { db } = opened
    if (options.clock === null) await refuseWrongClock(db, world)
    if (options.demo)
      await (await import('./demo/prepare.ts')).prepareDemo({ db, env, world, master, log: line })
    if (options.demo || options.demoProvider) closers.push(await provideDemo(db, world, master))
    const common = { settings, master, demo: options.demo, clockShifted: options.clock !== null }
    const { workers, stopWithin: patience } = settings
    const parts = { database: opened.url, master, world, settings, log }
    if (workers === 1) {
      const replica = await openReplica({ ...common, env, db, world, log })
      return {
        ...parts,
        url: replica.url,
        rooms: replica.rooms,
        sessions: replica.sessions,
        roll: null,
        leave: replica.leave,
        close: async (grace) => {
          await replica.close({ grace, patience })
          await close()
        },
      }
    }
    const { startCrew } = await import('./crew/crew.ts')
    const crew = await startCrew({
      brief: {
        ...common,
        master: Buffer.from(master).toString('hex'),
        database: opened.reach,
        offset,
        pool: budget.pool,
      },
      log,
    })
    closers.push(() => crew.close({ grace: 0, patience }))
    const rooms = await openRooms({ db, world, owner: 'primary', site: () => crew.url })
    closers.push(rooms.close)
    return {
      ...parts,
      url: crew.url,
      rooms,
      sessions: openSessions({ db, world }),
      roll: crew.roll,
      leave: crew.leave,
      close: async (grace) => {
        await crew.close({ grace, patience })
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The database of the settings, with as many connections as this process should have, and what is left for the others. */
async function openShared(
  { env, data, log }: ServeOptions,
  { connections, workers }: ServeSettings,
): Promise<{ opened: Opened; budget: Budget }> {
  let budget: Budget = { pool: 0, primary: 0 }
  const opened = await openDatabase({
    env,
    ...(data === undefined ? {} : { data }),
    role: 'server',
    log,
    connections: async (sql) => {
      budget = shareOut(await allowed(sql), connections, workers)
      return workers === 1 ? budget.pool : budget.primary
    },
  })
  return { opened, budget }
}

/** The built-in provider, in this process; whoever serves follows the upstreams that point to it. */
async function provideDemo(db: Db, world: World, master: Uint8Array): Promise<() => Promise<void>> {
  const { startDemoProvider } = await import('./demo/provider.ts')
  const upstreams = await openUpstreams({ db, world, masterKey: master })
  try {
    return (await startDemoProvider({ world, upstreams, pace: DEMO_PACE_MS })).close
  } finally {
    await upstreams.close()
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
