import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '#base/fault.ts'

/** Every setting from the environment: the one table that `perq doctor` prints and the README refers to. */
export const SETTINGS = {
  PERQ_DATA: {
    fallback: '.perq',
    about: 'Folder of the embedded PostgreSQL and of the secret, in the checkout unless absolute.',
  },
  DATABASE_URL: {
    fallback: '',
    about: 'A PostgreSQL ≥ 15 of your own instead of the embedded one; several replicas may share it.',
  },
  PERQ_HOST: { fallback: '127.0.0.1', about: 'Address to listen on.' },
  PERQ_PORT: { fallback: '4100', about: 'Port to listen on; 0 takes a free one.' },
  PERQ_URL: {
    fallback: '',
    about: 'How people reach this server, when it is behind a proxy: https://perq.example.com',
  },
  PERQ_KEY: {
    fallback: '',
    about: 'A key of your own, with which perq gpu asks the server at PERQ_URL, as on a login node.',
  },
  PERQ_WORKERS: {
    fallback: '1',
    about:
      'Processes that serve, 1 to 64; auto: one for each core. From 2 on they can be replaced one by one (SIGHUP).',
  },
  PERQ_CONNECTIONS: {
    fallback: '',
    about:
      "Connections to PostgreSQL for this server's processes together; when not set, what the database has to spare, at most 13 for each process.",
  },
  PERQ_MAX_CALLS: {
    fallback: '10000',
    about: 'Calls on their way in one process; more are told to come again (503), 1 to 100000.',
  },
  PERQ_MAX_REQUESTS: {
    fallback: '200',
    about:
      "Requests of the people's door at once in one process; more are told to come again (503), 1 to 10000.",
  },
  PERQ_BACKLOG: {
    fallback: '1024',
    about: 'Connections that may wait to be accepted, 1 to 65535; the system may allow fewer.',
  },
  PERQ_MEMORY: {
    fallback: '',
    about:
      "MiB that one process may use; when not set, its share of the container's. Above 85 in a hundred of it, or of the heap's limit, new calls are told to come again (503).",
  },
  PERQ_STOP_NOTICE: {
    fallback: '0',
    about:
      'Seconds for which a server that was told to stop goes on serving while /readyz says 503, so that balancers look away, 0 to 300.',
  },
  PERQ_STOP_WITHIN: {
    fallback: '60',
    about:
      'Seconds that calls on their way have to end when their process stops or is replaced; then they are cut and charged for what was seen, 1 to 3600.',
  },
  PERQ_SECRET: {
    fallback: '',
    about: '32 bytes in hex that encrypt provider keys; kept in the data folder when not set.',
  },
  PERQ_WAL_ARCHIVE: {
    fallback: '',
    about:
      'Folder into which the embedded PostgreSQL archives its log, for points in time between backups. Once set it stays; off ends it.',
  },
  PERQ_BACKUPS: {
    fallback: '',
    about: 'Folder of the backups that perq doctor looks at, and of perq backup without --to.',
  },
  PERQ_LOG: { fallback: 'text', about: 'json: one JSON object a line on standard error.' },
  PERQ_DRAIN: {
    fallback: '4',
    about:
      'Seconds for which a reply is read on after its client has left, to charge its real use; then it is hung up, 0 to 600.',
  },
  PERQ_BUDGET_STATUS: {
    fallback: '400',
    about:
      'Status for a wallet that cannot pay: 400 stops every client, 402 all but Codex (which keeps 400).',
  },
  PERQ_HTTP: {
    fallback: 'own',
    about:
      'library: calls go through node:http and undici instead of the faster HTTP/1.1 of the gateway; should that ever be in the way.',
  },
  PERQ_WEBHOOKS_ANYWHERE: {
    fallback: 'no',
    about:
      'yes: webhooks may go to private addresses and over http, as when their receivers stand in your own network.',
  },
  PERQ_CLUSTER: {
    fallback: '',
    about:
      'The GPU cluster that this server looks after, by the name that perq cluster add gave it. None when not set.',
  },
  PERQ_CLUSTER_BIN: {
    fallback: '',
    about: "Folder of the programs of the cluster's Slurm, where they are not on the path.",
  },
  PERQ_CLUSTER_CONF: {
    fallback: '',
    about: "slurm.conf of the cluster, where it is not in Slurm's own place.",
  },
  PERQ_CLUSTER_LIFE: {
    fallback: '',
    about:
      "A word for the life of the cluster's accounting, changed by whoever restores it from a backup; when not set, the second in which the cluster was added to it.",
  },
  PERQ_PRICE_FEEDS: {
    fallback: '',
    about:
      'Public feeds of prices that are fetched once a day, with commas between: gpuhunt, skypilot, azure, vast, runpod, genai-prices. None when not set.',
  },
  PERQ_COMPANY: { fallback: '', about: "The company's name on the pages." },
  PERQ_DEMO_DAYS: { fallback: '365', about: 'Days of history that the demo company is made with, 0 to 365.' },
} as const

export type Setting = keyof typeof SETTINGS
export type Environment = Readonly<Record<string, string | undefined>>

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** An empty value counts as not set. */
export const setting = (env: Environment, name: Setting): string =>
  env[name]?.trim() || SETTINGS[name].fallback

export function dataFolder(env: Environment, given?: string): string {
  if (given) return resolve(given)
  const folder = setting(env, 'PERQ_DATA')
  return isAbsolute(folder) ? folder : resolve(ROOT, folder)
}

export function wholeNumber(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Fault('invalid', `${name} is "${text}"; give a whole number from ${least} to ${most}`, {
    param: name,
  })
}

export const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version
