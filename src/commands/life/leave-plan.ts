import { canonicalJson, sha256Hex } from '#base/json.ts'
import { addDays, dayOf, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { LeaverReason } from '#grants/clauses.ts'
import { expiresAt } from '#grants/expiry.ts'
import type { Grant } from '#grants/grant.ts'
import { planLeaving, type GrantLeaving, type Usable } from '#grants/leaving.ts'
import type { GrantState } from './state.ts'

/** Everything that leaving does: pure, from what stands, so that a preview is what is then executed. */
export type LeavePlan = {
  /** The first day on which the person no longer works here; the last one that counts is the day before. */
  readonly on: DateText
  readonly lastDay: DateText
  readonly reason: LeaverReason
  readonly asOf: Millis
  readonly grants: readonly GrantLeaving[]
  /** Promised to nobody yet, or not accepted: they end with the person. */
  readonly withdrawn: readonly { readonly grant: string; readonly name: string; readonly status: string }[]
  /** Vested on or after the day of leaving, because leaving is told late. What has vested stays. */
  readonly late: readonly { readonly grant: string; readonly name: string; readonly vested: bigint }[]
  /** Running calls: whether they finish, or are ended at once and settled for what they used. */
  readonly held: 'finish' | 'cancel'
  readonly access: Access
  /** Of all that is above. A confirmation that names it executes nothing else. */
  readonly hash: string
}

export type Access = {
  /** The first day on which a leaver can no longer sign in; null: not from the day of leaving on. */
  readonly until: DateText | null
  /** What they may make keys for; null: whatever their lots allow. */
  readonly purposes: readonly string[] | null
}

/** Stands for an access without an end. */
const EVER: DateText = '9999-12-31'

export function planLeave(
  { states, others }: { readonly states: readonly GrantState[]; readonly others: readonly Grant[] },
  ask: { readonly on: DateText; readonly reason: LeaverReason; readonly now: Millis },
  lateBy: (grant: string) => bigint,
): LeavePlan {
  const { on, reason, now } = ask
  const asOf = Math.max(startOfDay(on), now)
  const grants = states.map(({ grant }) => planLeaving(grant, { on, reason, asOf, round: 0 }))
  const running = states.filter(({ grant }) => grant.lots.some(({ held }) => held > 0n))
  const open = states.filter(({ grant }) => grant.lots.length > 0 || grant.upcoming.length > 0)
  const rules = (running.length > 0 ? running : open).map(
    ({ grant: { id } }) => grants.find(({ grant }) => grant === id)!.rule.held,
  )
  const plan = {
    on,
    lastDay: addDays(on, -1),
    reason,
    grants: grants.filter(
      ({ steps, usable, held, continues, goesOn }) =>
        steps.length + usable.length + continues.length > 0 || goesOn > 0n || held > 0n,
    ),
    withdrawn: others
      .filter(({ status }) => status !== 'declined' && status !== 'withdrawn')
      .map(({ id, name, status }) => ({ grant: id, name, status })),
    late: states
      .map(({ grant }) => ({ grant: grant.id, name: grant.name, vested: lateBy(grant.id) }))
      .filter(({ vested }) => vested > 0n),
    held: rules.includes('cancel') ? ('cancel' as const) : ('finish' as const),
    access: accessOf(states, grants, on),
  }
  return { ...plan, asOf, hash: sha256Hex(canonicalJson(plan)) }
}

function accessOf(states: readonly GrantState[], plans: readonly GrantLeaving[], on: DateText): Access {
  const usable: Pick<Usable, 'until' | 'purposes'>[] = plans.flatMap((plan) => {
    const { expiry, scope } = states.find(({ grant }) => grant.id === plan.grant)!.grant
    const coming = plan.continues.map(({ date }) => {
      const ends = expiresAt(expiry, date)
      return { until: ends === null ? null : dayOf(ends - 1), purposes: scope.purposes ?? null }
    })
    // What waits for an event may vest on any day.
    const dated = plan.continues.reduce((sum, { quantity }) => sum + quantity, 0n)
    const waits = dated < plan.goesOn ? [{ until: null, purposes: scope.purposes ?? null }] : []
    return [...plan.usable, ...coming, ...waits]
  })
  if (usable.length === 0) return { until: null, purposes: null }
  const last = usable.reduce<DateText>(
    (most, { until }) => (until === null || until > most ? (until ?? EVER) : most),
    on,
  )
  const all = usable.some(({ purposes }) => purposes === null)
  return {
    until: last === EVER ? EVER : addDays(last, 1),
    purposes: all ? null : [...new Set(usable.flatMap(({ purposes }) => purposes ?? []))].toSorted(),
  }
}
