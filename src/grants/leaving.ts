import { uuidOf } from '#base/id.ts'
import { never } from '#base/invariant.ts'
import { addDays, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import { carriedLotId } from '#ledger/moves.ts'
import { lotId } from '#ledger/templates.ts'
import type { Purpose, Scope } from '#ledger/types.ts'
import type { Clauses, LeaverReason, LeavingRule, Portability } from './clauses.ts'
import { leavingRule, type RuleSource } from './defaults.ts'
import { spendable, type ExpiryRule } from './expiry.ts'
import { rollover } from './rollover.ts'
import { parseShare, partOf } from './share.ts'

/** What is known of one grant of somebody who leaves. Amounts are in its smallest unit. */
export type LeavingGrant = {
  readonly id: string
  readonly name: string
  readonly asset: string
  readonly expiry: ExpiryRule
  readonly scope: Scope
  readonly priority: number
  readonly clauses: Pick<Clauses, 'leaving' | 'portability'>
  /** As the ledger has it: more than is planned where a part waits for an event. */
  readonly unvested: bigint
  /** Planned and still to vest, soonest first. */
  readonly upcoming: readonly Upcoming[]
  /** The number that a tranche added now would get. */
  readonly nextTranche: number
  readonly lots: readonly LeavingLot[]
  /** What leaves of absence that are over by then have lost, and nobody has booked yet. */
  readonly losses?: readonly Loss[]
}

/** `order` names the transfer by which it is booked. */
export type Loss = { readonly order: string; readonly quantity: bigint; readonly why: string }

export type Upcoming = { readonly n: number; readonly date: DateText; readonly quantity: bigint }

export type LeavingLot = {
  readonly id: string
  readonly tranche: number
  readonly priority: number
  readonly scope: Scope
  readonly effectiveAt: Millis
  readonly expiresAt: Millis | null
  readonly available: bigint
  readonly held: bigint
  readonly expired: bigint
  /** Carried before: it does not roll over again. */
  readonly carried: boolean
}

export type LeavingAsk = {
  /** The first day on which the person no longer works here: what is dated on it does not vest. */
  readonly on: DateText
  readonly reason: LeaverReason
  /** What expires by this instant is gone by then: the start of `on`, or now when that has passed. */
  readonly asOf: Millis
  /** How often the rules were applied before: again, when a call that ran on gave something back. */
  readonly round: number
}

/** One move of the ledger that leaving makes. Each becomes one transfer. */
export type Step =
  | {
      readonly kind: 'vest'
      readonly n: number
      readonly date: DateText
      readonly quantity: bigint
      readonly lot: string
    }
  | { readonly kind: 'accelerate'; readonly n: number; readonly quantity: bigint; readonly lot: string }
  | { readonly kind: 'forfeit'; readonly quantity: bigint }
  | { readonly kind: 'expire'; readonly lot: string; readonly quantity: bigint }
  | { readonly kind: 'revoke'; readonly lot: string; readonly quantity: bigint }
  | {
      readonly kind: 'carry'
      readonly cause: 'rollover' | 'window' | 'portability'
      readonly lot: string
      readonly to: string
      readonly quantity: bigint
      readonly scope: Scope
      readonly priority: number
      /** Absent: when it is done. */
      readonly effectiveAt?: Millis
      readonly expiresAt: Millis | null
    }

export type Planned = Step & {
  /** Names the transfer: the same leaving does nothing twice. */
  readonly order: string
  /** `by_then`: would happen by that day without anybody leaving. */
  readonly when: 'by_then' | 'leaving'
  /** The rule and the arithmetic of its dates, in words. */
  readonly why: string
}

/** What can still be used after leaving. */
export type Usable = {
  readonly lot: string
  readonly quantity: bigint
  /** Null: for every purpose its scope allows. */
  readonly purposes: readonly Purpose[] | null
  /** The last day; null: it does not expire. */
  readonly until: DateText | null
}

export type GrantLeaving = {
  readonly grant: string
  readonly name: string
  readonly asset: string
  readonly rule: LeavingRule
  readonly source: RuleSource
  readonly steps: readonly Planned[]
  /** In calls that run: it follows the same rule when they give it back. */
  readonly held: bigint
  readonly usable: readonly Usable[]
  /** What stays unvested, under the rule `continue`: the grant stays in force. */
  readonly goesOn: bigint
  /** What goes on vesting on a day; more may wait for events. */
  readonly continues: readonly Upcoming[]
}

/** What leaving does to one grant: pure, so that the preview is what the confirmation does. */
export function planLeaving(grant: LeavingGrant, ask: LeavingAsk): GrantLeaving {
  const { rule, source } = leavingRule(grant.clauses, ask.reason)
  const steps: Planned[] = []
  const vested = grant.upcoming.filter(({ date }) => date < ask.on)
  const rest = grant.upcoming.filter(({ date }) => date >= ask.on)
  for (const { n, date, quantity } of vested) {
    const why = `tranche ${n} vests on ${date}, before the ${ask.on} of leaving`
    const order = vestOrder(grant.id, n)
    steps.push({ kind: 'vest', order, n, date, quantity, lot: lotId(grant.id, n), when: 'by_then', why })
  }
  const standing = [
    ...grant.lots,
    ...vested.map(({ n, date, quantity }) => freshLot(grant, n, date, quantity)),
  ].flatMap((lot) => endBefore(grant, lot, ask, steps))

  const { losses = [] } = grant
  for (const loss of losses) steps.push({ kind: 'forfeit', ...loss, when: 'by_then' })
  const gone = [...vested, ...losses].reduce((sum, { quantity }) => sum + quantity, 0n)
  const unvested = grant.unvested - gone
  const lots = [
    ...standing,
    ...unvestedSteps(grant, { rule, unvested, rest }, ask, steps).flatMap((lot) =>
      endBefore(grant, lot, ask, steps, 'leaving'),
    ),
  ]
  const usable = lots.flatMap((lot) => {
    const { plan, left } = lotSteps(lot, { rule, portability: grant.clauses.portability }, ask)
    steps.push(...plan)
    return left
  })
  return {
    grant: grant.id,
    name: grant.name,
    asset: grant.asset,
    rule,
    source,
    steps,
    held: grant.lots.reduce((sum, { held }) => sum + held, 0n),
    usable,
    goesOn: rule.unvested === 'continue' ? unvested : 0n,
    continues: rule.unvested === 'continue' ? rest : [],
  }
}

function freshLot(grant: LeavingGrant, n: number, date: DateText, quantity: bigint): LeavingLot {
  const { scope, priority, expiry } = grant
  const amounts = { available: quantity, held: 0n, expired: 0n, carried: false }
  return {
    id: lotId(grant.id, n),
    tranche: n,
    priority,
    scope,
    ...spendable(expiry, date),
    ...amounts,
  }
}

/** A lot whose own expiry comes first rolls over and expires as it would have; what rolled over stands in its place. */
function endBefore(
  grant: LeavingGrant,
  lot: LeavingLot,
  ask: LeavingAsk,
  steps: Planned[],
  when: Planned['when'] = 'by_then',
): LeavingLot[] {
  const { expiresAt: ends, available: left } = lot
  if (ends === null || ends > ask.asOf || left === 0n) return [lot]
  // Who has left by then has nobody to keep it for.
  const rolled = ends < startOfDay(ask.on) ? rollover(grant.expiry, { ...lot, left, expiresAt: ends }) : null
  const next = rolled && {
    ...lot,
    id: carriedLotId(rolloverOrder(lot.id)),
    available: rolled.amount,
    held: 0n,
    expired: 0n,
    effectiveAt: ends,
    expiresAt: rolled.expiresAt,
    carried: true,
  }
  if (next) steps.push(rolloverStep(lot, next, next.available))
  const gone = left - (rolled?.amount ?? 0n)
  const why = `its own expiry: the last day was ${lastDay(ends)}`
  const order = uuidOf('expired', lot.id, String(lot.expired))
  if (gone > 0n) steps.push({ kind: 'expire', order, lot: lot.id, quantity: gone, when, why })
  const emptied = { ...lot, available: 0n }
  return next ? [emptied, ...endBefore(grant, next, ask, steps)] : [emptied]
}

function rolloverStep(lot: LeavingLot, next: LeavingLot, quantity: bigint): Planned {
  const why = `rolls over at its expiry and stays to ${next.expiresAt === null ? 'no end' : lastDay(next.expiresAt)}`
  const { scope, priority, effectiveAt, expiresAt: ends } = next
  const to = { to: next.id, scope, priority, effectiveAt, expiresAt: ends }
  const order = rolloverOrder(lot.id)
  return { kind: 'carry', order, cause: 'rollover', lot: lot.id, ...to, quantity, when: 'by_then', why }
}

/** One lot rolls over once, so the order follows from the lot. */
export const rolloverOrder = (lot: string): string => uuidOf('rolled over', lot)

function unvestedSteps(
  grant: LeavingGrant,
  { rule, unvested, rest }: { rule: LeavingRule; unvested: bigint; rest: readonly Upcoming[] },
  { on, reason }: LeavingAsk,
  steps: Planned[],
): LeavingLot[] {
  if (unvested === 0n) return []
  switch (rule.unvested) {
    case 'continue':
      return []
    case 'forfeit': {
      const dated = rest.length > 0 ? ` (${rest.length} tranches from ${rest[0]!.date})` : ''
      const why = `${reason}: what has not vested before ${on} is forfeited${dated}`
      const order = uuidOf('forfeited on leaving', grant.id, on)
      steps.push({ kind: 'forfeit', order, quantity: unvested, when: 'leaving', why })
      return []
    }
    case 'accelerate': {
      const n = grant.nextTranche
      const why = `${reason}: what has not vested before ${on} vests on it`
      const lot = freshLot(grant, n, on, unvested)
      const order = vestOrder(grant.id, n)
      steps.push({ kind: 'accelerate', order, n, quantity: unvested, lot: lot.id, when: 'leaving', why })
      return [lot]
    }
    default:
      return never(rule.unvested)
  }
}

type LotPlan = { readonly plan: readonly Planned[]; readonly left: readonly Usable[] }

/** What happens to what is available in one lot: a portable share first, then the rule for what has vested. */
export function lotSteps(
  lot: LeavingLot,
  terms: { readonly rule: LeavingRule; readonly portability: Portability | undefined },
  ask: LeavingAsk,
): LotPlan {
  if (lot.available === 0n) return { plan: [], left: [] }
  const restEnds = vestedEnds(lot, terms.rule, ask)
  const portable = portablePart(lot, terms.portability, restEnds, ask)
  const rest = restSteps(lot, terms.rule, lot.available - (portable?.usable.quantity ?? 0n), restEnds, ask)
  if (!portable) return rest
  return { plan: [portable.step, ...rest.plan], left: [portable.usable, ...rest.left] }
}

/** Until when the rest of a lot can be used: -Infinity not at all, Infinity for ever. */
function vestedEnds(lot: LeavingLot, { vested }: LeavingRule, ask: LeavingAsk): Millis {
  const own = lot.expiresAt ?? Infinity
  switch (vested.kind) {
    case 'expire_now':
    case 'revoke':
      return -Infinity
    case 'keep':
      return own
    case 'window': {
      const ends = Math.min(own, startOfDay(addDays(ask.on, vested.days)))
      return ends > ask.asOf ? ends : -Infinity
    }
    default:
      return never(vested)
  }
}

function portablePart(
  lot: LeavingLot,
  portability: Portability | undefined,
  restEnds: Millis,
  ask: LeavingAsk,
): { readonly step: Planned; readonly usable: Usable } | null {
  if (!portability || portability.except.includes(ask.reason)) return null
  const said = startOfDay(addDays(ask.on, portability.days))
  const ends = Math.min(lot.expiresAt ?? Infinity, said)
  // Who may use all of it for longer anyway gains nothing by a narrower lot.
  if (ends <= ask.asOf || restEnds >= ends) return null
  const named = PURPOSES.filter((purpose) => portability.purposes.includes(purpose))
  const purposes = named.filter((purpose) => lot.scope.purposes?.includes(purpose) ?? true)
  const quantity = partOf(lot.available, parseShare(portability.share, 'portability.share'))
  if (purposes.length === 0 || quantity === 0n) return null
  const scope = { ...lot.scope, purposes }
  const order = orderOf('carried on leaving for', 'portability', lot, ask)
  const to = carriedLotId(order)
  const own = ends < said ? `, but not beyond its own end` : ''
  const why =
    `portability: ${portability.share} of ${lot.available} for ${purposes.join(', ')}; ` +
    `${ask.on} + ${portability.days} days = ${dayOf(said)}${own}, so the last day is ${lastDay(ends)}`
  const { priority } = lot
  const move = { kind: 'carry', order, cause: 'portability', lot: lot.id, to, quantity } as const
  const step = { ...move, scope, priority }
  return {
    step: { ...step, expiresAt: ends, when: 'leaving', why },
    usable: { lot: to, quantity, purposes, until: lastDay(ends) },
  }
}

function restSteps(
  lot: LeavingLot,
  { vested }: LeavingRule,
  quantity: bigint,
  ends: Millis,
  ask: LeavingAsk,
): LotPlan {
  if (quantity === 0n) return { plan: [], left: [] }
  const purposes = lot.scope.purposes ?? null
  const own = lot.expiresAt ?? Infinity
  if (ends === own) {
    const until = lot.expiresAt === null ? null : lastDay(lot.expiresAt)
    return { plan: [], left: [{ lot: lot.id, quantity, purposes, until }] }
  }
  if (vested.kind === 'revoke') {
    const why = `${ask.reason}: what is left of what has vested is taken back`
    const order = orderOf('ended on leaving', 'revoke', lot, ask)
    return { plan: [{ kind: 'revoke', order, lot: lot.id, quantity, when: 'leaving', why }], left: [] }
  }
  if (ends === -Infinity) {
    const why =
      vested.kind === 'window'
        ? `window: ${sum(ask.on, vested.days)}, which has passed`
        : `${ask.reason}: what has vested expires on the day of leaving`
    const order = orderOf('ended on leaving', 'expire', lot, ask)
    return { plan: [{ kind: 'expire', order, lot: lot.id, quantity, when: 'leaving', why }], left: [] }
  }
  const days = vested.kind === 'window' ? vested.days : 0
  const order = orderOf('carried on leaving for', 'window', lot, ask)
  const to = carriedLotId(order)
  const why = `window: ${sum(ask.on, days)}, so the last day is ${lastDay(ends)}`
  const { scope, priority } = lot
  const move = { kind: 'carry', order, cause: 'window', lot: lot.id, to, quantity } as const
  const step = { ...move, scope, priority }
  return {
    plan: [{ ...step, expiresAt: ends, when: 'leaving', why }],
    left: [{ lot: to, quantity, purposes, until: lastDay(ends) }],
  }
}

const PURPOSES: readonly Purpose[] = ['work', 'learning', 'personal', 'open_source']

const orderOf = (what: string, cause: string, lot: LeavingLot, { on, round }: LeavingAsk): string =>
  uuidOf(what, cause, lot.id, on, String(round))

/** As the ledger names the vesting of a tranche. */
const vestOrder = (grant: string, n: number): string => uuidOf('vested', grant, String(n))

/** Expiries are the start of the day after the last day. */
const lastDay = (ends: Millis): DateText => dayOf(ends - 1)
const sum = (on: DateText, days: number): string => `${on} + ${days} days = ${addDays(on, days)}`
