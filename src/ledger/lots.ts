import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import type { Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { replayOf, within, type Moved } from './replay.ts'
import * as store from './store.ts'

/** The typed templates of one lot: what leaves it for good, and what comes back into it. */

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

type Loss = {
  /** The transfer's id makes the order repeatable. */
  readonly id: string
  readonly lot: string
  /** Absent: all that is available; else above 0 and at most that. */
  readonly amount?: bigint
  readonly reason: string
}

/** available → revoked: a lot, or part of it, is taken back for cause. */
export const revoked = (sql: Sql, now: Millis, order: Loss): Promise<Moved> =>
  lost(sql, now, order, { kind: 'revoke', target: 'revoked' })

/** available → expired before the lot's own expiry: its person left, or a rule of the contract ends it. */
export const endedEarly = (sql: Sql, now: Millis, order: Loss): Promise<Moved> =>
  lost(sql, now, order, { kind: 'expire', target: 'expired' })

async function lost(
  sql: Sql,
  now: Millis,
  order: Loss,
  move:
    | { readonly kind: 'revoke'; readonly target: 'revoked' }
    | { readonly kind: 'expire'; readonly target: 'expired' },
): Promise<Moved> {
  const { lot, at } = await lockLot(sql, order.lot, now)
  const replay = await replayOf(sql, order)
  if (replay !== null) return replay
  const amount = within(order.amount ?? null, lot.available, 'available')
  if (amount === 0n) return { outcome: 'done', amount }
  await store.moveLots(sql, move.target, [{ lot: order.lot, amount }])
  await store.insertEntries(sql, [
    {
      ...move,
      transfer: order.id,
      n: 0,
      at,
      source: 'available',
      lot: order.lot,
      grant: null,
      amount,
      cause: null,
    },
  ])
  await store.insertNote(sql, { transfer: order.id, at, reason: order.reason })
  return { outcome: 'done', amount }
}

/** The lot as it stands under the lock of its wallet. */
async function lockLot(sql: Sql, id: string, now: Millis): Promise<{ lot: store.LotRow; at: Millis }> {
  const [known] = await store.lotRows(sql, [id])
  if (!known) throw new Fault('not_found', `there is no lot ${id}`, { param: 'lot' })
  const at = (await store.lockWallets(sql, [known.wallet_id], now)).get(known.wallet_id)!
  return { lot: (await store.lotRows(sql, [id]))[0]!, at }
}

/**
 * spent → available: a call was charged too much (a wrong price, a provider's credit). The money goes back into the lots
 * that paid, last drawn first; together the corrections of a call never exceed what it was charged.
 */
export async function adjusted(
  sql: Sql,
  now: Millis,
  correction: { id: string; call: string; amount: bigint; reason: string },
): Promise<Moved> {
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
  const replay = await replayOf(sql, { id: correction.id })
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

/**
 * spent → absorbed: the company paid too much of a call. `before` is what earlier corrections of the call took back, which the caller
 * keeps; that together they never exceed what was absorbed is proved by `verify`.
 */
export async function unabsorbed(
  sql: Sql,
  now: Millis,
  correction: { id: string; call: string; wallet: string; amount: bigint; before: bigint; reason: string },
): Promise<Moved> {
  const at = (await store.lockWallets(sql, [correction.wallet], now)).get(correction.wallet)
  if (at === undefined)
    throw new Fault('not_found', `there is no wallet ${correction.wallet}`, { param: 'wallet' })
  const replay = await replayOf(sql, { id: correction.id, amount: correction.amount })
  if (replay !== null) return replay
  const absorbed = (await store.entriesOf(sql, correction.call))
    .filter((entry) => entry.kind === 'absorb')
    .reduce((sum, entry) => sum + entry.amount, 0n)
  const amount = within(correction.amount, absorbed - correction.before, 'absorbed')
  await store.insertEntries(sql, [
    {
      transfer: correction.id,
      kind: 'adjust',
      n: 0,
      at,
      source: 'spent',
      target: 'absorbed',
      lot: null,
      grant: null,
      amount,
      cause: correction.call,
    },
  ])
  await store.insertNote(sql, { transfer: correction.id, at, reason: correction.reason })
  return { outcome: 'done', amount }
}

/** Gives holds more time. Those that have ended are left alone; answers those that stand. */
export async function prolonged(
  sql: Sql,
  now: Millis,
  { ids, until }: { readonly ids: readonly string[]; readonly until: Millis },
): Promise<ReadonlySet<string>> {
  const wallets = await store.walletsOfHolds(sql, ids)
  await store.lockWallets(sql, wallets, now)
  return new Set((await store.prolongHolds(sql, ids, until)).map(({ id }) => id))
}
