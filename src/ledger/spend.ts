import { invariant } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'
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

type Ended = { readonly i: number; readonly request: SettleRequest | null }

const KINDS = { hold: 'hold', settle: 'settle', release: 'release', lapse: 'lapse' }
const NO_TOKENS: Tokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
}

/** The parameters of ledger.spend() after the owner, in its order: parallel arrays, as PostgreSQL reads them. */
export function encodeOps(ops: readonly SpendOp[]): string[] {
  const holds: { readonly i: number; readonly request: HoldRequest }[] = []
  const ended: Ended[] = []
  ops.forEach((op, index) => {
    if (op.kind === 'hold') holds.push({ i: index + 1, request: op.request })
    else if (op.kind === 'settle') ended.push({ i: index + 1, request: op.request })
    else if (op.kind === 'lapse') ended.push({ i: index + 1, request: null })
  })
  const asked = ops.map((op) => (op.kind === 'hold' ? op.request : null))
  const facts = holds.map(({ request }) => request.facts)
  const tokens = ended.map(({ request }) => request?.tokens ?? NO_TOKENS)
  return [
    plain(ops.map(({ kind }) => KINDS[kind])),
    quoted(ops.map(opId)),
    plain(ops.map(({ at }) => at)),
    plain(
      ops.map((op) => (op.kind === 'hold' ? op.request.max : op.kind === 'settle' ? op.request.cost : null)),
    ),
    quoted(asked.map((request) => request && request.wallet)),
    plain(asked.map((request) => request && request.min)),
    quoted(asked.map((request) => request?.scopes && plain(request.scopes))),
    plain(holds.map(({ i }) => i)),
    plain(holds.map(({ request }) => request.floor)),
    plain(holds.map(({ request }) => request.expiresAt)),
    quoted(facts.map(({ person }) => person)),
    quoted(facts.map(({ key }) => key)),
    quoted(facts.map(({ door }) => door)),
    quoted(facts.map(({ route }) => route)),
    quoted(facts.map(({ model }) => model)),
    quoted(facts.map((one) => one.class)),
    quoted(facts.map(({ provider }) => provider)),
    quoted(facts.map(({ upstream }) => upstream)),
    quoted(facts.map(({ purpose }) => purpose)),
    plain(facts.map(({ priceVersion }) => priceVersion)),
    quoted(facts.map(({ variant }) => variant)),
    quoted(holds.map(({ request }) => request.owner)),
    plain(ended.map(({ i }) => i)),
    plain(ended.map(({ request }) => request && request.startedAt)),
    plain(tokens.map(({ input }) => input)),
    plain(tokens.map(({ cacheRead }) => cacheRead)),
    plain(tokens.map(({ cacheWrite5m }) => cacheWrite5m)),
    plain(tokens.map(({ cacheWrite1h }) => cacheWrite1h)),
    plain(tokens.map(({ output }) => output)),
    plain(tokens.map(({ reasoning }) => reasoning)),
    plain(tokens.map(({ audioInput }) => audioInput ?? 0)),
    plain(tokens.map(({ audioCacheRead }) => audioCacheRead ?? 0)),
    plain(tokens.map(({ searches }) => searches ?? 0)),
    quoted(ended.map(({ request }) => request?.status ?? 'lapsed')),
    plain(ended.map(({ request }) => request?.estimated ?? true)),
    quoted(ended.map(({ request }) => request && request.providerId)),
  ]
}

/** Values that need no quotes. The driver's own arrays would quote and copy each; at this rate that shows. */
/** Values that need no quotes. The driver's own arrays would quote and copy each; at this rate that shows. */
const plain = (values: readonly (string | number | bigint | boolean | null)[]): string => {
  let text = ''
  for (const value of values) text += `,${value ?? 'null'}`
  return `{${text.slice(1)}}`
}

const quoted = (values: readonly (string | null | undefined)[]): string => {
  let text = ''
  for (const value of values) text += value == null ? ',null' : `,"${escaped(value)}"`
  return `{${text.slice(1)}}`
}

const escaped = (value: string): string =>
  value.includes('"') || value.includes('\\') ? value.replace(/["\\]/g, '\\$&') : value

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
