import { DAY, type Millis } from '#base/time.ts'
import type { CapPeriod } from '#ledger/types.ts'

/** The ledger as a child would write it: one lot after another, no batches, no database. What the real one is held against. */
export type ModelLot = {
  id: string
  priority: number
  scope: number
  from: Millis
  to: Millis
  available: bigint
  held: bigint
  spent: bigint
  expired: bigint
  revoked: bigint
}
export type ModelTerms = Pick<ModelLot, 'id' | 'priority' | 'scope' | 'from' | 'to'>
type ModelHold = {
  parts: { lot: ModelLot; amount: bigint }[]
  amount: bigint
  floor: bigint
  expiresAt: Millis
  owner: string
  key: string
  at: Millis
}
export type ModelEnd = {
  kind: 'settle' | 'release' | 'lapse'
  cost: bigint
  charged: bigint
  late: { cost: bigint; rest: bigint } | null
}

/** A call as its key's window sees it: made then, and this is what it holds or was charged. */
type ModelUse = { key: string; at: Millis; amount: bigint }

const startOf = (period: CapPeriod | null, at: Millis): Millis => {
  if (period === null) return 0
  const day = Math.floor(at / DAY) * DAY
  if (period === 'day') return day
  // 1970-01-05 was a Monday.
  if (period === 'week') return Math.floor((day - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY
  const date = new Date(day)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

export class Model {
  caps = new Map<string, { amount: bigint; period: CapPeriod | null }>()
  uses = new Map<string, ModelUse>()
  lots: ModelLot[] = []
  unvested = 0n
  holds = new Map<string, ModelHold>()
  ends = new Map<string, ModelEnd>()
  taken = new Map<string, bigint>()
  absorbed = 0n

  vest(lot: ModelTerms, quantity: bigint): void {
    this.unvested -= quantity
    this.put(lot, quantity)
  }

  /** What left a lot for another one, of this wallet or of the one it was exchanged into. */
  put(lot: ModelTerms, quantity: bigint): void {
    this.lots.push({ ...lot, available: quantity, held: 0n, spent: 0n, expired: 0n, revoked: 0n })
    const rank = (x: ModelLot) => [x.priority, x.to, x.from] as const
    this.lots.sort((x, y) => {
      const [a, b] = [rank(x), rank(y)]
      const at = a.findIndex((value, index) => value !== b[index])
      return at < 0 ? (x.id < y.id ? -1 : 1) : a[at]! - b[at]!
    })
  }

  hold(
    ask: {
      id: string
      min: bigint
      max: bigint
      floor: bigint
      scopes: readonly number[] | null
      expiresAt: Millis
      owner: string
      key: string
    },
    now: Millis,
  ) {
    const before = this.taken.get(ask.id)
    if (before !== undefined)
      return before < ask.min || before > ask.max ? 'conflict' : `held ${before} again`
    const cap = this.capOf(ask.key, now)
    const most = cap && cap.left < ask.max ? cap.left : ask.max
    if (most < ask.min) return `capped ${most}`
    const fit = this.lots.filter(
      (lot) => lot.from <= now && lot.to > now && (ask.scopes === null || ask.scopes.includes(lot.scope)),
    )
    const there = fit.reduce((sum, lot) => sum + lot.available, 0n)
    let take = there < most ? there : most
    if (take < ask.min) return 'short'
    const hold: ModelHold = {
      parts: [],
      amount: take,
      floor: ask.floor,
      expiresAt: ask.expiresAt,
      owner: ask.owner,
      key: ask.key,
      at: now,
    }
    this.uses.set(ask.id, { key: ask.key, at: now, amount: take })
    for (const lot of fit) {
      const amount = lot.available < take ? lot.available : take
      if (amount === 0n) continue
      lot.available -= amount
      lot.held += amount
      take -= amount
      hold.parts.push({ lot, amount })
    }
    this.holds.set(ask.id, hold)
    this.taken.set(ask.id, hold.amount)
    return `held ${hold.amount}`
  }

  /** Counted from all calls of the key each time: what the ledger keeps running must say the same. */
  capOf(key: string, now: Millis): { used: bigint; left: bigint } | null {
    const cap = this.caps.get(key)
    if (!cap) return null
    const start = startOf(cap.period, now)
    const used = [...this.uses.values()].reduce(
      (sum, use) => (use.key === key && use.at >= start ? sum + use.amount : sum),
      0n,
    )
    return { used, left: cap.amount > used ? cap.amount - used : 0n }
  }

  settle(id: string, cost: bigint): string {
    const end = this.ends.get(id)
    if (end?.kind === 'settle')
      return end.cost === cost ? `settled ${end.charged} ${cost - end.charged} again` : 'conflict'
    if (end?.kind === 'release') return 'conflict'
    if (end?.kind === 'lapse') {
      if (end.late !== null && end.late.cost !== cost) return 'conflict'
      const rest = cost > end.charged ? cost - end.charged : 0n
      if (end.late === null) this.absorbed += rest
      end.late ??= { cost, rest }
      return `late ${end.charged} ${rest}`
    }
    const hold = this.holds.get(id)
    if (!hold) return 'unknown_hold'
    const charged = cost < hold.amount ? cost : hold.amount
    this.absorbed += cost - charged
    this.finish(id, hold, charged, { kind: 'settle', cost, charged, late: null })
    return `settled ${charged} ${cost - charged}`
  }

  release(id: string): string {
    const end = this.ends.get(id)
    if (end) return end.kind === 'release' ? 'released again' : 'conflict'
    const hold = this.holds.get(id)
    if (!hold) return 'unknown_hold'
    this.finish(id, hold, 0n, { kind: 'release', cost: 0n, charged: 0n, late: null })
    return 'released'
  }

  lapse(now: Millis, alive: ReadonlySet<string>): number {
    const due = [...this.holds].filter(([, hold]) => hold.expiresAt <= now || !alive.has(hold.owner))
    for (const [id, hold] of due)
      this.finish(id, hold, hold.floor, { kind: 'lapse', cost: hold.floor, charged: hold.floor, late: null })
    return due.length
  }

  expire(now: Millis): void {
    for (const lot of this.lots.filter((x) => x.to <= now)) {
      lot.expired += lot.available
      lot.available = 0n
    }
  }

  sum(key: 'available' | 'held' | 'spent' | 'expired' | 'revoked'): bigint {
    return this.lots.reduce((sum, lot) => sum + lot[key], 0n)
  }

  private finish(id: string, hold: ModelHold, charged: bigint, end: ModelEnd): void {
    let rest = charged
    for (const { lot, amount } of hold.parts) {
      const spent = amount < rest ? amount : rest
      rest -= spent
      lot.held -= amount
      lot.spent += spent
      lot.available += amount - spent
    }
    this.uses.set(id, { key: hold.key, at: hold.at, amount: charged })
    this.holds.delete(id)
    this.ends.set(id, end)
  }
}
