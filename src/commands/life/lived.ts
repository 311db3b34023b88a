import { fromDecimal, floor, mul, rational, type Rational } from '#base/rational.ts'
import { uuidOf } from '#base/id.ts'
import type { DateText } from '#base/time.ts'
import { z } from 'zod'
import { leaveRule } from '#grants/defaults.ts'
import type { GrantEvent } from '#grants/event.ts'
import type { Grant } from '#grants/grant.ts'
import type { GrantVersion } from '#grants/version.ts'
import type { LeaveOfAbsence } from '#people/life.ts'
import type { Amendment, Pause, Timeline } from '#vesting/life.ts'
import { timelineFromJson } from '#vesting/life.ts'
import { replan } from '#vesting/replan.ts'
import type { Installment } from '#vesting/schedule.ts'

/** What a grant has lived through, read from its versions and events; pure, so that any day can be computed again. */
export type Lived = {
  readonly grant: Grant
  /** Oldest first. */
  readonly versions: readonly GrantVersion[]
  readonly events: readonly GrantEvent[]
  readonly leaves: readonly LeaveOfAbsence[]
}

/** A re-pricing: what had not vested by the end of that day grew by the factor. */
type Growth = {
  readonly on: DateText
  readonly factor: Rational
  /** What had vested by then; it may have been ahead of its curve. */
  readonly vested: bigint
  readonly version: number
}

export type NewPlan = {
  /** What is still to vest, soonest first, nothing before `today`. */
  readonly installments: readonly Installment[]
  readonly planned: bigint
  readonly timeline: Timeline
}

const pausedBody = z.object({
  leave: z.string(),
  policy: z.enum(['continue', 'pause_extend', 'pause_forfeit']),
  grace_days: z.int(),
})
const repricedBody = z.object({
  version: z.int(),
  factor_n: z.string(),
  factor_d: z.string(),
  vested: z.string(),
})
const firedBody = z.object({ event_id: z.string() })

/** How a grant pauses for one of its person's leaves, as it was told when the leave was recorded. */
export function pausesOf({ events, leaves }: Lived): readonly (Pause & { readonly leave: string })[] {
  return events
    .filter(({ kind }) => kind === 'paused')
    .flatMap(({ body }) => {
      const { leave: id, policy, grace_days: graceDays } = pausedBody.parse(body)
      const leave = leaves.find((one) => one.id === id)
      if (!leave || leave.withdrawn) return []
      return [{ leave: id, from: leave.from, to: leave.to, policy, graceDays }]
    })
}

export function growths(events: readonly GrantEvent[]): readonly Growth[] {
  return events
    .filter(({ kind }) => kind === 'repriced')
    .map(({ on, body }) => {
      const { version, factor_n: n, factor_d: d, vested } = repricedBody.parse(body)
      return { on, version, factor: rational(BigInt(n), BigInt(d)), vested: BigInt(vested) }
    })
}

/** Terms that replaced others; a re-pricing only makes what is there grow. */
function amendmentsOf(versions: readonly GrantVersion[], grown: readonly Growth[]): Amendment[] {
  const own = versions.slice(1).filter(({ n }) => !grown.some(({ version }) => version === n))
  // A day has one set of terms: the one told last.
  const last = new Map(own.map((version) => [version.effectiveOn, version]))
  return [...last.values()].map(({ effectiveOn, quantity, terms }) => ({
    from: effectiveOn,
    quantity,
    template: terms.statements,
  }))
}

/** What is still to vest of a grant as of `today`, of which so much has vested. */
export function planAnew(
  lived: Lived,
  ask: {
    readonly today: DateText
    readonly vested: bigint
    /** What is unvested: a curve that is told anew can reach beyond it, and then its end is cut. */
    readonly most: bigint
    readonly amendment?: Amendment
  },
): NewPlan {
  const { grant, versions, events } = lived
  const first = versions[0] ?? null
  const grown = growths(events)
  const told = amendmentsOf(versions, grown)
  const amendments = ask.amendment
    ? [...told.filter(({ from }) => from !== ask.amendment!.from), ask.amendment]
    : told
  const lastTold = Math.max(
    0,
    ...versions.slice(1).map(({ n }) => (grown.some(({ version }) => version === n) ? 0 : n)),
  )
  const { fold, acceleration } = grant.clauses
  const timeline = timelineFromJson(
    {
      template: first?.terms.statements ?? grant.statements,
      quantity: first?.quantity ?? grant.quantity,
      runtime: {
        startDate: first?.startDate ?? grant.startDate,
        grantDate: first?.grantDate ?? grant.grantDate,
        eventFirings: firings(events),
      },
      allocation: grant.allocation,
      clauses: { fold, acceleration },
      pauses: pausesOf(lived).map(({ from, to, policy, graceDays }) => ({ from, to, policy, graceDays })),
      amendments,
    },
    ask.today,
  )
  // New terms are told with the whole quantity, so what grew before them is in it.
  const since = ask.amendment ? [] : grown.filter(({ version }) => version > lastTold)
  const curve = since.reduce(
    (installments, growth) => grow(installments, growth),
    timeline.resolvesTo.installments,
  )
  const total = curve.reduce((sum, { quantity }) => sum + quantity, 0n)
  const rest = replan(ask.vested, { resolvesTo: { installments: curve, total } })
  const installments = notBefore(ask.today, atMost(rest, ask.most))
  return { installments, planned: installments.reduce((sum, { quantity }) => sum + quantity, 0n), timeline }
}

function firings(events: readonly GrantEvent[]): { event_id: string; date: DateText }[] {
  const fired = events.filter(({ kind }) => kind === 'fired')
  const byId = new Map(fired.map(({ body, on }) => [firedBody.parse(body).event_id, on]))
  return [...byId].map(([event, date]) => ({ event_id: event, date }))
}

/**
 * What vests after a day beyond what had vested by then grows by the factor; rounded down along the running sum, so that
 * nothing is made by rounding. A curve that lies below what had vested grows only once it has caught up.
 */
export function grow(
  installments: readonly Installment[],
  { on, factor, vested }: Pick<Growth, 'on' | 'factor' | 'vested'>,
): readonly Installment[] {
  const before = vested > 0n ? [{ date: on, quantity: vested }] : []
  let reached = 0n
  let given = 0n
  return [
    ...before,
    ...installments.flatMap(({ date, quantity }) => {
      reached += quantity
      if (date <= on || reached <= vested) return []
      const grown = floor(mul(rational(reached - vested), factor)) - given
      given += grown
      return grown > 0n ? [{ date, quantity: grown }] : []
    }),
  ]
}

/** The first installments that sum to so much. */
export function atMost(installments: readonly Installment[], most: bigint): readonly Installment[] {
  let left = most
  return installments.flatMap(({ date, quantity }) => {
    const part = quantity < left ? quantity : left
    left -= part
    return part > 0n ? [{ date, quantity: part }] : []
  })
}

/** What a change dates in the past vests today: a lot should not be born expired. */
function notBefore(today: DateText, installments: readonly Installment[]): readonly Installment[] {
  const late = installments.filter(({ date }) => date < today)
  if (late.length === 0) return installments
  const sum = late.reduce((total, { quantity }) => total + quantity, 0n)
  const rest = installments.filter(({ date }) => date >= today)
  const [next] = rest
  if (next?.date === today) return [{ date: today, quantity: sum + next.quantity }, ...rest.slice(1)]
  return [{ date: today, quantity: sum }, ...rest]
}

/** What fell into a leave and is lost by its rule. */
export function lostIn(
  { timeline }: Pick<NewPlan, 'timeline'>,
  leave: Pick<LeaveOfAbsence, 'from' | 'to'>,
): bigint {
  return timeline.tranches
    .filter(
      ({ state, cause, date }) =>
        state === 'impossible' &&
        cause.kind === 'pause' &&
        date !== null &&
        date >= leave.from &&
        (leave.to === null || date < leave.to),
    )
    .reduce((sum, { quantity }) => sum + quantity, 0n)
}

/** How the ledger names what a leave has lost of a grant. */
export const lossOf = (
  leave: Pick<LeaveOfAbsence, 'id' | 'kind' | 'from' | 'to'>,
  grant: string,
): { readonly order: string; readonly why: string } => ({
  order: uuidOf('lost in leave', leave.id, grant),
  why: `${leave.kind} leave from ${leave.from} to ${leave.to ?? ''}: what fell into it is forfeited`,
})

/** The rule that a grant has for a kind of leave. */
export const policyOf = (grant: Pick<Grant, 'clauses'>, kind: string) => leaveRule(grant.clauses, kind)

/** A decimal of at least 1. */
export const multiple = (text: string): Rational => fromDecimal(text) ?? rational(1n)
