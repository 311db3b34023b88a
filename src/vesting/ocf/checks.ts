import { Fault } from '#base/fault.ts'
import { add, compare, mul, ONE, rational, sub, ZERO, type Rational } from '#base/rational.ts'
import { formatDay, type Day, type Unit } from '../dates.ts'
import {
  occurrencesOf,
  parseConditions,
  shareOf,
  vestsNothing,
  type Condition,
  type Graph,
  type Recurrence,
} from './graph.ts'

/**
 * Vesting conditions as they come from JSON, refused unless some grant could run through them: Faults `invalid`,
 * `unknown_condition`, `no_root`, `cycle`, `unreachable_condition`, `over_allocated`, `empty_window`, `impossible_event`.
 */
export function parseGraph(value: unknown, param = 'graph'): Graph {
  const graph = parseConditions(value, param)
  if (graph.roots.length === 0) {
    const ring = findCycle(graph)
      ?.map((id) => `"${id}"`)
      .join(' → ')
    throw new Fault(
      'no_root',
      `${param} has no condition that comes first (${ring}); take one out of all next_condition_ids`,
      {
        param,
      },
    )
  }
  const ring = findCycle(graph)
  if (ring) {
    const at = `${graph.conditions.get(ring[0]!)!.param}.next_condition_ids`
    const way = ring.map((id) => `"${id}"`).join(' → ')
    throw new Fault(
      'cycle',
      `${at} leads back to its own condition: ${way}; repeat with occurrences instead`,
      { param: at },
    )
  }
  const shape = shapeOf(graph)
  for (const condition of shape.order) checkAnchor(condition, shape)
  checkShares(shape)
  for (const condition of shape.order) checkEvent(condition, shape)
  return graph
}

/** A way round, its first id repeated at the end; null when there is none. */
function findCycle({ conditions }: Graph): readonly string[] | null {
  const done = new Set<string>()
  for (const start of conditions.keys()) {
    const way: string[] = []
    const on = new Set<string>()
    const stack: { readonly id: string; step: number }[] = [{ id: start, step: 0 }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { id } = top
      if (top.step === 0) {
        if (on.has(id)) return [...way.slice(way.indexOf(id)), id]
        if (done.has(id)) {
          stack.pop()
          continue
        }
        on.add(id)
        way.push(id)
      }
      const next = conditions.get(id)!.next[top.step]
      top.step += 1
      if (next !== undefined) stack.push({ id: next, step: 0 })
      else {
        stack.pop()
        way.pop()
        on.delete(id)
        done.add(id)
      }
    }
  }
  return null
}

/** A graph without cycles, in an order in which every condition comes after all that lead to it. */
type Shape = {
  readonly graph: Graph
  readonly order: readonly Condition[]
  readonly parents: ReadonlyMap<string, readonly Condition[]>
  /** What may have been met before a condition. */
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
  /** The soonest day on which each can be met, as far as fixed dates say. */
  readonly earliest: ReadonlyMap<string, Day>
  /** The least that has vested before each is met. */
  readonly vested: ReadonlyMap<string, Rational>
}

function shapeOf(graph: Graph): Shape {
  const parents = new Map<string, Condition[]>([...graph.conditions.keys()].map((id) => [id, []]))
  for (const condition of graph.conditions.values()) {
    for (const id of condition.next) parents.get(id)!.push(condition)
  }
  const waiting = new Map([...parents].map(([id, list]) => [id, list.length]))
  const order: Condition[] = graph.roots.map((id) => graph.conditions.get(id)!)
  const before = new Map<string, ReadonlySet<string>>()
  const earliest = new Map<string, Day>()
  const vested = new Map<string, Rational>()
  // The list grows while it is walked.
  for (const condition of order) {
    const all = new Set<string>()
    const above = parents.get(condition.id)!
    earliest.set(condition.id, earliestDay(condition, above, earliest))
    vested.set(condition.id, leastVested(above, vested))
    for (const parent of above) {
      all.add(parent.id)
      for (const id of before.get(parent.id)!) all.add(id)
    }
    before.set(condition.id, all)
    for (const id of condition.next) {
      const left = waiting.get(id)! - 1
      waiting.set(id, left)
      if (left === 0) order.push(graph.conditions.get(id)!)
    }
  }
  return { graph, order, parents, before, earliest, vested }
}

function checkAnchor({ id, param, trigger }: Condition, { before }: Shape): void {
  if (trigger.kind !== 'after' || before.get(id)!.has(trigger.of)) return
  const at = `${param}.trigger.relative_to_condition_id`
  throw new Fault(
    'unreachable_condition',
    `${at} is "${trigger.of}", which is never met before "${id}"; count from a condition that comes before it`,
    { param: at },
  )
}

/** Shares of the whole grant along the longest way: a remainder gives none, it only divides what is left. */
function checkShares({ order, parents }: Shape): void {
  const sums = new Map<string, Rational>()
  for (const condition of order) {
    const own = condition.vests.kind === 'share' ? times(shareOf(condition), occurrencesOf(condition)) : ZERO
    const remainder =
      condition.vests.kind === 'remainder' ? times(shareOf(condition), occurrencesOf(condition)) : ZERO
    let most = ZERO
    for (const parent of parents.get(condition.id)!) {
      const sum = sums.get(parent.id)!
      if (compare(sum, most) > 0) most = sum
    }
    const sum = add(most, own)
    sums.set(condition.id, sum)
    const over = compare(sum, ONE) > 0 ? sum : compare(remainder, ONE) > 0 ? remainder : null
    if (over === null) continue
    throw new Fault(
      'over_allocated',
      `the portions up to "${condition.id}" sum to ${over.n}/${over.d}, more than there is; lower them to at most 1`,
      { param: `${condition.param}.portion` },
    )
  }
}

const times = (share: Rational, count: number): Rational => mul(share, rational(BigInt(count)))

function checkEvent(condition: Condition, shape: Shape): void {
  if (condition.trigger.kind !== 'event') return
  const parents = shape.parents.get(condition.id)!
  const closed = parents.map((parent) => closedBy(condition, parent, shape))
  if (parents.length > 0 && closed.every((by) => by !== null)) {
    const at = `${condition.param}.trigger`
    throw new Fault(
      'empty_window',
      `${at}: "${condition.id}" has no day on which its event counts: ${closed[0]}`,
      {
        param: at,
      },
    )
  }
  if (vestsNothing(condition) || compare(shape.vested.get(condition.id)!, ONE) < 0) return
  throw new Fault(
    'impossible_event',
    `${condition.param}: everything has vested before "${condition.id}" can be met; put it where something is left`,
    { param: condition.param },
  )
}

/** Why a condition that stands earlier in the list is met on the very day on which the event begins to count. */
function closedBy(event: Condition, parent: Condition, shape: Shape): string | null {
  // While a condition recurs an event may come between its occurrences.
  if (!isMoment(parent)) return null
  for (const id of parent.next.slice(0, parent.next.indexOf(event.id))) {
    const rival = shape.graph.conditions.get(id)!
    const { trigger } = rival
    if (trigger.kind === 'on') {
      const day = shape.earliest.get(parent.id)!
      if (trigger.day > day) continue
      return `"${id}" takes over on ${formatDay(trigger.day)}, and it begins on ${formatDay(day)} or later`
    }
    if (trigger.kind === 'after' && isPast(trigger, parent, shape)) {
      return `"${id}" takes over as soon as "${parent.id}" is met; let it come later, or name it after the event`
    }
  }
  return null
}

/** Minus infinity when no fixed date says anything. */
function earliestDay(
  condition: Condition,
  above: readonly Condition[],
  known: ReadonlyMap<string, Day>,
): Day {
  const inherited = Math.min(...above.map(({ id }) => known.get(id)!))
  const { trigger } = condition
  const floor = above.length === 0 ? Number.NEGATIVE_INFINITY : inherited
  return trigger.kind === 'on' ? Math.max(trigger.day, floor) : floor
}

const isMoment = ({ trigger }: Condition): boolean =>
  trigger.kind !== 'after' || trigger.length === 0 || trigger.cliff === trigger.occurrences

/** Whether `rival` is met by the time `parent` is, whatever the start. */
function isPast(rival: Recurrence, parent: Condition, shape: Shape): boolean {
  const due = rival.length * rival.cliff
  if (rival.of === parent.id) return due === 0
  if (parent.trigger.kind !== 'after' || parent.trigger.of !== rival.of) {
    return (leastAfter(parent, rival.of, rival.unit, shape) ?? -1) > due
  }
  const own = parent.trigger.length * parent.trigger.cliff
  if (parent.trigger.unit !== rival.unit) return false
  return own > due || (own === due && parent.trigger.dayOfMonth === rival.dayOfMonth)
}

/** At least so many units lie between the last day of `from` and the day on which `condition` is met; null: unknown. */
function leastAfter(condition: Condition, from: string, unit: Unit, shape: Shape): number | null {
  const { trigger } = condition
  if (trigger.kind !== 'after' || trigger.unit !== unit) return null
  const own = trigger.length * trigger.cliff
  if (trigger.of === from) return own
  const before = leastAfter(shape.graph.conditions.get(trigger.of)!, from, unit, shape)
  return before === null ? null : before + own
}

/** Whichever way led here; an event may come as soon as the one before it is met. */
function leastVested(above: readonly Condition[], known: ReadonlyMap<string, Rational>): Rational {
  const sums = above.map((parent) => {
    const so = known.get(parent.id)!
    const first = parent.trigger.kind === 'after' ? parent.trigger.cliff : 1
    const share = times(shareOf(parent), first)
    return add(so, parent.vests.kind === 'remainder' ? mul(share, sub(ONE, so)) : share)
  })
  return sums.reduce((a, b) => (compare(a, b) <= 0 ? a : b), sums[0] ?? ZERO)
}
