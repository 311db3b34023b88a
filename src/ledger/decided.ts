import { plain, quoted } from './arrays.ts'
import type { Book, BookLot, Books } from './books.ts'
import { draw, end, WHAT, type Ended, type Entry, type Held } from './decide.ts'
import { opId, type SpendAnswer, type SpendOp } from './spend.ts'

/** The call of ledger.spend_decided(); its first parameter is the owner, the others are those of `encode`. */
export const SPEND_DECIDED = `select ledger.spend_decided(${Array.from({ length: 16 }, (_, i) => `$${i + 1}`).join()})`
/** It refused, because a wallet or a hold is not as it was known; nothing was written. */
export const isChanged = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'PQ409'

/** A part of a batch that this process has decided, and what is asked of the database for it. */
export type Decided = {
  readonly params: readonly (string | null)[]
  /** The operations, and the answer of each once it is committed. */
  readonly ops: readonly SpendOp[]
  readonly answers: readonly SpendAnswer[]
  readonly wallets: ReadonlySet<string>
  /** It is committed: what is known is what stands now. */
  committed(): void
}

/** In this order: within a batch nobody waits for money that comes back in it. */
const ORDER = ['settle', 'release', 'hold'] as const

/**
 * Decides what it can of a batch on the books of its wallets. What is left over is the database's: whatever is not known here, would be
 * refused, or was asked before. Amounts in the books are as they will be once it is committed; if it is not, the books are to be forgotten.
 */
export function decide(
  ops: readonly SpendOp[],
  books: Books,
): { readonly decided: Decided | null; readonly rest: readonly SpendOp[] } {
  const rest: SpendOp[] = []
  const done: SpendOp[] = []
  const answers: SpendAnswer[] = []
  const entries: Entry[] = []
  const [settled, released, held]: [Ended[], Ended[], Held[]] = [[], [], []]
  const touched = new Map<string, Book>()
  /** Wallets with a hold that is left over: none that came after it goes before it. */
  const later = new Set<string>()

  const decideOne = (op: SpendOp): SpendAnswer | null => {
    const place = done.length + 1
    if (op.kind === 'hold') {
      const { request } = op
      const { wallet } = request
      const book = books.standing(request.id) !== null || later.has(wallet) ? null : books.get(wallet)
      const made = book && draw(book, request, op.at, place, entries)
      if (!made) {
        later.add(wallet)
        return null
      }
      held.push(made)
      touched.set(book.wallet, book)
      return { code: 1, a: made.standing.amount, b: 0n }
    }
    const standing = books.standing(opId(op))
    const book = standing && books.get(standing.wallet)
    if (!book || op.kind === 'lapse') return null
    const cost = op.kind === 'settle' ? op.request.cost : null
    const made = end(book, standing, { cost, at: op.at, op: place }, entries)
    if (!made) return null
    ;(cost === null ? released : settled).push(made)
    touched.set(book.wallet, book)
    return { code: cost === null ? 21 : 11, a: made.charged, b: made.absorbed }
  }

  for (const kind of ORDER)
    for (const op of ops) {
      if (op.kind !== kind) continue
      const answer = decideOne(op)
      if (answer === null) {
        rest.push(op)
        continue
      }
      done.push(op)
      answers.push(answer)
    }
  for (const op of ops) if (op.kind === 'lapse') rest.push(op)
  if (done.length === 0) return { decided: null, rest }
  const wallets = [...touched.values()].sort((a, b) => (a.wallet < b.wallet ? -1 : 1))
  const params = encode({ ops: done, wallets, entries, settled, released, held })
  return {
    decided: {
      params,
      ops: done,
      answers,
      wallets: new Set(touched.keys()),
      committed() {
        for (const book of wallets) book.version += 1
        for (const { op } of settled) books.ended(opId(done[op - 1]!))
        for (const { op } of released) books.ended(opId(done[op - 1]!))
        for (const { request, standing } of held) books.held(request.id, standing)
      },
    },
    rest,
  }
}

type Draft = {
  readonly ops: readonly SpendOp[]
  readonly wallets: readonly Book[]
  readonly entries: readonly Entry[]
  readonly settled: readonly Ended[]
  readonly released: readonly Ended[]
  readonly held: readonly Held[]
}

function encode({ ops, wallets, entries, settled, released, held }: Draft): readonly string[] {
  const [walletIds, walletNumbers] = [plain(), plain()]
  for (const { wallet, version, last } of wallets) {
    walletIds.add(wallet)
    walletNumbers.add(version)
    walletNumbers.add(last)
  }

  const [ids, times] = [plain(), plain()]
  for (const op of ops) ids.add(opId(op))
  for (const list of [settled, released, held]) for (const { moment } of list) times.add(moment)

  const [ends, endTexts] = [plain(), quoted()]
  for (const { op, standing, charged, absorbed } of settled) {
    const asked = ops[op - 1]!
    if (asked.kind !== 'settle') continue
    const { tokens, startedAt, estimated, status, providerId } = asked.request
    ends.add(startedAt)
    for (const one of [tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h])
      ends.add(one)
    ends.add(tokens.output)
    ends.add(tokens.reasoning)
    for (const one of [tokens.audioInput, tokens.audioCacheRead, tokens.searches]) ends.add(one ?? 0)
    ends.add(estimated ? 1 : 0)
    ends.add(charged)
    ends.add(absorbed)
    for (const one of [status, providerId, standing.party]) endTexts.add(one)
  }

  const [holdWallets, holdLots, persons, keys] = [plain(), plain(), plain(), plain()]
  const [holds, holdTexts] = [plain(), quoted()]
  for (const { request, standing } of held) {
    const { floor, expiresAt, owner, facts } = request
    const { amount, parts } = standing
    holdWallets.add(standing.wallet)
    holdLots.add(parts.length === 1 ? parts[0]!.lot : null)
    persons.add(facts.person)
    keys.add(facts.key)
    for (const one of [amount, floor < amount ? floor : amount, expiresAt, facts.priceVersion]) holds.add(one)
    for (const one of [facts.door, facts.route, facts.model, facts.class]) holdTexts.add(one)
    for (const one of [facts.provider, facts.upstream, facts.purpose, facts.variant, owner])
      holdTexts.add(one)
  }

  const { lots, moves, rows } = movesOf(entries)
  return [
    walletIds,
    walletNumbers,
    lots,
    moves,
    ids,
    times,
    ends,
    endTexts,
    holdWallets,
    holdLots,
    persons,
    keys,
    holds,
    holdTexts,
    rows,
  ].map((one) => one.text())
}

/** The entries, and what they bring to the available and the held of each lot: both are written, so both must say the same. */
function movesOf(entries: readonly Entry[]) {
  const [lots, moves, rows] = [plain(), plain(), plain()]
  const places = new Map<BookLot, { readonly place: number; available: bigint; held: bigint }>()
  for (const { op, lot, amount, n, priceVersion, what } of entries) {
    let moved = lot && places.get(lot)
    if (lot && !moved) {
      moved = { place: places.size + 1, available: 0n, held: 0n }
      places.set(lot, moved)
      lots.add(lot.id)
    }
    if (moved) {
      moved.held += what === WHAT.held ? amount : -amount
      if (what === WHAT.held) moved.available -= amount
      else if (what !== WHAT.spent) moved.available += amount
    }
    rows.add(op)
    rows.add(moved ? moved.place : 0)
    rows.add(amount)
    rows.add(n)
    rows.add(priceVersion ?? -1)
    rows.add(what)
  }
  for (const { available, held } of places.values()) {
    moves.add(available)
    moves.add(held)
  }
  return { lots, moves, rows }
}
