import { invariant, never } from '#base/invariant.ts'
import { toJson } from '#base/json.ts'
import { iso, type Millis } from '#base/time.ts'
import type { HoldRequest, HoldResult, ReleaseResult, SettleRequest, SettleResult } from './types.ts'

/** One operation of the hot path, as it goes into ledger.spend(). */
export type SpendOp =
  | { readonly kind: 'hold'; readonly at: Millis; readonly request: HoldRequest }
  | { readonly kind: 'settle'; readonly at: Millis; readonly request: SettleRequest }
  | { readonly kind: 'release'; readonly at: Millis; readonly id: string }
  | { readonly kind: 'lapse'; readonly at: Millis; readonly id: string }

/** The answer of ledger.spend() to one operation: a code and two amounts (sql/000008_ledger_spend.sql lists them). */
export type SpendAnswer = { readonly code: number; readonly a: bigint; readonly b: bigint }

export const opId = (op: SpendOp): string =>
  op.kind === 'hold' || op.kind === 'settle' ? op.request.id : op.id

/** The two JSON parameters of ledger.spend(): operations, and the usage of those that settle. */
export function encodeOps(ops: readonly SpendOp[]): { ops: string; usage: string } {
  const usage: object[] = []
  const encoded = ops.map((op, index) => {
    const i = index + 1
    if (op.kind === 'settle') usage.push(encodeUsage(i, op.request))
    return encodeOp(i, op)
  })
  return { ops: toJson(encoded), usage: toJson(usage) }
}

function encodeOp(i: number, op: SpendOp): object {
  const t = iso(op.at)
  switch (op.kind) {
    case 'hold': {
      const { id, wallet, min, max, scopes, expiresAt, floor, facts } = op.request
      return {
        i,
        k: 'hold',
        id,
        w: wallet,
        t,
        min,
        max,
        sc: scopes,
        x: iso(expiresAt),
        fl: floor,
        pv: facts.priceVersion,
        f: facts,
      }
    }
    case 'settle':
      return { i, k: 'settle', id: op.request.id, t, c: op.request.cost }
    case 'release':
    case 'lapse':
      return { i, k: op.kind, id: op.id, t }
    default:
      return never(op)
  }
}

const encodeUsage = (
  i: number,
  { tokens, status, estimated, providerId, startedAt }: SettleRequest,
): object => ({
  i,
  inp: tokens.input,
  cr: tokens.cacheRead,
  c5: tokens.cacheWrite5m,
  c1: tokens.cacheWrite1h,
  outp: tokens.output,
  re: tokens.reasoning,
  s: status,
  es: estimated,
  pid: providerId,
  st: iso(startedAt),
})

export function holdResult({ code, a, b }: SpendAnswer): HoldResult {
  if (code === 1 || code === 2) return { kind: 'held', amount: a, replayed: code === 2 }
  if (code === 3) return { kind: 'short', available: a, held: b }
  if (code === 4) return { kind: 'unknown_wallet' }
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
