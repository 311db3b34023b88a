import { Fault } from '#base/fault.ts'
import { isConnectionLost } from '#db/sql.ts'
import type { Door, Failure, NoAsk } from './door.ts'
import { headerOf, type HeaderList } from './relay/headers.ts'
import type { ClientReply } from './relay/transport.ts'

/** A client that is told to come back later comes back so many seconds later. */
const RETRY_AFTER = '2'

export type Caller = { readonly id: string; readonly userAgent: string }

export const callerOf = (id: string, headers: HeaderList): Caller => ({
  id,
  userAgent: headerOf(headers, 'user-agent') ?? '',
})

/** JSON made by Perq itself. */
export function answerJson(
  reply: ClientReply,
  status: number,
  body: unknown,
  headers: HeaderList = [],
): void {
  const bytes = Buffer.from(JSON.stringify(body))
  reply.head(status, ['content-type', 'application/json', 'content-length', String(bytes.length), ...headers])
  reply.end(bytes)
}

/** A refusal in the provider's own error shape: clients obey a 400 with `x-should-retry: false` with one request. */
export function answerFailure(reply: ClientReply, door: Door, failure: Failure, caller: Caller): void {
  const { status, body } = door.failure(failure, caller)
  const stop = status < 500 || failure.charged === true
  const again = stop ? ['x-should-retry', 'false'] : status === 503 ? ['retry-after', RETRY_AFTER] : []
  answerJson(reply, status, body, ['x-perq-call', caller.id, 'x-perq-reason', failure.code, ...again])
}

export const refusedAs = (
  { code, message }: { code: string; message: string },
  param: string | null = null,
): Failure => ({
  status: 400,
  code,
  message: `Perq: ${message}`,
  param,
})

export const noAskAs = (no: NoAsk): Failure => refusedAs(no, no.param)

/** What a thrown error is to a client: nothing was done, or a bug. Null for a bug, which the caller logs. */
export function faultAs(error: unknown): Failure | null {
  if (isConnectionLost(error) || (error instanceof Fault && error.code === 'unavailable'))
    return {
      status: 503,
      code: 'unavailable',
      message: 'Perq: the ledger cannot be reached; nothing was done. Try again.',
    }
  if (error instanceof Fault) {
    const { status, code, message, param } = error
    return { status, code, message: `Perq: ${message}`, param }
  }
  return null
}

export const BUG: Failure = {
  status: 500,
  code: 'internal',
  message: 'Perq: a bug in Perq; the operator finds it in the log.',
}
