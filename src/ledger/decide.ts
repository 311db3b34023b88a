import type { Millis } from '#base/time.ts'
import type { Book, BookLot, Standing } from './books.ts'
import type { HoldRequest, SettleRequest } from './types.ts'

/** What an entry of a batch is, as ledger.spend_decided() has it. */
export const WHAT = { held: 1, spent: 2, back: 3, released: 4, absorbed: 5 }

export type Entry = {
  /** Its operation's place in the batch, from 1. */
  readonly op: number
  /** Null: outside every lot. */
  readonly lot: BookLot | null
  readonly amount: bigint
  readonly n: number
  readonly priceVersion: number | null
  readonly what: number
}

export type Held = {
  readonly op: number
  readonly moment: Millis
  readonly request: HoldRequest
  readonly standing: Standing
}
export type Ended = {
  readonly op: number
  readonly moment: Millis
  readonly standing: Standing
  readonly charged: bigint
  readonly absorbed: bigint
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const later = (book: Book, at: Millis): Millis => (book.last = Math.max(book.last, at))

/**
 * Draws a hold from the lots of a book, by their order and within their time and scope. Null, and the book is as it was: less than it
 * asks for is there, or nothing is asked; then the database says so.
 */
export function draw(
  book: Book,
  request: HoldRequest,
  at: Millis,
  op: number,
  entries: Entry[],
): Held | null {
  const { min, max, scopes, facts } = request
  const moment = Math.max(book.last, at)
  const parts: { lot: BookLot; amount: bigint }[] = []
  let found = 0n
  for (const lot of book.lots) {
    if (found >= max) break
    if (lot.available <= 0n || lot.from > moment || lot.to <= moment) continue
    if (scopes !== null && !scopes.includes(lot.scope)) continue
    const amount = least(lot.available, max - found)
    found += amount
    parts.push({ lot, amount })
  }
  if (found < min || found === 0n || min === 0n) return null
  later(book, at)
  parts.forEach(({ lot, amount }, n) => {
    lot.available -= amount
    lot.held += amount
    entries.push({ op, lot, amount, n, priceVersion: null, what: WHAT.held })
  })
  const standing = {
    wallet: book.wallet,
    amount: found,
    parts: parts.map(({ lot, amount }) => ({ lot: lot.id, amount })),
    party: facts.provider,
    priceVersion: facts.priceVersion,
  }
  return { op, moment, request, standing }
}

/**
 * Ends a hold: what is charged stays in the lots that were drawn first, the rest goes back to its own lots, and what the hold does not
 * cover is the company's. `cost` null: nothing was used. Null: one of its lots is not known here.
 */
export function end(
  book: Book,
  standing: Standing,
  { cost, at, op }: { cost: SettleRequest['cost'] | null; at: Millis; op: number },
  entries: Entry[],
): Ended | null {
  const lots = standing.parts.map((part) => book.lots.find(({ id }) => id === part.lot))
  if (lots.some((lot) => lot === undefined)) return null
  const moment = later(book, at)
  const { priceVersion } = standing
  const charged = least(cost ?? 0n, standing.amount)
  let rest = charged
  let n = 0
  standing.parts.forEach(({ amount }, index) => {
    const lot = lots[index]!
    const part = least(amount, rest)
    lot.held -= amount
    rest -= part
    if (part > 0n) entries.push({ op, lot, amount: part, n: n++, priceVersion, what: WHAT.spent })
    if (amount === part) return
    lot.available += amount - part
    const what = cost === null ? WHAT.released : WHAT.back
    entries.push({ op, lot, amount: amount - part, n: n++, priceVersion, what })
  })
  const absorbed = (cost ?? 0n) - charged
  if (absorbed > 0n)
    entries.push({ op, lot: null, amount: absorbed, n: 0, priceVersion, what: WHAT.absorbed })
  return { op, moment, standing, charged, absorbed }
}
