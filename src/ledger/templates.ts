import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { LARGEST, replayOf, within, type Moved, type Outcome } from './replay.ts'
import * as store from './store.ts'
import type { Asset, VestRequest } from './types.ts'

/**
 * The typed templates of a grant: each runs inside the caller's transaction, locks the wallets it touches, and is
 * idempotent by what it means. Those of lots are in lots.ts and moves.ts; the hot path's in ledger.spend().
 */

export type { Moved, Outcome } from './replay.ts'

export const lotId = (grant: string, tranche: number): string => uuidOf('lot', grant, String(tranche))

/** The person's wallet of that asset; makes it when there is none. Returns its id, which is not `id` when one stood before. */
export async function openWallet(
  sql: Sql,
  wallet: { id: string; person: string; asset: Asset },
): Promise<string> {
  const [row] = await store.insertWallet(sql, wallet)
  if (row) return row.id
  // Another transaction made it between our snapshot and our insert; now it can be seen.
  const [other] = await store.insertWallet(sql, wallet)
  invariant(other, 'a wallet that could not be made exists')
  return other.id
}

/** promised → unvested. The same grant again with the same quantity is a replay, with another a conflict. */
export async function granted(
  sql: Sql,
  now: Millis,
  grant: { grant: string; wallet: string; quantity: bigint },
): Promise<Outcome> {
  if (grant.quantity <= 0n) {
    throw new Fault('invalid', `quantity is ${grant.quantity}; a grant needs a quantity above 0`, {
      param: 'quantity',
    })
  }
  const at = (await store.lockWallets(sql, [grant.wallet], now)).get(grant.wallet)
  if (at === undefined)
    throw new Fault('not_found', `there is no wallet ${grant.wallet}`, { param: 'wallet' })
  const made = await store.insertBook(sql, grant)
  if (made.length === 0) {
    const [book] = await store.books(sql, [grant.grant])
    // What it was first, whatever it was raised or reduced to since.
    const [first] = await store.entriesOf(sql, uuidOf('granted', grant.grant))
    if (book?.wallet_id === grant.wallet && first?.amount === grant.quantity) return 'replayed'
    throw new Fault('conflict', `grant ${grant.grant} already stands with another quantity or wallet`, {
      param: 'grant',
    })
  }
  await store.insertEntries(sql, [
    {
      transfer: uuidOf('granted', grant.grant),
      kind: 'granted',
      n: 0,
      at,
      source: 'promised',
      target: 'unvested',
      lot: null,
      grant: grant.grant,
      amount: grant.quantity,
      cause: null,
    },
  ])
  return 'done'
}

/**
 * unvested → available: each due tranche becomes a lot, once, however often and by however many workers it is asked.
 * Answers in the order asked. Refuses (conflict) a tranche that stands with another quantity, and more than is unvested;
 * the transaction must then be given up.
 */
export async function vested(
  sql: Sql,
  now: Millis,
  requests: readonly VestRequest[],
): Promise<readonly Outcome[]> {
  if (requests.length === 0) return []
  const grants = [...new Set(requests.map((request) => request.grant))]
  const wallets = new Map((await store.books(sql, grants)).map((book) => [book.grant_id, book.wallet_id]))
  for (const { grant } of requests) {
    if (!wallets.has(grant))
      throw new Fault('not_found', `there is no grant ${grant} in the ledger`, { param: 'grant' })
  }
  const times = await store.lockWallets(sql, [...new Set(wallets.values())], now)
  const lots = requests.map((request) => ({ ...request, id: lotId(request.grant, request.tranche) }))
  const bodies = requests.map((request) => canonicalJson(request.scope))
  const numbers = await store.scopeNumbers(sql, bodies)
  const made = await store.insertLots(
    sql,
    lots.map((lot, index) => ({
      ...lot,
      wallet: wallets.get(lot.grant)!,
      scope: numbers.get(bodies[index]!)!,
    })),
  )
  const fresh = new Map(made.map(({ id }) => [id, false]))
  // The first request of a new lot made it; every other one must say the same.
  const outcomes = lots.map(({ id }): Outcome => {
    if (fresh.get(id) !== false) return 'replayed'
    fresh.set(id, true)
    return 'done'
  })
  await refuseOthers(
    sql,
    lots.filter((_, index) => outcomes[index] === 'replayed'),
  )
  const vests = lots.filter((_, index) => outcomes[index] === 'done')
  if (vests.length === 0) return outcomes

  // Told as a refusal and not by the table's check: the caller then goes on with the other grants.
  const moved = new Set((await store.vestBooks(sql, vests)).map((book) => book.grant_id))
  const excess = vests.findLast(({ grant }) => !moved.has(grant))
  if (excess) {
    const message = `tranche ${excess.tranche} of grant ${excess.grant} is ${excess.quantity}, more than is unvested`
    throw new Fault('conflict', message, { param: 'quantity' })
  }
  await store.insertEntries(
    sql,
    vests.map((lot) => ({
      transfer: uuidOf('vested', lot.grant, String(lot.tranche)),
      kind: 'vested',
      n: 0,
      at: times.get(wallets.get(lot.grant)!)!,
      source: 'unvested',
      target: 'available',
      lot: lot.id,
      grant: null,
      amount: lot.quantity,
      cause: null,
    })),
  )
  return outcomes
}

/** A tranche that stands with another quantity is another tranche. */
async function refuseOthers(
  sql: Sql,
  lots: readonly (VestRequest & { readonly id: string })[],
): Promise<void> {
  if (lots.length === 0) return
  const rows = await store.existingLots(
    sql,
    lots.map(({ id }) => id),
  )
  const standing = new Map(rows.map((row) => [row.id, row.vested]))
  for (const { id, grant, tranche, quantity } of lots) {
    const before = standing.get(id)
    if (before === quantity) continue
    const message = `tranche ${tranche} of grant ${grant} vested ${before}, not ${quantity}`
    throw new Fault('conflict', message, { param: 'tranche' })
  }
}

/**
 * unvested → forfeited (or revoked, for cause): what will not vest. `amount` absent: all that is unvested; else above 0
 * and at most that.
 */
export async function unvestedLost(
  sql: Sql,
  now: Millis,
  loss: {
    readonly id: string
    readonly grant: string
    readonly to: 'forfeited' | 'revoked'
    readonly amount?: bigint
    readonly reason: string
  },
): Promise<Moved> {
  const { book, at } = await lockBook(sql, loss.grant, now)
  const replay = await replayOf(sql, loss)
  if (replay !== null) return replay
  const amount = within(loss.amount ?? null, book.unvested, 'unvested')
  if (amount === 0n) return { outcome: 'done', amount }
  const move = { grant: loss.grant, unvested: -amount }
  await store.moveBooks(sql, [
    loss.to === 'forfeited' ? { ...move, forfeited: amount } : { ...move, revoked: amount },
  ])
  await store.insertEntries(sql, [
    {
      transfer: loss.id,
      kind: loss.to === 'forfeited' ? 'forfeit' : 'revoke',
      n: 0,
      at,
      source: 'unvested',
      target: loss.to,
      lot: null,
      grant: loss.grant,
      amount,
      cause: null,
    },
  ])
  await store.insertNote(sql, { transfer: loss.id, at, reason: loss.reason })
  return { outcome: 'done', amount }
}

type Change = {
  readonly id: string
  readonly grant: string
  readonly amount: bigint
  readonly reason: string
}

/** unvested → promised: a grant becomes smaller. Its entry names the granting transfer as its cause. */
export const reduced = (sql: Sql, now: Millis, change: Change): Promise<Moved> =>
  resized(sql, now, change, { source: 'unvested', target: 'promised' })

/** promised → unvested: a grant becomes larger. Its entry names the granting transfer as its cause. */
export const raised = (sql: Sql, now: Millis, change: Change): Promise<Moved> =>
  resized(sql, now, change, { source: 'promised', target: 'unvested' })

async function resized(
  sql: Sql,
  now: Millis,
  { id, grant, amount, reason }: Change,
  move:
    | { readonly source: 'unvested'; readonly target: 'promised' }
    | { readonly source: 'promised'; readonly target: 'unvested' },
): Promise<Moved> {
  const { book, at } = await lockBook(sql, grant, now)
  const replay = await replayOf(sql, { id, grant, amount })
  if (replay !== null) return replay
  const grows = move.source === 'promised'
  const most = grows ? LARGEST - book.granted : book.unvested
  within(amount, most, grows ? 'what a grant can still hold' : 'unvested')
  const by = grows ? amount : -amount
  await store.moveBooks(sql, [{ grant, granted: by, unvested: by }])
  await store.insertEntries(sql, [
    {
      ...move,
      transfer: id,
      kind: 'adjust',
      n: 0,
      at,
      lot: null,
      grant,
      amount,
      cause: uuidOf('granted', grant),
    },
  ])
  await store.insertNote(sql, { transfer: id, at, reason })
  return { outcome: 'done', amount }
}

/** The grant's book as it stands under the lock of its wallet. */
async function lockBook(sql: Sql, grant: string, now: Millis): Promise<{ book: store.BookRow; at: Millis }> {
  const [known] = await store.books(sql, [grant])
  if (!known) throw new Fault('not_found', `there is no grant ${grant} in the ledger`, { param: 'grant' })
  const at = (await store.lockWallets(sql, [known.wallet_id], now)).get(known.wallet_id)!
  return { book: (await store.books(sql, [grant]))[0]!, at }
}
