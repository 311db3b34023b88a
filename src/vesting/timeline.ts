import { firedOn } from './accelerate.ts'
import { holding } from './calendar.ts'
import type { Curve, Way } from './curve.ts'
import { endOf, wayOf } from './curve.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import type { LifeFacts } from './facts.ts'
import { asDate } from './facts.ts'
import type { Item } from './item.ts'
import { ALWAYS, UNDATED } from './item.ts'
import type { AbsenceAssumption, Blocker, Timeline, TimelineTranche } from './life.ts'
import type { Verdict } from './life.ts'
import { vestingOf } from './schedule.ts'

/** Everything a day's answer is made of. */
type Case = { readonly facts: LifeFacts; readonly way: Way; readonly asOf: Day }

export function timelineOf(facts: LifeFacts, asOf: Day): Timeline {
  const way = wayOf(facts, asOf)
  const here = { facts, way, asOf }
  const absenceAssumptions = assumptionsOf(here)
  const tranches = way.items.map(trancheOf)
  const resolvesTo = vestingOf(way.items)
  const vested = vestingOf(way.items.filter(({ day }) => day <= asOf)).total
  return {
    asOf: formatDay(asOf),
    tranches: [
      ...tranches.filter(({ date }) => date !== null),
      ...tranches.filter(({ date }) => date === null),
    ],
    storable: storableOf(here, absenceAssumptions),
    resolvesTo,
    blockers: blockersOf(here),
    absenceAssumptions,
    vested,
    upcoming: resolvesTo.total - vested,
    unresolved: sumOf(tranches, 'unresolved'),
    impossible: sumOf(tranches, 'impossible'),
  }
}

const stateOf = ({ lostOn, waiting }: Item): TimelineTranche['state'] =>
  lostOn !== null ? 'impossible' : waiting ? 'unresolved' : 'resolved'

const trancheOf = (item: Item): TimelineTranche => ({
  date: asDate(item.day),
  quantity: item.quantity,
  state: stateOf(item),
  cause: item.cause,
})

const sumOf = (tranches: readonly TimelineTranche[], state: TimelineTranche['state']): bigint =>
  tranches.reduce((sum, tranche) => (tranche.state === state ? sum + tranche.quantity : sum), 0n)

/**
 * What no event that fires after the day of the answer can change. What has vested by then always is. Of the rest an
 * amount is, if nothing is left that could fire, or if what could fire only puts others between: not while an
 * acceleration could still move it, a fold still sum up what comes before it, or an amendment make up a difference.
 */
function storableOf({ facts, way, asOf }: Case, assumptions: readonly AbsenceAssumption[]): Verdict {
  const later = assumptions.filter((assumption) => assumption.later)
  if (later.length === 0) return vestingOf(way.items)
  const { leaving, runtime, amendments } = facts
  if (later.some(({ effect }) => effect === 'accelerates') || amendments.length > 0)
    return vestingOf(way.items.filter(({ day }) => day <= asOf))
  const foldsOn =
    runtime.grant !== null && runtime.grant > asOf ? foldDay(way.items, runtime.grant, facts) : ALWAYS
  // What vests early on a day still to come is a share of what is left then, and events before it change that.
  const early = way.curves.flatMap(({ accelerated }) => accelerated.filter((day) => day > asOf))
  if (leaving?.unvested === 'accelerate') early.push(endOf(facts)!)
  const until = Math.min(...early)
  return vestingOf(way.items.filter(({ day, firm }) => day <= asOf || (firm && day > foldsOn && day < until)))
}

/** Where a later firing before the grant date would be added to. */
function foldDay(items: readonly Item[], grant: Day, { fold }: LifeFacts): Day {
  if (fold === 'onto_grant_date') return grant
  return items.find(({ day, knownFrom }) => day >= grant && knownFrom === ALWAYS)?.day ?? grant
}

function blockersOf({ facts, way, asOf }: Case): Blocker[] {
  const waiting = way.items.filter((item) => item.lostOn === null && item.waiting)
  const sum = (items: readonly Item[]): bigint => items.reduce((total, { quantity }) => total + quantity, 0n)
  const blockers: Blocker[] = []
  const unstarted = sum(waiting.filter(({ cause }) => cause.kind === 'start_unknown'))
  if (unstarted > 0n) blockers.push({ kind: 'start_unknown', quantity: unstarted })
  const byEvent = waiting.filter(({ cause }) => cause.kind === 'event')
  for (const { event, at, after, before, quantity } of way.curves.at(-1)!.open) {
    if (before <= asOf) continue
    const own = sum(byEvent.filter(({ cause }) => 'at' in cause && cause.at === at))
    const all = sum(byEvent)
    const blocked = own > 0n ? own : quantity < all ? quantity : all
    if (blocked > 0n)
      blockers.push({ kind: 'event', event, after: asDate(after), before: asDate(before), quantity: blocked })
  }
  const paused = waiting.filter(({ cause }) => cause.kind === 'pause')
  const rest = holding(facts.calendar) ?? facts.calendar.find(({ end }) => end === UNDATED)
  if (rest && paused.length > 0) blockers.push({ kind: 'pause_open', from: rest.from, quantity: sum(paused) })
  return blockers
}

/** Each event that has not fired but is named by some version of the terms, or by an acceleration that it could complete. */
function assumptionsOf({ facts, way, asOf }: Case): AbsenceAssumption[] {
  const inForce = way.curves.filter((_, index) => lastDayOf(way.curves, index) > asOf)
  const isOver = !inForce.some(({ items }) => items.some((item) => isLeft(item, asOf)))
  const found = new Map<string, AbsenceAssumption>()
  const add = (assumption: AbsenceAssumption): void => {
    const key = JSON.stringify([assumption.effect, assumption.of, assumption.event])
    found.set(key, { ...assumption, later: assumption.later || found.get(key)?.later === true })
  }
  for (const [index, { open }] of way.curves.entries()) {
    for (const { event, at, before } of open) {
      const until = Math.min(before, lastDayOf(way.curves, index))
      add({ event, effect: 'vests', of: at, together: [], later: !isOver && until > asOf })
    }
  }
  if (way.curves.every(({ version }) => version.quantity === 0n)) return []
  for (const trigger of facts.triggers) {
    const fired = firedOn(trigger, facts.runtime.firings)
    if (fired.kind !== 'missing') continue
    for (const event of fired.events) {
      const together = fired.events.filter((other) => other !== event)
      add({ event, effect: 'accelerates', of: trigger.id, together, later: !isOver && fired.until > asOf })
    }
  }
  return [...found.values()]
}

const isLeft = ({ day, lostOn }: Item, asOf: Day): boolean => day > asOf && (lostOn === null || lostOn > asOf)

/** The last day on which a version of the terms is in force. */
const lastDayOf = (curves: readonly Curve[], index: number): Day =>
  (curves[index + 1]?.version.from ?? UNDATED) - 1
