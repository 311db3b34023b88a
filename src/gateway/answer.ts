import { Fault } from '#base/fault.ts'
import { isConnectionLost } from '#db/sql.ts'
import { calmJson, calmWords, takesFright } from './calm.ts'
import { isBudget, type Door, type Failure, type NoAsk } from './door.ts'
import type { HeaderList } from './relay/headers.ts'
import type { ClientReply } from './relay/transport.ts'

/** A client that is told to come back later comes back so many seconds later. */
const RETRY_AFTER = 2
/** Codex waits in silence for as long as it is told; nobody should wait longer without a word. */
const LONGEST_RETRY_AFTER = 30

/** What a wallet that cannot pay is answered with: 400 stops every client, 402 all but Codex. */
export type BudgetStatus = 400 | 402

export type Caller = { readonly id: string; readonly userAgent: string; readonly budgetStatus: BudgetStatus }

/** JSON made by Perq itself. */
export function answerJson(
  reply: ClientReply,
  status: number,
  body: unknown,
  headers: HeaderList = [],
): void {
  answerText(reply, status, JSON.stringify(body), headers)
}

function answerText(reply: ClientReply, status: number, json: string, headers: HeaderList): void {
  const bytes = Buffer.from(json)
  reply.head(status, ['content-type', 'application/json', 'content-length', String(bytes.length), ...headers])
  reply.end(bytes)
}

/**
 * A refusal in the provider's own error shape. Clients obey a 400 with `x-should-retry: false` with one request; those
 * that are to come again are told when.
 */
export function answerFailure(reply: ClientReply, door: Door, failure: Failure, caller: Caller): void {
  const { charged = false } = failure
  const wait = charged ? null : (failure.retryAfter ?? (failure.status === 503 ? RETRY_AFTER : null))
  const again =
    wait !== null
      ? ['retry-after', String(wait), 'x-should-retry', 'true']
      : failure.status < 500 || charged
        ? ['x-should-retry', 'false']
        : []
  // What is final must not look as if it were not.
  const calm = wait === null && failure.status < 500 && takesFright(caller.userAgent)
  const message = calm ? calmWords(failure.message) : failure.message
  const { status, body } = door.failure({ ...failure, message, status: statusFor(failure, caller) }, caller)
  const json = JSON.stringify(body)
  const headers = ['x-perq-call', caller.id, 'x-perq-reason', failure.code, ...again]
  answerText(reply, status, calm ? calmJson(json) : json, headers)
}

function statusFor({ status, code }: Failure, { userAgent, budgetStatus }: Caller): number {
  // Codex repeats a 402 five times.
  return status === 400 && isBudget(code) && !userAgent.startsWith('codex') ? budgetStatus : status
}

/** A refusal of spending is a 400; one that only asks for patience is a 429 that says for how many seconds. */
export const refusedAs = (
  { code, message, retryAfter }: { code: string; message: string; retryAfter?: number | null },
  param: string | null = null,
): Failure => ({
  status: retryAfter == null ? 400 : 429,
  code,
  message: `Perq: ${message}`,
  param,
  ...(retryAfter == null
    ? {}
    : { retryAfter: Math.min(LONGEST_RETRY_AFTER, Math.max(1, Math.ceil(retryAfter))) }),
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
