import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
export const NODE_HOME = `${ROOT}/setup/node`
export const LOCK = `${ROOT}/setup/.lock`
