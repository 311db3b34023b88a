import { availableParallelism } from 'node:os'
import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import { feedsIn, type OpenFeed } from '#prices/hardware/feeds/names.ts'
import { setting, wholeNumber, type Environment, type Setting } from './config.ts'
import type { LogFormat } from './log.ts'

/** What a server was told, read and checked before anything is started. */
export type ServeSettings = {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly workers: number
  /** Null: as the database allows. */
  readonly connections: number | null
  readonly mostCalls: number
  readonly mostRequests: number
  readonly backlog: number
  /** MiB of one process; null: as the container allows. */
  readonly memory: number | null
  readonly stopNotice: Millis
  readonly stopWithin: Millis
  readonly drainFor: Millis
  readonly budgetStatus: 400 | 402
  /** Which HTTP/1.1 calls go through: the gateway's own, or that of node:http and undici. */
  readonly http: 'own' | 'library'
  readonly cluster: ClusterSettings
  /** Public feeds of prices that are fetched. */
  readonly priceFeeds: readonly OpenFeed[]
  readonly log: LogFormat
  /** Without a slash at the end; null while only the port tells. */
  readonly publicUrl: string | null
}

export type ClusterSettings = {
  /** The one that is looked after; null: none. */
  readonly name: string | null
  /** Null: where the system has them. */
  readonly bin: string | null
  readonly conf: string | null
  readonly life: string | null
}

export const clusterSettings = (env: Environment): ClusterSettings => ({
  name: setting(env, 'PERQ_CLUSTER') || null,
  bin: setting(env, 'PERQ_CLUSTER_BIN') || null,
  conf: setting(env, 'PERQ_CLUSTER_CONF') || null,
  life: setting(env, 'PERQ_CLUSTER_LIFE') || null,
})

export function readSettings(
  env: Environment,
  given: { host?: string; port?: number; workers?: string } = {},
): ServeSettings {
  const whole = (name: Setting, range: readonly [number, number]): number =>
    wholeNumber(name, setting(env, name), range)
  const optional = (name: Setting, range: readonly [number, number]): number | null =>
    setting(env, name) === '' ? null : whole(name, range)
  return {
    host: given.host ?? setting(env, 'PERQ_HOST'),
    port: given.port ?? whole('PERQ_PORT', [0, 65_535]),
    workers: workersOf(env, given.workers),
    connections: optional('PERQ_CONNECTIONS', [1, 100_000]),
    mostCalls: whole('PERQ_MAX_CALLS', [1, 100_000]),
    mostRequests: whole('PERQ_MAX_REQUESTS', [1, 10_000]),
    backlog: whole('PERQ_BACKLOG', [1, 65_535]),
    memory: optional('PERQ_MEMORY', [128, 10_000_000]),
    stopNotice: whole('PERQ_STOP_NOTICE', [0, 300]) * SECOND,
    stopWithin: whole('PERQ_STOP_WITHIN', [1, 3_600]) * SECOND,
    drainFor: whole('PERQ_DRAIN', [0, 600]) * SECOND,
    budgetStatus: budgetStatusOf(whole('PERQ_BUDGET_STATUS', [400, 402])),
    http: httpOf(setting(env, 'PERQ_HTTP')),
    cluster: clusterSettings(env),
    priceFeeds: feedsIn(setting(env, 'PERQ_PRICE_FEEDS'), 'PERQ_PRICE_FEEDS'),
    log: formatOf(setting(env, 'PERQ_LOG')),
    publicUrl: setting(env, 'PERQ_URL').replace(/\/$/, '') || null,
  }
}

const MOST_WORKERS = 64

function workersOf(env: Environment, given: string | undefined): number {
  const [name, text] =
    given === undefined ? ['PERQ_WORKERS', setting(env, 'PERQ_WORKERS')] : ['--workers', given]
  if (text === 'auto') return Math.min(MOST_WORKERS, availableParallelism())
  return wholeNumber(name, text, [1, MOST_WORKERS])
}

function budgetStatusOf(status: number): 400 | 402 {
  if (status === 400 || status === 402) return status
  throw new Fault('invalid', `PERQ_BUDGET_STATUS is ${status}; give 400 or 402`, {
    param: 'PERQ_BUDGET_STATUS',
  })
}

function httpOf(which: string): 'own' | 'library' {
  if (which === 'own' || which === 'library') return which
  throw new Fault('invalid', `PERQ_HTTP is "${which}"; give own or library`, { param: 'PERQ_HTTP' })
}

function formatOf(which: string): LogFormat {
  if (which === 'text' || which === 'json') return which
  throw new Fault('invalid', `PERQ_LOG is "${which}"; give text or json`, { param: 'PERQ_LOG' })
}
