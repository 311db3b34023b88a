import { CONNECTION_LOST } from './sql.ts'

/** Sockets that broke or never opened; ENOENT is a unix socket that is not there. */
const SOCKET = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * The server went away or is coming up: admin shutdown, crash shutdown, cannot connect now; class 08 is connection trouble.
 * What passes as those do: class 53, no connection, disk or memory left; 58030, its disk fails; 25006, it takes no writes,
 * as one that another is taking over from; 40P01, it ended this one for another that was in the way.
 */
const STATE = /^(57P0[123]|08[0-9A-Z]{3}|53[0-9A-Z]{3}|58030|25006|40P01)$/

/** The driver has no codes for what it says itself. */
const WORDS =
  /Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Connection ended unexpectedly/

/** Marks an error that says nothing about the outcome, and gives it back. */
export function markLost(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && !(CONNECTION_LOST in error) && saysNothing(error))
    Object.defineProperty(error, CONNECTION_LOST, { value: true })
  return error
}

function saysNothing(error: object): boolean {
  // A name with several addresses fails with one error for each.
  if (error instanceof AggregateError) return error.errors.some((one: unknown) => saysNothing(one as object))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (SOCKET.has(code) || STATE.test(code)) return true
  return error instanceof Error && WORDS.test(error.message)
}
