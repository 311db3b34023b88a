import { Fault } from '#base/fault.ts'
import { MINUTE, SECOND } from '#base/time.ts'
import type { SettleRequest } from '#ledger/types.ts'
import type { Spending } from '#spending/types.ts'
import type { Log } from './log.ts'

export type Charge = Awaited<ReturnType<Spending['settle']>>

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5 * SECOND
const GIVE_UP_AFTER = 5 * MINUTE

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Settles until it is committed: asking again is harmless, because the ledger knows the call by its id. After five
 * minutes, or when the ledger itself says no, it gives up with null; then the hold lapses and charges its floor, and the log names what was lost.
 */
export const settleSurely = (spending: Spending, request: SettleRequest, log: Log): Promise<Charge | null> =>
  // Nearly always once is enough, and then nothing of what follows is made.
  spending.settle(request).catch((error: unknown) => settleAgain(spending, request, log, error))

async function settleAgain(
  spending: Spending,
  request: SettleRequest,
  log: Log,
  first: unknown,
): Promise<Charge | null> {
  let error = first
  for (let waited = 0, next = FIRST_PAUSE; waited < GIVE_UP_AFTER; waited += next, next = longer(next)) {
    // The ledger has answered, and will answer the same again.
    if (error instanceof Fault && error.code !== 'unavailable') {
      log('error', 'the ledger refused a settlement', { call: request.id, error: error.message })
      return null
    }
    log('warn', 'a settlement could not be committed yet', { call: request.id, error: String(error) })
    await pause(next)
    try {
      return await spending.settle(request)
    } catch (again) {
      error = again
    }
  }
  log('error', 'a settlement was given up; its hold will lapse', {
    call: request.id,
    cost: String(request.cost),
  })
  return null
}

/**
 * Releases until it is committed, as `settleSurely` does: a hold that is left to lapse charges its floor for a call
 * that the provider did not bill.
 */
export async function releaseSurely(
  spending: Spending,
  { id, reason }: { id: string; reason: string },
  log: Log,
): Promise<void> {
  for (let waited = 0, next = FIRST_PAUSE; waited < GIVE_UP_AFTER; waited += next, next = longer(next)) {
    try {
      return await spending.release(id, reason)
    } catch (error) {
      log('warn', 'a hold could not be released', { call: id, reason, error: String(error) })
      if (error instanceof Fault && error.code !== 'unavailable') return
    }
    await pause(next)
  }
  log('error', 'a release was given up; its hold will lapse', { call: id, reason })
}

const longer = (ms: number): number => Math.min(ms * 2, LONGEST_PAUSE)

/** The value, or null when it takes longer than `ms`. The work itself goes on. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
