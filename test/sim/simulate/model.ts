import { addDays, DAY, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { lotId } from '#ledger/templates.ts'
import type { CapPeriod } from '#ledger/types.ts'
import { admitted, CONTRACTS, partOf, REASONS, type CallKind, type ScopeName } from './terms.ts'

/**
 * What must stand, kept as a child would keep it: one thing after another, in memory, from the contracts and the rules
 * alone. Nothing here comes from the rooms but the ids of lots and each wallet's own time.
 */
export type Lot = {
  /** As the ledger calls it; null until it was seen, for one that goes on from another. */
  id: string | null
  readonly person: number
  readonly grant: number
  readonly tranche: number
  readonly priority: number
  readonly scope: ScopeName
  /** As the ledger says where the lot goes on from another: the wallet's own time then. */
  from: Millis
  readonly to: Millis
  /** What goes on from another lot. */
  readonly source: Lot | null
  available: bigint
  held: bigint
  spent: bigint
  expired: bigint
  carried: bigint
}

export type Tranche = {
  readonly n: number
  readonly day: DateText
  readonly quantity: bigint
  state: 'planned' | 'vested' | 'gone'
}
export type Grant = {
  readonly id: string
  readonly n: number
  readonly person: number
  readonly contract: number
  readonly quantity: bigint
  readonly tranches: Tranche[]
  forfeited: bigint
}

export type Person = {
  readonly n: number
  /** The wallet's own time: it never runs backwards. */
  lastAt: Millis
  readonly keys: { readonly secret: string; readonly id: string }[]
  readonly caps: Map<number, { readonly amount: bigint; readonly period: CapPeriod | null }>
  left: { readonly on: DateText; readonly reason: number; waiting: Lot[]; rounds: number } | null
}

/** As an entry of the ledger: from, to, lot, amount. */
export type Entry = {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly lot: Lot | null
  readonly amount: bigint
}
export type Call = {
  readonly n: number
  readonly person: number
  readonly key: number
  readonly at: Millis
  readonly amount: bigint
  readonly floor: bigint
  readonly expiresAt: Millis
  /** Null: no process. */
  readonly owner: string | null
  readonly parts: readonly { readonly lot: Lot; readonly amount: bigint }[]
  readonly entries: Entry[]
  state: 'open' | 'settled' | 'released' | 'lapsed'
  cost: bigint
  charged: bigint
  late: { readonly cost: bigint; readonly absorbed: bigint } | null
}

export type Model = {
  readonly people: Map<number, Person>
  readonly grants: Map<number, Grant>
  readonly lots: Lot[]
  readonly calls: Map<number, Call>
  /** Owner ids of processes that live. */
  readonly alive: Set<string>
}

export const emptyModel = (): Model => ({
  people: new Map(),
  grants: new Map(),
  lots: [],
  calls: new Map(),
  alive: new Set(),
})

export const isOpen = (lot: Lot): boolean => lot.available > 0n || lot.held > 0n
export const lotsOf = ({ lots }: Model, person: number): Lot[] => lots.filter((lot) => lot.person === person)
export const grantsOf = ({ grants }: Model, person: number): Grant[] =>
  [...grants.values()].filter((grant) => grant.person === person)
export const unvestedOf = ({ quantity, tranches, forfeited }: Grant): bigint =>
  quantity -
  forfeited -
  tranches.reduce((sum, one) => (one.state === 'vested' ? sum + one.quantity : sum), 0n)

/** Priority, then soonest expiry, then oldest; the ledger's id where all that is the same. */
export function inDrawOrder(a: Lot, b: Lot): number {
  if (a.priority !== b.priority) return a.priority - b.priority
  if (a.to !== b.to) return a.to < b.to ? -1 : 1
  if (a.from !== b.from) return a.from - b.from
  return (a.id ?? '') < (b.id ?? '') ? -1 : 1
}

export function windowStart(period: CapPeriod | null, at: Millis): Millis {
  if (period === null) return 0
  const day = Math.floor(at / DAY) * DAY
  if (period === 'day') return day
  // 1970-01-05 was a Monday.
  if (period === 'week') return Math.floor((day - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY
  return startOfDay(`${dayOf(day).slice(0, 7)}-01`)
}

/** What a key's calls since then hold and were charged. */
export const usedSince = ({ calls }: Model, person: number, key: number, since: Millis): bigint =>
  [...calls.values()].reduce((sum, call) => {
    if (call.person !== person || call.key !== key || call.at < since) return sum
    return sum + (call.state === 'open' ? call.amount : call.charged)
  }, 0n)

export type Ask = CallKind & {
  readonly call: number
  readonly person: number
  readonly key: number
  readonly min: bigint
  readonly max: bigint
  readonly floor: bigint
  readonly expiresAt: Millis
  readonly owner: string | null
}

/** Holds what there is up to the most, in draw order, or says why not; at the wallet's own time. */
export function hold(model: Model, ask: Ask, now: Millis): string {
  const standing = model.calls.get(ask.call)
  if (standing) {
    const same = standing.state === 'open' && standing.amount >= ask.min && standing.amount <= ask.max
    return same ? `held ${standing.amount}` : 'conflict'
  }
  const person = model.people.get(ask.person)!
  const at = Math.max(person.lastAt, now)
  const cap = person.caps.get(ask.key)
  let most = ask.max
  if (cap) {
    const used = usedSince(model, ask.person, ask.key, windowStart(cap.period, at))
    const left = cap.amount > used ? cap.amount - used : 0n
    if (left < most) most = left
    if (most < ask.min) return 'capped'
  }
  const fit = lotsOf(model, ask.person)
    .filter((lot) => lot.available > 0n && lot.from <= at && lot.to > at && admitted(lot.scope, ask))
    .toSorted(inDrawOrder)
  const parts: { lot: Lot; amount: bigint }[] = []
  let amount = 0n
  for (const lot of fit) {
    const part = lot.available < most - amount ? lot.available : most - amount
    if (part === 0n) break
    parts.push({ lot, amount: part })
    amount += part
  }
  if (amount < ask.min) return 'short'
  person.lastAt = at
  for (const { lot, amount: part } of parts) {
    lot.available -= part
    lot.held += part
  }
  const { call, person: n, key, floor, expiresAt, owner } = ask
  const entries = parts.map((part) => ({ kind: 'hold', from: 'available', to: 'held', ...part }))
  const made = { n: call, person: n, key, at, amount, floor, expiresAt, owner, parts, entries }
  model.calls.set(call, { ...made, state: 'open', cost: 0n, charged: 0n, late: null })
  return `held ${amount}`
}

/** What is charged stays in the lots that were drawn first, the rest goes back to its own lots. */
function finish(call: Call, state: 'settled' | 'released' | 'lapsed', charged: bigint): void {
  const kind = state === 'settled' ? 'settle' : state === 'released' ? 'release' : 'lapse'
  let rest = charged
  for (const { lot, amount } of call.parts) {
    const spent = amount < rest ? amount : rest
    rest -= spent
    lot.held -= amount
    lot.spent += spent
    lot.available += amount - spent
    if (spent > 0n) call.entries.push({ kind, from: 'held', to: 'spent', lot, amount: spent })
    if (amount > spent)
      call.entries.push({ kind, from: 'held', to: 'available', lot, amount: amount - spent })
  }
  call.state = state
  call.charged = charged
}

const absorb = (call: Call, amount: bigint): void => {
  if (amount > 0n) call.entries.push({ kind: 'absorb', from: 'absorbed', to: 'spent', lot: null, amount })
}

export function settle(model: Model, n: number, cost: bigint): string {
  const call = model.calls.get(n)
  if (!call) return 'not_found'
  if (call.state === 'released') return 'conflict'
  if (call.state === 'settled')
    return call.cost === cost ? `charged ${call.charged} absorbed ${cost - call.charged}` : 'conflict'
  if (call.state === 'lapsed') {
    if (call.late && call.late.cost !== cost) return 'conflict'
    const absorbed = cost > call.charged ? cost - call.charged : 0n
    if (!call.late) absorb(call, absorbed)
    call.late = { cost, absorbed }
    return `charged ${call.charged} absorbed ${absorbed}`
  }
  const charged = cost < call.amount ? cost : call.amount
  finish(call, 'settled', charged)
  call.cost = cost
  absorb(call, cost - charged)
  return `charged ${charged} absorbed ${cost - charged}`
}

export function release(model: Model, n: number): string {
  const call = model.calls.get(n)
  if (!call) return 'not_found'
  if (call.state === 'released') return 'released'
  if (call.state !== 'open') return 'conflict'
  finish(call, 'released', 0n)
  return 'released'
}

/** A hold that nobody ended is charged what was certain. */
export function lapse(call: Call): void {
  finish(call, 'lapsed', call.floor < call.amount ? call.floor : call.amount)
  call.cost = call.charged
}

const newLot = (model: Model, terms: Omit<Lot, 'held' | 'spent' | 'expired' | 'carried'>): Lot => {
  const lot = { ...terms, held: 0n, spent: 0n, expired: 0n, carried: 0n }
  model.lots.push(lot)
  return lot
}

export function vest(model: Model, grant: Grant, tranche: Tranche): Lot {
  const { scope, priority, ends } = CONTRACTS[grant.contract]!
  tranche.state = 'vested'
  return newLot(model, {
    id: lotId(grant.id, tranche.n),
    person: grant.person,
    grant: grant.n,
    tranche: tranche.n,
    priority,
    scope,
    from: startOfDay(tranche.day),
    to: ends(tranche.day),
    source: null,
    available: tranche.quantity,
  })
}

export const dueTranches = (grant: Grant, today: DateText): Tranche[] =>
  grant.tranches.filter(({ state, day }) => state === 'planned' && day <= today)

export function issue(
  model: Model,
  ask: { id: string; grant: number; person: number; contract: number; quantity: bigint },
  today: DateText,
): void {
  const { tranches: count, day } = CONTRACTS[ask.contract]!
  const tranches = Array.from({ length: count }, (_, index): Tranche => {
    const n = index + 1
    return { n, day: day(today, n), quantity: partOf(ask.quantity, n, count), state: 'planned' }
  })
  const { id, grant: n, person, contract, quantity } = ask
  const grant: Grant = { id, n, person, contract, quantity, tranches, forfeited: 0n }
  model.grants.set(n, grant)
  for (const tranche of dueTranches(grant, today)) vest(model, grant, tranche)
}

export function expire(lot: Lot): void {
  lot.expired += lot.available
  lot.available = 0n
}

/** What is left of a vested lot ends, or goes on to the end of the window, or is not concerned. */
function endVested(model: Model, lot: Lot, ends: Millis, now: Millis): void {
  if (lot.available === 0n || lot.to <= ends) return
  if (ends <= now) return expire(lot)
  const { person, grant, tranche, priority, scope, available } = lot
  const from = Math.max(model.people.get(person)!.lastAt, now)
  newLot(model, { id: null, person, grant, tranche, priority, scope, from, to: ends, source: lot, available })
  lot.carried += available
  lot.available = 0n
}

const windowEnd = (on: DateText, reason: number): Millis =>
  REASONS[reason]!.window === 0 ? -Infinity : startOfDay(addDays(on, REASONS[reason]!.window))

/** Somebody leaves today: what is due before vests, what is over expires, then the rule for each part. */
export function leave(model: Model, n: number, reason: number, now: Millis): void {
  const on = dayOf(now)
  const person = model.people.get(n)!
  const held = lotsOf(model, n).filter((lot) => lot.held > 0n)
  for (const grant of grantsOf(model, n)) {
    for (const tranche of dueTranches(grant, addDays(on, -1))) vest(model, grant, tranche)
    const unvested = unvestedOf(grant)
    for (const tranche of grant.tranches) if (tranche.state === 'planned') tranche.state = 'gone'
    if (unvested === 0n) continue
    if (REASONS[reason]!.unvested === 'vest') {
      const next: Tranche = { n: grant.tranches.length + 1, day: on, quantity: unvested, state: 'planned' }
      grant.tranches.push(next)
      vest(model, grant, next)
    } else grant.forfeited += unvested
  }
  for (const lot of lotsOf(model, n)) {
    if (lot.to <= now) expire(lot)
    else endVested(model, lot, windowEnd(on, reason), now)
  }
  person.left = { on, reason, waiting: held, rounds: 0 }
  // A wallet that was never granted anything is not touched by it: its time stays where it is.
  if (grantsOf(model, n).length > 0) person.lastAt = Math.max(person.lastAt, now)
}

/** Whether running calls gave something back, or ended, since somebody left. */
export const hasNews = ({ left }: Person): boolean =>
  left !== null && left.waiting.some((lot) => lot.held === 0n || lot.available > 0n)

/** What running calls gave back after leaving follows the same rule. */
export function followUp(model: Model, person: Person, now: Millis): void {
  const { left } = person
  if (!left) return
  for (const lot of left.waiting)
    if (lot.to > now)
      endVested(model, lot, windowEnd(left.on, left.reason), Math.max(now, startOfDay(left.on)))
  left.waiting = left.waiting.filter((lot) => lot.held > 0n)
  left.rounds += 1
}
