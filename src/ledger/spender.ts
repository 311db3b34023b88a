import { Fault } from '#base/fault.ts'
import { invariant } from '#base/invariant.ts'
import { SECOND, type Millis } from '#base/time.ts'
import { isConnectionLost, type Db, type Sql } from '#db/sql.ts'
import { openBooks } from './books.ts'
import { decide, isChanged, SPEND_DECIDED, type Decided } from './decided.ts'
import { encodeOps, opId, SPEND, type SpendAnswer, type SpendOp } from './spend.ts'

/**
 * One batch of hot operations, committed. What this process knows enough of it decides itself, and the database writes it if
 * everything is as it was known; all else, and whatever turns out to be otherwise, the database decides.
 */
export function openSpender({
  db,
  owner,
  retryFor,
}: {
  readonly db: Db
  readonly owner: string
  readonly retryFor: Millis
}) {
  const books = openBooks(db.steady)
  let decidedHere = 0

  const walletOf = (op: SpendOp): string | null =>
    op.kind === 'hold' ? op.request.wallet : (books.standing(opId(op))?.wallet ?? null)

  /** The database decides. */
  async function spend(ops: readonly SpendOp[], sql: Sql = db.steady): Promise<readonly SpendAnswer[]> {
    const { params, order } = encodeOps(ops)
    const [row] = await sql.query<{ codes: number[]; a: bigint[]; b: bigint[] }>(SPEND, [owner, ...params])
    invariant(row && row.codes.length === ops.length, 'every operation of a batch is answered')
    const answers: SpendAnswer[] = []
    order.forEach((place, index) => {
      answers[place] = { code: row.codes[index]!, a: row.a[index]!, b: row.b[index]! }
    })
    return answers
  }

  async function spendUntilCertain(ops: readonly SpendOp[]): Promise<readonly SpendAnswer[]> {
    for (const op of ops) {
      const wallet = walletOf(op)
      if (wallet !== null) books.forget(wallet)
      if (op.kind !== 'hold') books.ended(opId(op))
    }
    // Whether a lost batch was committed cannot be known; asking again gives the first answer, so ask again.
    for (let waited = 0, pause = 20; ; waited += pause, pause = Math.min(pause * 2, SECOND)) {
      try {
        return await spend(ops)
      } catch (error) {
        if (!isConnectionLost(error)) throw error
        if (waited >= retryFor) {
          throw new Fault('unavailable', 'the ledger cannot reach its database; try again shortly', {
            cause: error,
          })
        }
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  /** Whether it was committed as it was decided. When anything was not as it was known, or the answer was lost, that is forgotten. */
  async function write(decided: Decided): Promise<boolean> {
    try {
      await db.steady.query(SPEND_DECIDED, [owner, ...decided.params])
    } catch (error) {
      for (const wallet of decided.wallets) books.forget(wallet)
      if (isChanged(error)) books.shared(decided.wallets)
      return false
    }
    decided.committed()
    decidedHere += decided.ops.length
    return true
  }

  async function run(ops: readonly SpendOp[]): Promise<readonly SpendAnswer[]> {
    try {
      await books.load(ops.map(walletOf).filter((wallet) => wallet !== null))
    } catch {
      return spendUntilCertain(ops)
    }
    const { decided, rest } = decide(ops, books)
    // The database knows what was committed, and sees all of the batch in its order.
    if (decided === null || !(await write(decided))) return spendUntilCertain(ops)
    const answers = new Map<SpendOp, SpendAnswer>()
    decided.ops.forEach((op, index) => answers.set(op, decided.answers[index]!))
    const others = rest.length > 0 ? await spendUntilCertain(rest) : []
    rest.forEach((op, index) => answers.set(op, others[index]!))
    return ops.map((op) => answers.get(op)!)
  }

  return {
    run,
    spend,
    walletOf,
    /** Operations that this process decided. */
    decided: (): number => decidedHere,
  }
}
