import type { AllocationType } from '../allocate.ts'
import type { Day } from '../dates.ts'
import { parseDay } from '../dates.ts'
import { ALWAYS, UNDATED, type Item, type OpenEvent, type Plan } from '../item.ts'
import type { Cause } from '../life.ts'
import type { ParsedRuntime } from '../runtime.ts'
import { evaluateGraph, type GraphAnswer } from './evaluate.ts'
import type { Condition, Graph } from './graph.ts'

/**
 * What a graph of conditions makes of a grant, as items of a life: what its way vests, and the rest as one item that
 * waits while an event may still lead on, or is lost. `asOf`: events up to this day are known; ALWAYS: none is asked for.
 * Faults as of `evaluateGraph`.
 */
export function planGraph(
  graph: Graph,
  facts: {
    readonly quantity: bigint
    readonly runtime: ParsedRuntime
    readonly allocation: AllocationType
    readonly asOf: Day
  },
): Plan {
  const { quantity, runtime, allocation } = facts
  const answer = evaluateGraph(graph, { quantity, runtime, allocation, knownUntil: facts.asOf })
  const items = resolvedItems(graph, answer, runtime)
  const rest = quantity - items.reduce((sum, item) => sum + item.quantity, 0n)
  const open = openEvents(graph, answer)
  if (rest > 0n) items.push(restItem(graph, answer, { rest, open }))
  return { items, open }
}

function resolvedItems(graph: Graph, answer: GraphAnswer, { firings }: ParsedRuntime): Item[] {
  const known = new Map<string, Day>()
  const rank = new Map(answer.path.map((id, index) => [id, index]))
  let since = ALWAYS
  for (const id of answer.path) {
    if (graph.conditions.get(id)!.trigger.kind === 'event') since = Math.max(since, firings.get(id)!)
    known.set(id, since)
  }
  return answer.tranches
    .filter(({ state }) => state === 'resolved')
    .map(({ condition, day, quantity }, index) => ({
      day: day!,
      quantity,
      cause: causeOf(graph.conditions.get(condition)!),
      lostOn: null,
      knownFrom: known.get(condition)!,
      rank: rank.get(condition)!,
      waiting: false,
      firm: index < answer.storable,
    }))
}

const causeOf = ({ id, param, trigger }: Condition): Cause =>
  trigger.kind === 'event' ? { kind: 'event', at: param, event: id } : { kind: 'time', at: param }

function openEvents(graph: Graph, answer: GraphAnswer): OpenEvent[] {
  const unmet = new Map(answer.tranches.map((tranche) => [tranche.condition, tranche]))
  return answer.absenceAssumptions.map(({ event, from, until }) => ({
    event,
    at: graph.conditions.get(event)!.param,
    after: from === null ? ALWAYS : parseDay(from)!,
    before: until === null ? UNDATED : parseDay(until)!,
    quantity: unmet.get(event)?.quantity ?? 0n,
  }))
}

function restItem(
  graph: Graph,
  answer: GraphAnswer,
  facts: { readonly rest: bigint; readonly open: readonly OpenEvent[] },
): Item {
  const last = graph.conditions.get(answer.path.at(-1) ?? graph.roots[0]!)!
  const event = facts.open[0]
  const waitsForStart = answer.blockers.some(({ kind }) => kind === 'start')
  const cause: Cause = waitsForStart
    ? { kind: 'start_unknown', at: last.param }
    : event
      ? { kind: 'event', at: event.at, event: event.event }
      : { kind: 'time', at: last.param }
  const waiting = waitsForStart || event !== undefined
  const mayWaitForever = waitsForStart || facts.open.some(({ before }) => before === UNDATED)
  return {
    day: UNDATED,
    quantity: facts.rest,
    cause,
    lostOn: waiting ? null : (answer.endedOn ?? ALWAYS),
    knownFrom: UNDATED,
    rank: answer.path.length,
    waiting,
    // Where the way has its end, what it leaves is lost there unless an event leads another way before.
    missedOn: mayWaitForever ? UNDATED : (answer.endedOn ?? UNDATED),
    firm: false,
  }
}
