import { invariant } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'
import { plain, quoted } from './arrays.ts'
import type { HoldRequest, HoldResult, ReleaseResult, SettleRequest, SettleResult, Tokens } from './types.ts'

/** One operation of the hot path, as it goes into ledger.spend(). */
export type SpendOp =
  | { readonly kind: 'hold'; readonly at: Millis; readonly request: HoldRequest }
  | { readonly kind: 'settle'; readonly at: Millis; readonly request: SettleRequest }
  | { readonly kind: 'release'; readonly at: Millis; readonly id: string }
  | { readonly kind: 'lapse'; readonly at: Millis; readonly id: string }

/** The answer of ledger.spend() to one operation: a code and two amounts (sql/000008 lists them, 000011 the newest). */
export type SpendAnswer = { readonly code: number; readonly a: bigint; readonly b: bigint }

export const opId = (op: SpendOp): string =>
  op.kind === 'hold' || op.kind === 'settle' ? op.request.id : op.id

/** As ledger.spend() has them, in the order in which it wants them: first what ends, then what is held. */
const RANKS = { settle: 0, lapse: 0, release: 1, hold: 2 }
const KINDS = { hold: 1, settle: 2, release: 3, lapse: 4 }

/** The call of ledger.spend(); its first parameter is the owner, the others are those of `encodeOps`. */
export const SPEND = `select * from ledger.spend(${Array.from({ length: 13 }, (_, i) => `$${i + 1}`).join()})`

/**
 * The parameters of ledger.spend() after the owner, and where each operation that they tell stood among `ops`. Numbers and texts of one
 * kind of operation lie one after the other in one array each: PostgreSQL reads few arrays faster than many.
 */
export function encodeOps(ops: readonly SpendOp[]): { params: readonly string[]; order: readonly number[] } {
  const order = ops
    .map((_, index) => index)
    .sort((a, b) => RANKS[ops[a]!.kind] - RANKS[ops[b]!.kind] || a - b)
  const [kinds, ids, times, amounts] = [plain(), plain(), plain(), plain()]
  const [ends, endTexts] = [plain(), quoted()]
  const [wallets, persons, keys, scopes, holds, holdTexts] = [
    plain(),
    plain(),
    plain(),
    quoted(),
    plain(),
    quoted(),
  ]
  for (const index of order) {
    const op = ops[index]!
    kinds.add(KINDS[op.kind])
    ids.add(opId(op))
    times.add(op.at)
    amounts.add(op.kind === 'hold' ? op.request.max : op.kind === 'settle' ? op.request.cost : null)
    if (op.kind === 'hold') {
      const { wallet, min, floor, expiresAt, owner, facts } = op.request
      wallets.add(wallet)
      persons.add(facts.person)
      keys.add(facts.key)
      scopes.add(op.request.scopes && `{${op.request.scopes.join()}}`)
      for (const one of [min, floor, expiresAt, facts.priceVersion]) holds.add(one)
      for (const one of [facts.door, facts.route, facts.model, facts.class]) holdTexts.add(one)
      for (const one of [facts.provider, facts.upstream, facts.purpose, facts.variant]) holdTexts.add(one)
      holdTexts.add(owner)
    } else if (op.kind !== 'release') {
      const request = op.kind === 'settle' ? op.request : null
      const tokens: Tokens = request?.tokens ?? NO_TOKENS
      ends.add(request && request.startedAt)
      for (const one of [tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h])
        ends.add(one)
      for (const one of [tokens.output, tokens.reasoning]) ends.add(one)
      for (const one of [tokens.audioInput, tokens.audioCacheRead, tokens.searches]) ends.add(one ?? 0)
      ends.add((request?.estimated ?? true) ? 1 : 0)
      endTexts.add(request?.status ?? 'lapsed')
      endTexts.add(request && request.providerId)
    }
  }
  const told = [kinds, ids, times, amounts, ends, endTexts, wallets, persons, keys, scopes, holds, holdTexts]
  return { params: told.map((one) => one.text()), order }
}

const NO_TOKENS: Tokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
}

export function holdResult({ code, a, b }: SpendAnswer): HoldResult {
  if (code === 1 || code === 2) return { kind: 'held', amount: a, replayed: code === 2 }
  if (code === 3) return { kind: 'short', available: a, held: b }
  if (code === 4) return { kind: 'unknown_wallet' }
  if (code === 5) return { kind: 'capped', left: a, resetsAt: b === 0n ? null : Number(b) }
  invariant(code === 9, `a hold is answered by one of its codes, not ${code}`)
  return { kind: 'conflict' }
}

export function settleResult({ code, a, b }: SpendAnswer): SettleResult {
  if (code === 11 || code === 12) return { kind: 'settled', charged: a, absorbed: b, replayed: code === 12 }
  if (code === 13) return { kind: 'late', charged: a, absorbed: b, replayed: false }
  if (code === 14) return { kind: 'unknown_hold' }
  invariant(code === 9, `a settle is answered by one of its codes, not ${code}`)
  return { kind: 'conflict' }
}

export function releaseResult({ code }: SpendAnswer): ReleaseResult {
  if (code === 21 || code === 22) return { kind: 'released', replayed: code === 22 }
  if (code === 14) return { kind: 'unknown_hold' }
  invariant(code === 9, `a release is answered by one of its codes, not ${code}`)
  return { kind: 'conflict' }
}
