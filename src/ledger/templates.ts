import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import * as store from './store.ts'
import type { Asset, VestRequest } from './types.ts'

/**
 * The typed templates of the cold path: each runs inside the caller's transaction, locks the wallets it touches, and is
 * idempotent by what it means. The hot path's templates live in sql/000008_ledger_spend.sql.
 */

export type Outcome = 'done' | 'replayed'

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
    if (book?.wallet_id === grant.wallet && book.granted === grant.quantity) return 'replayed'
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
 * Answers in the order asked. Refuses (conflict) a tranche that stands with another quantity.
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
  // Only after the locks is it certain which lots exist.
  const ids = requests.map((request) => lotId(request.grant, request.tranche))
  const standing = new Map((await store.existingLots(sql, ids)).map((lot) => [lot.id, lot.vested]))
  const outcomes = requests.map((request, index): Outcome => {
    const before = standing.get(ids[index]!)
    if (before === undefined) {
      standing.set(ids[index]!, request.quantity)
      return 'done'
    }
    if (before === request.quantity) return 'replayed'
    const message = `tranche ${request.tranche} of grant ${request.grant} vested ${before}, not ${request.quantity}`
    throw new Fault('conflict', message, { param: 'tranche' })
  })
  const fresh = requests.filter((_, index) => outcomes[index] === 'done')
  if (fresh.length === 0) return outcomes

  // Told as a refusal and not by the table's check: the caller then goes on with the other grants.
  const unvested = new Map((await store.books(sql, grants)).map((book) => [book.grant_id, book.unvested]))
  for (const { grant, tranche, quantity } of fresh) {
    const left = unvested.get(grant)! - quantity
    if (left < 0n) {
      const message = `tranche ${tranche} of grant ${grant} is ${quantity}, more than is unvested`
      throw new Fault('conflict', message, { param: 'quantity' })
    }
    unvested.set(grant, left)
  }
  const bodies = fresh.map((request) => canonicalJson(request.scope))
  const numbers = await store.scopeNumbers(sql, bodies)
  await store.moveBooks(
    sql,
    fresh.map(({ grant, quantity }) => ({ grant, unvested: -quantity, vested: quantity })),
  )
  await store.insertLots(
    sql,
    fresh.map((request, index) => ({
      id: lotId(request.grant, request.tranche),
      wallet: wallets.get(request.grant)!,
      grant: request.grant,
      tranche: request.tranche,
      priority: request.priority,
      scope: numbers.get(bodies[index]!)!,
      effectiveAt: request.effectiveAt,
      expiresAt: request.expiresAt,
      quantity: request.quantity,
    })),
  )
  await store.insertEntries(
    sql,
    fresh.map((request) => ({
      transfer: uuidOf('vested', request.grant, String(request.tranche)),
      kind: 'vested',
      n: 0,
      at: times.get(wallets.get(request.grant)!)!,
      source: 'unvested',
      target: 'available',
      lot: lotId(request.grant, request.tranche),
      grant: null,
      amount: request.quantity,
      cause: null,
    })),
  )
  return outcomes
}

/** available → expired, for lots past their expiry. What is held stays until its hold ends, then a later sweep takes it. */
export async function expired(sql: Sql, now: Millis, limit: number): Promise<number> {
  const due = await store.expiredLots(sql, now, limit)
  if (due.length === 0) return 0
  const times = await store.lockWallets(sql, [...new Set(due.map((lot) => lot.wallet_id))], now)
  const lots = (
    await store.lotAmounts(
      sql,
      due.map((lot) => lot.id),
    )
  ).filter((lot) => lot.available > 0n)
  await store.moveLots(
    sql,
    'expired',
    lots.map((lot) => ({ lot: lot.id, amount: lot.available })),
  )
  await store.insertEntries(
    sql,
    lots.map((lot) => ({
      // A lot can expire more than once (a hold ended later): what had expired before makes the id its own.
      transfer: uuidOf('expired', lot.id, String(lot.expired)),
      kind: 'expire',
      n: 0,
      at: times.get(lot.wallet_id)!,
      source: 'available',
      target: 'expired',
      lot: lot.id,
      grant: null,
      amount: lot.available,
      cause: null,
    })),
  )
  return lots.length
}

/** unvested → forfeited (or revoked, for cause): the rest of a grant that will not vest. */
export async function unvestedLost(
  sql: Sql,
  now: Millis,
  loss: { id: string; grant: string; to: 'forfeited' | 'revoked'; reason: string },
): Promise<{ outcome: Outcome; amount: bigint }> {
  const [book] = await store.books(sql, [loss.grant])
  if (!book) throw new Fault('not_found', `there is no grant ${loss.grant} in the ledger`, { param: 'grant' })
  const at = (await store.lockWallets(sql, [book.wallet_id], now)).get(book.wallet_id)!
  const replay = await replayed(sql, loss.id)
  if (replay !== null) return replay
  const amount = (await store.books(sql, [loss.grant]))[0]!.unvested
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

/** available → revoked: what is left of a lot is taken back for cause. */
export async function revoked(
  sql: Sql,
  now: Millis,
  order: { id: string; lot: string; reason: string },
): Promise<{ outcome: Outcome; amount: bigint }> {
  const [found] = await store.lotAmounts(sql, [order.lot])
  if (!found) throw new Fault('not_found', `there is no lot ${order.lot}`, { param: 'lot' })
  const at = (await store.lockWallets(sql, [found.wallet_id], now)).get(found.wallet_id)!
  const replay = await replayed(sql, order.id)
  if (replay !== null) return replay
  const amount = (await store.lotAmounts(sql, [order.lot]))[0]!.available
  if (amount === 0n) return { outcome: 'done', amount }
  await store.moveLots(sql, 'revoked', [{ lot: order.lot, amount }])
  await store.insertEntries(sql, [
    {
      transfer: order.id,
      kind: 'revoke',
      n: 0,
      at,
      source: 'available',
      target: 'revoked',
      lot: order.lot,
      grant: null,
      amount,
      cause: null,
    },
  ])
  await store.insertNote(sql, { transfer: order.id, at, reason: order.reason })
  return { outcome: 'done', amount }
}

/**
 * spent → available: a call was charged too much (a wrong price, a provider's credit). The money goes back into the lots
 * that paid, last drawn first; together the corrections of a call never exceed what it was charged.
 */
export async function adjusted(
  sql: Sql,
  now: Millis,
  correction: { id: string; call: string; amount: bigint; reason: string },
): Promise<{ outcome: Outcome; amount: bigint }> {
  if (correction.amount <= 0n) {
    throw new Fault('invalid', `amount is ${correction.amount}; a correction needs an amount above 0`, {
      param: 'amount',
    })
  }
  const charges = (await store.entriesOf(sql, correction.call)).filter(
    (entry) => entry.source === 'held' && entry.target === 'spent',
  )
  const lots = charges.map((entry) => entry.lot_id!)
  if (charges.length === 0)
    throw new Fault('not_found', `call ${correction.call} was charged nothing`, { param: 'call' })
  const wallet = (await store.lotAmounts(sql, lots.slice(0, 1)))[0]!.wallet_id
  const at = (await store.lockWallets(sql, [wallet], now)).get(wallet)!
  const replay = await replayed(sql, correction.id)
  if (replay !== null) {
    if (replay.amount === correction.amount) return replay
    throw new Fault('conflict', `correction ${correction.id} stands with another amount`, { param: 'amount' })
  }
  const given = new Map<string, bigint>()
  for (const entry of await store.correctionsOf(sql, correction.call, lots)) {
    given.set(entry.lot_id!, (given.get(entry.lot_id!) ?? 0n) + entry.amount)
  }
  let left = correction.amount
  const moves: { lot: string; amount: bigint; party: string }[] = []
  for (const entry of charges.toReversed()) {
    const most = entry.amount - (given.get(entry.lot_id!) ?? 0n)
    const amount = left < most ? left : most
    if (amount > 0n) moves.push({ lot: entry.lot_id!, amount, party: entry.party! })
    left -= amount
  }
  if (left > 0n) {
    const most = correction.amount - left
    throw new Fault(
      'invalid',
      `amount is ${correction.amount}; of this call ${most} at most can be given back`,
      { param: 'amount' },
    )
  }
  await store.restoreLots(sql, moves)
  await store.insertEntries(
    sql,
    moves.map((move, n) => ({
      transfer: correction.id,
      kind: 'adjust',
      n,
      at,
      source: 'spent',
      target: 'available',
      lot: move.lot,
      grant: null,
      amount: move.amount,
      cause: correction.call,
    })),
  )
  await store.insertNote(sql, { transfer: correction.id, at, reason: correction.reason })
  return { outcome: 'done', amount: correction.amount }
}

/** unvested → promised: a grant was written too large. Its entry names the granting transfer as its cause. */
export async function reduced(
  sql: Sql,
  now: Millis,
  correction: { id: string; grant: string; amount: bigint; reason: string },
): Promise<{ outcome: Outcome; amount: bigint }> {
  const [book] = await store.books(sql, [correction.grant])
  if (!book)
    throw new Fault('not_found', `there is no grant ${correction.grant} in the ledger`, { param: 'grant' })
  const at = (await store.lockWallets(sql, [book.wallet_id], now)).get(book.wallet_id)!
  const replay = await replayed(sql, correction.id)
  if (replay !== null) return replay
  const unvested = (await store.books(sql, [correction.grant]))[0]!.unvested
  if (correction.amount <= 0n || correction.amount > unvested) {
    const message = `amount is ${correction.amount}; it must be above 0 and at most the ${unvested} that is unvested`
    throw new Fault('invalid', message, { param: 'amount' })
  }
  await store.moveBooks(sql, [
    { grant: correction.grant, granted: -correction.amount, unvested: -correction.amount },
  ])
  await store.insertEntries(sql, [
    {
      transfer: correction.id,
      kind: 'adjust',
      n: 0,
      at,
      source: 'unvested',
      target: 'promised',
      lot: null,
      grant: correction.grant,
      amount: correction.amount,
      cause: uuidOf('granted', correction.grant),
    },
  ])
  await store.insertNote(sql, { transfer: correction.id, at, reason: correction.reason })
  return { outcome: 'done', amount: correction.amount }
}

async function replayed(sql: Sql, transfer: string): Promise<{ outcome: Outcome; amount: bigint } | null> {
  const entries = await store.entriesOf(sql, transfer)
  if (entries.length === 0) return null
  return { outcome: 'replayed', amount: entries.reduce((sum, entry) => sum + entry.amount, 0n) }
}
