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
  PERQ_SECRET: {
    fallback: '',
    about: '32 bytes in hex that encrypt provider keys; kept in the data folder when not set.',
  },
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
  PERQ_WEBHOOKS_ANYWHERE: {
    fallback: 'no',
    about:
      'yes: webhooks may go to private addresses and over http, as when their receivers stand in your own network.',
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
