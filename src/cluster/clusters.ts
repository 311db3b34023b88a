import { TIERS } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Scheduler } from './port.ts'
import { parseRules } from './rules.ts'
import * as store from './store.ts'
import {
  lineKey,
  MODES,
  type Cluster,
  type Line,
  type Login,
  type Map as ClusterMap,
  type Mode,
} from './types.ts'

export type AdoptAsk = {
  readonly name: string
  /** The account below which ours are made. */
  readonly root: string
  /** What the names of our allowances begin with. */
  readonly prefix?: string
  readonly mode?: Mode
  /** The scheduler's words for accelerators, and those of the reference table. */
  readonly accelerators: readonly { readonly type: string; readonly accelerator: string }[]
  readonly rules?: unknown
  /** Runs that ended before are history. Absent: now. */
  readonly chargedFrom?: Millis
  readonly by?: string | null
}

export type LoginAsk = {
  readonly login: string
  readonly person: string
  /** Absent: now. In the past it takes along what was used since, as far as nobody else's. */
  readonly from?: Millis
}

export type Clusters = ReturnType<typeof openClusters>

/** Which clusters there are, and how what they say is read. */
export function openClusters({ db, world }: { db: Db; world: World }) {
  /** All that it takes to say whose a job is, as it stands. */
  async function mapOf(sql: Sql, cluster: Cluster): Promise<ClusterMap> {
    const [accelerators, logins, lines, modes] = [
      await store.accelerators(sql, cluster.id),
      await store.logins(sql, cluster.id),
      await store.lines(sql, cluster.id),
      await store.grantModes(sql, cluster.mode),
    ]
    const byLogin = new Map<string, Login[]>()
    for (const login of logins) {
      const list = byLogin.get(login.login)
      if (list) list.push(login)
      else byLogin.set(login.login, [login])
    }
    const shared = new Set<string>()
    const banks = new Map<string, Line>()
    for (const line of lines) {
      if (banks.has(line.allowance)) shared.add(line.allowance)
      banks.set(line.allowance, line)
    }
    for (const tier of TIERS) if (cluster.rules.tiers[tier].givesWay) shared.add(`${cluster.prefix}${tier}`)
    for (const name of shared) banks.delete(name)
    return {
      cluster,
      accelerators: new Map(accelerators.map(({ type, accelerator }) => [type, accelerator])),
      logins: byLogin,
      lines,
      banks,
      modes: new Map(modes.map((row) => [lineKey(row.person, row.asset), strictest(row.modes)])),
    }
  }

  async function all(sql: Sql = db): Promise<readonly Cluster[]> {
    return (await store.clusters(sql)).map(clusterOf)
  }

  async function find(name: string, sql: Sql = db): Promise<Cluster> {
    const cluster = (await all(sql)).find((one) => one.name === name)
    if (cluster) return cluster
    throw new Fault('not_found', `there is no cluster "${name}"; add it with perq cluster add`, {
      param: 'name',
    })
  }

  return {
    all,
    find,
    mapOf,

    /**
     * Adopts a cluster, or changes what is said of one. When its accounting began anew it is another life of it: what the old one
     * held is released, and nothing of it is mixed with the new.
     */
    async adopt(scheduler: Scheduler, ask: AdoptAsk): Promise<Cluster> {
      const { name, root, prefix = 'perq-', mode, accelerators, by = null } = checked(ask)
      const identity = await scheduler.identity()
      const now = world.now()
      await db.tx(async (sql) => {
        await store.lockName(sql, name)
        const standing = (await all(sql)).find((one) => one.name === name)
        if (standing?.scheduler === identity.cluster && standing.incarnation === identity.incarnation) {
          if (standing.root !== root || standing.prefix !== prefix)
            throw new Fault(
              'conflict',
              `"${name}" keeps its root ${standing.root} and prefix ${standing.prefix}`,
              {
                param: 'root',
              },
            )
          await store.changeCluster(sql, standing.id, {
            mode: mode ?? standing.mode,
            rules: ask.rules ?? standing.rules,
            software: identity.software,
            killWait: identity.killWait,
          })
          await store.setAccelerators(sql, standing.id, accelerators)
          return
        }
        if (standing) await store.endCluster(sql, standing.id, now)
        const id = world.id()
        await store.insertCluster(sql, {
          id,
          name,
          scheduler: identity.cluster,
          incarnation: identity.incarnation,
          software: identity.software,
          root,
          prefix,
          mode: mode ?? standing?.mode ?? 'strict',
          rules: ask.rules ?? standing?.rules ?? {},
          killWait: identity.killWait,
          charged_from: ask.chargedFrom ?? now,
          adopted_at: now,
          by,
        })
        await store.setAccelerators(sql, id, accelerators)
        if (standing)
          for (const login of await store.logins(sql, standing.id))
            if (login.to === null) await store.insertLogin(sql, id, { ...login, from: now })
      })
      return find(name)
    },

    /** Says whose a login is, from a time on. The same again changes nothing. */
    async setLogin(cluster: Cluster, { login, person, from }: LoginAsk): Promise<Login> {
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}$/.test(login))
        throw new Fault(
          'invalid',
          `login is ${JSON.stringify(login.slice(0, 60))}; give one of the cluster's`,
          {
            param: 'login',
          },
        )
      const now = world.now()
      return db.tx(async (sql) => {
        await store.lockName(sql, cluster.name)
        const known = await store.logins(sql, cluster.id)
        const standing = known.find((one) => one.login === login && one.to === null)
        if (standing?.person === person) return standing
        const [somebody] = await store.people(sql, [person], '0001-01-01')
        if (!somebody) throw new Fault('not_found', `there is no person ${person}`, { param: 'person' })
        const since = from ?? now
        if (standing && standing.from >= since)
          throw new Fault('conflict', `"${login}" belongs to somebody else since before; give a later time`, {
            param: 'from',
          })
        await store.closeLogin(sql, cluster.id, login, since)
        const account = known.find((one) => one.person === person)?.account ?? `emp-${login}`
        const taken = known.some((one) => one.account === account && one.person !== person)
        const made: Login = {
          login,
          person,
          account: taken ? `emp-${login}-${person.slice(-6)}` : account,
          from: since,
          to: null,
        }
        await store.insertLogin(sql, cluster.id, made)
        return made
      })
    },

    setGrantMode: async (ask: { grant: string; mode: Mode; by?: string | null }): Promise<void> =>
      void (await store.setGrantMode(db, { ...ask, by: ask.by ?? null }, world.now())),
  }
}

function checked(ask: AdoptAsk): AdoptAsk {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(ask.name))
    throw new Fault('invalid', 'name is 1 to 40 small letters, digits and hyphens, such as "berlin"', {
      param: 'name',
    })
  if (ask.accelerators.length === 0)
    throw new Fault('invalid', 'accelerators is empty; say which the cluster has, such as h100=H100-SXM', {
      param: 'accelerators',
    })
  if (ask.mode !== undefined && !MODES.includes(ask.mode))
    throw new Fault('invalid', `mode is none of ${MODES.join(', ')}`, { param: 'mode' })
  parseRules(ask.rules ?? {})
  return ask
}

const clusterOf = (row: store.ClusterRow): Cluster => ({
  id: row.id,
  name: row.name,
  scheduler: row.scheduler,
  incarnation: row.incarnation,
  software: row.software,
  root: row.root,
  prefix: row.prefix,
  mode: row.mode,
  killWait: Number(row.kill_wait_ms),
  rules: parseRules(row.rules),
  chargedFrom: row.charged_from,
  adoptedAt: row.adopted_at,
})

const strictest = (modes: readonly Mode[]): Mode => MODES.find((mode) => modes.includes(mode)) ?? 'strict'
