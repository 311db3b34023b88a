import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { canonicalJson } from '#base/json.ts'
import { floor, mul, rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { LARGEST, within, type Moved } from './replay.ts'
import * as rows from './moves-store.ts'
import * as store from './store.ts'
import type { Asset, CarryOrder, ConvertOrder, Scope } from './types.ts'

/** The typed templates that take value from one lot to another: within a grant, and into another asset. */

export type Carried = Moved & { readonly lot: string }
export type Converted = Carried & { readonly quantity: bigint }

/** The lot that an order makes. */
export const carriedLotId = (order: string): string => uuidOf('carried', order)
export const convertedLotId = (order: string): string => uuidOf('converted', order)

/** The book in which a grant's conversions into an asset are kept: the grant equation holds there by itself. */
export const convertedBookId = (grant: string, asset: Asset): string => uuidOf('converted', grant, asset)

/**
 * available → carried of the lot, carried → available of a new lot of the same grant, wallet and tranche, with another
 * expiry, scope or priority. The same order again is a replay, with another lot or amount a conflict.
 */
export async function carried(sql: Sql, now: Millis, order: CarryOrder): Promise<Carried> {
  const known = await knownLot(sql, order.lot)
  const at = (await store.lockWallets(sql, [known.wallet_id], now)).get(known.wallet_id)!
  const target = carriedLotId(order.id)
  const before = await transferOf(sql, order)
  if (before !== null) return { outcome: 'replayed', amount: order.amount, lot: target }
  const lot = await knownLot(sql, order.lot)
  const amount = within(order.amount, lot.available, 'available')
  const effectiveAt = order.to.effectiveAt ?? at
  const { expiresAt } = order.to
  if (expiresAt !== null && expiresAt <= effectiveAt) {
    const message = `expires_at is ${new Date(expiresAt).toISOString()}; a lot expires after it becomes spendable`
    throw new Fault('invalid', message, { param: 'expires_at' })
  }
  const scope = order.to.scope ? await scopeNumber(sql, order.to.scope) : lot.scope_id
  await rows.takeFromLot(sql, 'carried', { lot: lot.id, amount })
  await insertLot(sql, {
    id: target,
    wallet: lot.wallet_id,
    grant: lot.grant_id,
    tranche: lot.tranche,
    priority: order.to.priority ?? lot.priority,
    scope,
    effectiveAt,
    expiresAt,
    quantity: amount,
    carriedFrom: lot.id,
  })
  const entry = { transfer: order.id, kind: 'carry', at, grant: null, amount, cause: null } as const
  await store.insertEntries(sql, [
    { ...entry, n: 0, source: 'available', target: 'carried', lot: lot.id },
    { ...entry, n: 1, source: 'carried', target: 'available', lot: target },
  ])
  await store.insertNote(sql, { transfer: order.id, at, reason: order.reason })
  return { outcome: 'done', amount, lot: target }
}

/**
 * available → spent (at the exchange) of the lot, promised → available of a new lot in the person's wallet of another
 * asset, with the same scope, priority and expiry. What the rate leaves below one unit is never paid out. The same order
 * again is a replay, with another lot or amount a conflict.
 */
export async function converted(sql: Sql, now: Millis, order: ConvertOrder): Promise<Converted> {
  const known = await knownLot(sql, order.lot)
  const [from, into] = await walletsFor(sql, known.wallet_id, order)
  const at = await lockTogether(sql, [from.id, into.id], now)
  const target = convertedLotId(order.id)
  const before = await transferOf(sql, order)
  if (before !== null) {
    const quantity = before.find((entry) => entry.source === 'promised')!.amount
    return { outcome: 'replayed', amount: order.amount, quantity, lot: target }
  }
  const lot = await knownLot(sql, order.lot)
  const amount = within(order.amount, lot.available, 'available')
  if (lot.effective_at > at || (lot.expires_at !== null && lot.expires_at <= at))
    throw new Fault('conflict', `lot ${lot.id} cannot be spent now, nor exchanged`, { param: 'lot' })
  const quantity = exchanged(amount, order)
  const [source] = await store.books(sql, [lot.grant_id])
  const root = source!.converted_from ?? source!.grant_id
  const book = convertedBookId(root, into.asset)
  const { exchange: _, ...scope }: Scope = await rows.scopeBody(sql, lot.scope_id)
  await rows.takeFromLot(sql, 'spent', { lot: lot.id, amount })
  await rows.addConverted(sql, { book, wallet: into.id, from: root, quantity })
  await insertLot(sql, {
    id: target,
    wallet: into.id,
    grant: book,
    tranche: lot.tranche,
    priority: lot.priority,
    scope: await scopeNumber(sql, scope),
    effectiveAt: at,
    expiresAt: lot.expires_at,
    quantity,
    convertedFrom: lot.id,
  })
  const entry = { transfer: order.id, kind: 'convert', at, grant: null, cause: null } as const
  await store.insertEntries(sql, [
    { ...entry, n: 0, source: 'available', target: 'spent', lot: lot.id, amount, party: EXCHANGE },
    { ...entry, n: 1, source: 'promised', target: 'available', lot: target, amount: quantity },
  ])
  await rows.insertConversion(sql, {
    transfer: order.id,
    at,
    lot: lot.id,
    into: target,
    fromAsset: from.asset,
    toAsset: into.asset,
    amount,
    quantity,
    rate: order.rate,
    basis: order.basis,
  })
  return { outcome: 'done', amount, quantity, lot: target }
}

/** The party to which what was exchanged is spent. */
export const EXCHANGE = 'exchange'

function exchanged(amount: bigint, { rate, to }: ConvertOrder): bigint {
  const quantity = floor(mul(rational(amount), rate))
  if (rate.n > 0n && quantity > 0n && quantity <= LARGEST) return quantity
  const message = `amount is ${amount}, which is ${quantity} of ${to.asset} at ${rate.n}/${rate.d}; it must be at least 1 and at most ${LARGEST}`
  throw new Fault('invalid', message, { param: 'amount' })
}

async function knownLot(sql: Sql, id: string): Promise<store.LotRow> {
  const [lot] = await store.lotRows(sql, [id])
  if (!lot) throw new Fault('not_found', `there is no lot ${id}`, { param: 'lot' })
  return lot
}

async function insertLot(sql: Sql, lot: store.NewLot): Promise<void> {
  const made = await store.insertLots(sql, [lot])
  invariant(made.length === 1, 'a lot is made once for each order')
}

/** The wallets of both sides; the same person's, and the target's of the asset that the order names. */
async function walletsFor(
  sql: Sql,
  from: string,
  { to }: ConvertOrder,
): Promise<readonly [rows.WalletRow, rows.WalletRow]> {
  const both = await rows.walletRows(sql, [from, to.wallet])
  const [source, into] = [both.find(({ id }) => id === from), both.find(({ id }) => id === to.wallet)]
  if (!source || !into) throw new Fault('not_found', `there is no wallet ${to.wallet}`, { param: 'wallet' })
  const fits = into.asset === to.asset && into.person_id === source.person_id && into.asset !== source.asset
  if (fits) return [source, into]
  const message = `wallet ${to.wallet} is not the wallet of ${to.asset} of the person whose lot is exchanged`
  throw new Fault('invalid', message, { param: 'wallet' })
}

/**
 * Locks wallets and gives them one time, never before their own: both sides of a transfer happen at once. Whoever changes
 * several wallets in several steps asks for all of them first, so that nobody waits in a circle.
 */
export async function lockTogether(sql: Sql, wallets: readonly string[], now: Millis): Promise<Millis> {
  const times = [...(await store.lockWallets(sql, wallets, now)).values()]
  const at = Math.max(...times)
  if (times.some((time) => time < at)) await store.lockWallets(sql, wallets, at)
  return at
}

async function scopeNumber(sql: Sql, scope: Scope): Promise<number> {
  const body = canonicalJson(scope)
  return (await store.scopeNumbers(sql, [body])).get(body)!
}

/** The entries of an order that came before; null when it is new. */
async function transferOf(
  sql: Sql,
  order: { readonly id: string; readonly lot: string; readonly amount: bigint },
): Promise<readonly store.EntryRow[] | null> {
  const entries = await store.entriesOf(sql, order.id)
  if (entries.length === 0) return null
  const taken = entries.find((entry) => entry.source === 'available')
  if (taken?.lot_id === order.lot && taken.amount === order.amount) return entries
  throw new Fault('conflict', `order ${order.id} stands for another lot or amount`, { param: 'id' })
}
