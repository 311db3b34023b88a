import { ONE } from '#base/rational.ts'
import type { Fired } from './accelerate.ts'
import { firedOn, loseRest, vestEarly } from './accelerate.ts'
import { amended } from './amend.ts'
import { losing, moved, type Calendar } from './calendar.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import type { LifeFacts, Version } from './facts.ts'
import { fold } from './fold.ts'
import type { Item, Plan } from './item.ts'
import { ALWAYS, UNDATED } from './item.ts'
import { planGraph } from './ocf/plan.ts'
import { planChains } from './plan.ts'

type Leaving = NonNullable<LifeFacts['leaving']>

/** The whole way of one version of the terms: what vests if it had always been in force. */
export type Curve = Plan & {
  readonly version: Version
  /** The days on which triggers accelerate. */
  readonly accelerated: readonly Day[]
}

/** The way of a grant through all its versions, and each version's own, the first one first. */
export type Way = { readonly items: readonly Item[]; readonly curves: readonly Curve[] }

export function wayOf(facts: LifeFacts, asOf: Day): Way {
  const first = curveOf({ from: ALWAYS, ...facts.first }, facts, asOf)
  const later = facts.amendments.map((version) => curveOf(version, facts, asOf))
  const items = later.reduce((way, curve) => amended(way, curve.items, curve.version.from), first.items)
  return { items, curves: [first, ...later] }
}

function curveOf(version: Version, facts: LifeFacts, asOf: Day): Curve {
  const { runtime, calendar } = facts
  const { items, open } = planned(version, facts, asOf)
  const rested = calendar.length === 0 ? items : items.map((item) => lostInRest(item, calendar, asOf))
  const folded = runtime.grant === null ? rested : fold(rested, runtime.grant, facts.fold)
  const { items: ended, days } = accelerate(folded, facts)
  const isAmount = ({ quantity }: Item): boolean => quantity > 0n
  return { items: ended.every(isAmount) ? ended : ended.filter(isAmount), open, version, accelerated: days }
}

function planned({ form, quantity }: Version, facts: LifeFacts, asOf: Day): Plan {
  const { runtime, allocation, calendar } = facts
  if (form.kind === 'chains')
    return planChains(form.chains, { quantity, runtime, allocation, calendar, asOf })
  const { items } = planGraph(form.graph, { quantity, runtime, allocation, asOf })
  // Events that would have led another way before the day of the answer count too: they could be told of late.
  const { open } = planGraph(form.graph, { quantity, runtime, allocation, asOf: ALWAYS })
  return { items: items.map((item) => movedItem(item, calendar)), open }
}

/** A way through a graph is counted from the events on it: only what rests after them moves it. */
function movedItem(item: Item, calendar: Calendar): Item {
  if (item.day === UNDATED) return item
  const day = moved(calendar, item.day, item.knownFrom)
  if (day !== UNDATED) return { ...item, day }
  const { from } = calendar.find((rest) => rest.end === UNDATED)!
  const at = 'at' in item.cause ? item.cause.at : ''
  return { ...item, day, waiting: true, cause: { kind: 'pause', at, from } }
}

/** In a rest without an end only what has had its day is lost; the rest may be saved by an end before it. */
function lostInRest(item: Item, calendar: Calendar, asOf: Day): Item {
  const rest = item.lostOn === null && item.day !== UNDATED ? losing(calendar, item.day) : undefined
  if (!rest) return item
  const cause = { kind: 'pause', at: 'at' in item.cause ? item.cause.at : '', from: rest.from } as const
  if (rest.end === UNDATED && item.day > asOf) return { ...item, cause, waiting: true }
  return { ...item, cause, lostOn: item.day }
}

/** Accelerations and leaving, in the order of their days; on the day of leaving the accelerations come first. */
function accelerate(
  items: readonly Item[],
  facts: LifeFacts,
): { readonly items: readonly Item[]; readonly days: readonly Day[] } {
  const { triggers, runtime, leaving } = facts
  const { start, grant } = runtime
  const earliest = grant ?? start ?? ALWAYS
  const due = triggers
    .map((trigger) => ({ trigger, fired: firedOn(trigger, runtime.firings) }))
    .filter(
      (one): one is typeof one & { fired: Extract<Fired, { kind: 'fired' }> } => one.fired.kind === 'fired',
    )
    .map(({ trigger, fired }) => ({ trigger, on: Math.max(fired.on, earliest) }))
    // While the start is not known there is no day before which nothing may vest.
    .filter(() => start !== null)
    .toSorted((a, b) => a.on - b.on)
  let result = items
  let hasLeft = leaving === null
  for (const { trigger, on } of due) {
    if (leaving && !hasLeft && leaving.on < on) {
      result = left(result, facts, leaving)
      hasLeft = true
    }
    const cause = { kind: 'acceleration', clause: trigger.id } as const
    result = vestEarly(result, { on, share: trigger.share, from: trigger.from, cause })
  }
  if (leaving && !hasLeft) result = left(result, facts, leaving)
  return { items: result, days: due.map(({ on }) => on) }
}

function left(items: readonly Item[], facts: LifeFacts, leaving: Leaving): readonly Item[] {
  const cause = { kind: 'leaving', on: formatDay(leaving.on) } as const
  const on = endOf(facts)
  if (on === null) return items
  if (leaving.unvested === 'forfeit') return loseRest(items, on, cause)
  return vestEarly(items, { on, share: ONE, from: 'soonest', cause })
}

/** The day on which leaving ends all vesting, if it does: what vests early on it does not vest before the grant exists. */
export function endOf({ leaving, runtime }: LifeFacts): Day | null {
  if (leaving === null || leaving.unvested === 'continue') return null
  if (leaving.unvested === 'forfeit') return leaving.on
  return Math.max(leaving.on, runtime.grant ?? runtime.start ?? leaving.on)
}
