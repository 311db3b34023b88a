import { never } from '#base/invariant.ts'
import type { DateText } from '#base/time.ts'
import type { AllocationType } from '../allocate.ts'
import { dayOfMonth, formatDay, isRepresentable, stepper, type Day } from '../dates.ts'
import { refuse } from '../fields.ts'
import { ALWAYS } from '../item.ts'
import type { ParsedRuntime } from '../runtime.ts'
import { occurrencesOf, vestsNothing, type Condition, type Graph, type Recurrence } from './graph.ts'
import { amountsOf, NOTHING, type Progress } from './portions.ts'

export type GraphFacts = {
  readonly quantity: bigint
  /** The id of an event is the id of its condition. */
  readonly runtime: ParsedRuntime
  readonly allocation: AllocationType
  /** Every event up to this day is known; ALWAYS: an event may still be told of for any day. */
  readonly knownUntil: Day
}

export type GraphTranche = {
  readonly condition: string
  /** null: not known yet, or never. */
  readonly day: Day | null
  /** For what is not resolved: what it would vest if it were met next. */
  readonly quantity: bigint
  readonly state: 'resolved' | 'unresolved' | 'impossible'
  readonly cause: string
}

/** Had this event fired within these days, the answer would be another. */
export type Assumption = {
  readonly event: string
  readonly from: DateText | null
  readonly until: DateText | null
}

export type GraphAnswer = {
  /** What vests, in order, then what may or can not any more. */
  readonly tranches: readonly GraphTranche[]
  /** So many of the resolved tranches can no event change that may still come. */
  readonly storable: number
  /** Conditions met, in order. */
  readonly path: readonly string[]
  /** The day of the last of them; null when none is met. */
  readonly endedOn: Day | null
  /** What has to happen before anything more vests: events by their condition, or the start. */
  readonly blockers: readonly (
    | { readonly kind: 'start' }
    | { readonly kind: 'event'; readonly event: string }
  )[]
  readonly absenceAssumptions: readonly Assumption[]
}

/**
 * Takes the one way through the graph that dates and events lead: from each condition to the first of its next ones
 * whose trigger is met. On a day on which several are met the one named first wins. An event that fired before its
 * condition was next counts on the day it becomes next. While a condition recurs only an event leads away from it; dates
 * wait for its last occurrence. Throws Fault `over_allocated`, or `invalid` for a day beyond the calendar.
 */
export function evaluateGraph(graph: Graph, facts: GraphFacts): GraphAnswer {
  const walk: Walk = {
    graph,
    facts,
    lastDay: new Map(),
    origin: null,
    resolved: [],
    progress: NOTHING,
    steps: [],
    open: new Set(),
    assumptions: [],
    storable: null,
  }
  let stand: Stand | null = { at: null, entered: ALWAYS, next: graph.roots }
  while (stand) stand = leave(walk, stand)
  return answerOf(walk)
}

type Walk = {
  readonly graph: Graph
  readonly facts: GraphFacts
  /** Of each condition met: the day of its last occurrence, from which others count. */
  readonly lastDay: Map<string, Day>
  /** Where the day of the month comes from. */
  origin: Day | null
  readonly resolved: GraphTranche[]
  progress: Progress
  readonly steps: Condition[]
  /** Conditions that an event may still lead to. */
  readonly open: Set<string>
  readonly assumptions: Assumption[]
  storable: number | null
}

type Stand = { readonly at: Condition | null; readonly entered: Day; readonly next: readonly string[] }

/** From one condition to the next; null when nothing leads on. */
function leave(walk: Walk, stand: Stand): Stand | null {
  const days = stand.at === null ? [] : meet(walk, stand.at, stand.entered)
  const done = days.at(-1) ?? stand.entered
  const winner = firstMet(walk, stand, done)
  const kept = winner?.condition.trigger.kind === 'event' ? days.filter((day) => day <= winner.day) : days
  if (stand.at) vest(walk, stand.at, kept)
  look(walk, stand, winner)
  if (!winner) return null
  return { at: winner.condition, entered: winner.day, next: winner.condition.next }
}

/** Days on which the condition vests if nothing interrupts it. */
function meet(walk: Walk, condition: Condition, entered: Day): Day[] {
  const days = occurrenceDays(condition, entered, walk)
  walk.steps.push(condition)
  walk.lastDay.set(condition.id, days.at(-1)!)
  // A day of the month comes from the vesting start, or, without one, from where the way began.
  if (condition.trigger.kind === 'start' || walk.origin === null) walk.origin = days[0]!
  return days
}

type Met = { readonly condition: Condition; readonly day: Day; readonly index: number }

function firstMet(walk: Walk, { entered, next }: Stand, done: Day): Met | null {
  let first: Met | null = null
  for (const [index, id] of next.entries()) {
    const condition = walk.graph.conditions.get(id)!
    const due = dueDay(condition, walk)
    if (due === null) continue
    const day = Math.max(due, condition.trigger.kind === 'event' ? entered : done)
    if (first === null || day < first.day) first = { condition, day, index }
  }
  return first
}

/** The day from which the trigger of a condition is met; null: not yet, or never on this way. */
function dueDay({ id, param, trigger }: Condition, { facts, lastDay, origin }: Walk): Day | null {
  switch (trigger.kind) {
    case 'start':
      return facts.runtime.start
    case 'on':
      return trigger.day
    case 'event':
      return facts.runtime.firings.get(id) ?? null
    case 'after': {
      const anchor = lastDay.get(trigger.of)
      return anchor === undefined ? null : dayOfOccurrence(trigger, trigger.cliff, { anchor, origin, param })
    }
    default:
      return never(trigger)
  }
}

function dayOfOccurrence(
  trigger: Recurrence,
  n: number,
  place: { readonly anchor: Day; readonly origin: Day | null; readonly param: string },
): Day {
  const vestingDay = trigger.dayOfMonth ?? dayOfMonth(place.origin ?? place.anchor)
  const step = stepper({ anchor: place.anchor, unit: trigger.unit, policy: 'VESTING_START_DAY', vestingDay })
  const day = step(n * trigger.length)
  if (isRepresentable(day)) return day
  return refuse(
    `${place.param}.trigger.period.length`,
    trigger.length,
    'its days leave the calendar; shorten it',
  )
}

/** Days on which a condition vests: once, or again and again; a cliff gathers the occurrences before it. */
function occurrenceDays(condition: Condition, entered: Day, walk: Walk): Day[] {
  const { param, trigger } = condition
  if (trigger.kind !== 'after') return [entered]
  const place = { anchor: walk.lastDay.get(trigger.of)!, origin: walk.origin, param }
  return Array.from({ length: trigger.occurrences - trigger.cliff + 1 }, (_, index) =>
    Math.max(entered, dayOfOccurrence(trigger, trigger.cliff + index, place)),
  )
}

function vest(walk: Walk, condition: Condition, days: readonly Day[]): void {
  const { quantity, allocation } = walk.facts
  const { amounts, after } = amountsOf(condition, { quantity, allocation, progress: walk.progress })
  for (const [index, day] of days.entries()) {
    const amount = amounts[index] ?? 0n
    if (amount === 0n) continue
    const cause = causeOf(condition, day)
    walk.resolved.push({ condition: condition.id, day, quantity: amount, state: 'resolved', cause })
  }
  walk.progress = after(days.length)
  walk.lastDay.set(condition.id, days.at(-1)!)
}

const causeOf = ({ id, trigger }: Condition, day: Day): string => {
  switch (trigger.kind) {
    case 'start':
      return `"${id}": the vesting start`
    case 'on':
      return `"${id}": the date ${formatDay(trigger.day)}`
    case 'event':
      return `"${id}": its event, counted on ${formatDay(day)}`
    case 'after':
      return `"${id}": time after "${trigger.of}"`
    default:
      return never(trigger)
  }
}

/** Notes which events could have led, or may yet lead, another way from here. */
function look(walk: Walk, stand: Stand, winner: Met | null): void {
  const { runtime, knownUntil } = walk.facts
  const opens = Math.max(stand.entered, knownUntil + 1)
  const isAllVested = walk.facts.quantity > 0n && walk.progress.vested === walk.facts.quantity
  for (const [index, id] of stand.next.entries()) {
    const condition = walk.graph.conditions.get(id)!
    if (condition.trigger.kind !== 'event' || runtime.firings.has(id)) continue
    let last = winner === null ? null : index < winner.index ? winner.day : winner.day - 1
    // Once everything has vested there is nothing left that an event could change.
    if (isAllVested && last === null && stand.at) last = walk.lastDay.get(stand.at.id)! - 1
    if (last !== null && opens > last) continue
    walk.assumptions.push({
      event: id,
      from: Number.isFinite(opens) ? formatDay(opens) : null,
      until: last === null ? null : formatDay(last),
    })
    walk.storable ??= safeCount(walk, stand, opens)
    reach(walk, id)
  }
}

/** Resolved tranches that stay whatever comes on `opens` or later: an event never undoes what vested up to its day. */
const safeCount = (walk: Walk, stand: Stand, opens: Day): number =>
  walk.resolved.filter(({ condition, day }) => condition !== stand.at?.id || day! <= opens).length

function reach({ graph, open }: Walk, id: string): void {
  const waiting = [id]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (open.has(at)) continue
    open.add(at)
    waiting.push(...graph.conditions.get(at)!.next)
  }
}

function answerOf(walk: Walk): GraphAnswer {
  const { graph, facts, resolved, steps, assumptions } = walk
  const met = new Set(steps.map(({ id }) => id))
  const stuckAt = steps.at(-1)?.next ?? graph.roots
  const isAllVested = facts.quantity > 0n && walk.progress.vested === facts.quantity
  const waiting = stuckAt.map((id) => graph.conditions.get(id)!)
  const waitsForStart =
    facts.runtime.start === null && waiting.some(({ trigger }) => trigger.kind === 'start')
  if (waitsForStart) for (const { id, trigger } of waiting) if (trigger.kind === 'start') reach(walk, id)
  const others = [...graph.conditions.values()].filter((one) => !met.has(one.id) && !vestsNothing(one))
  return {
    tranches: [...resolved, ...others.map((condition) => unmet(walk, condition))],
    storable: walk.storable ?? resolved.length,
    path: steps.map(({ id }) => id),
    endedOn: walk.lastDay.get(steps.at(-1)?.id ?? '') ?? null,
    blockers: isAllVested
      ? []
      : [
          ...(waitsForStart ? [{ kind: 'start' } as const] : []),
          ...waiting
            .filter(({ id }) => assumptions.some(({ event, until }) => event === id && until === null))
            .map(({ id }) => ({ kind: 'event', event: id }) as const),
        ],
    absenceAssumptions: assumptions,
  }
}

function unmet(walk: Walk, condition: Condition): GraphTranche {
  const { facts, open } = walk
  const isOpen = open.has(condition.id)
  return {
    condition: condition.id,
    day: null,
    quantity: isOpen ? wouldVest(condition, walk) : 0n,
    state: isOpen ? 'unresolved' : 'impossible',
    cause: isOpen ? `"${condition.id}" waits` : whyNot(condition, facts),
  }
}

/** Of the whole grant, or of what has not vested; never more than that. */
function wouldVest({ vests, ...condition }: Condition, { facts, progress }: Walk): bigint {
  const left = facts.quantity - progress.vested
  const times = BigInt(occurrencesOf({ vests, ...condition }))
  if (vests.kind === 'quantity') return least(vests.quantity * times, left)
  const of = vests.kind === 'remainder' ? left : facts.quantity
  return least((of * vests.share.n * times) / vests.share.d, left)
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function whyNot({ id, trigger }: Condition, { runtime }: GraphFacts): string {
  const firing = trigger.kind === 'event' ? runtime.firings.get(id) : undefined
  if (firing === undefined) return `no way that is still open leads to "${id}"`
  return `"${id}": its event fired on ${formatDay(firing)}, when another condition had taken over`
}
