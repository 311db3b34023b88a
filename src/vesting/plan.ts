import { Fault } from '#base/fault.ts'
import { add, floor, mul, ONE, rational, ZERO } from '#base/rational.ts'
import type { AllocationType } from './allocate.ts'
import { byStatement, firmness, inOneRun } from './amounts.ts'
import type { Calendar } from './calendar.ts'
import { holding } from './calendar.ts'
import { countedFiring, inVestingOrder, portionsInOrder } from './chain.ts'
import type { Portion } from './cliff.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import type { Chain } from './form.ts'
import type { Item, OpenEvent, Plan } from './item.ts'
import { ALWAYS, UNDATED } from './item.ts'
import type { Cause } from './life.ts'
import type { ParsedRuntime } from './runtime.ts'
import type { Statement, Template } from './template.ts'
import { MAX_STATEMENTS } from './template.ts'

export type PlanFacts = {
  readonly quantity: bigint
  readonly runtime: ParsedRuntime
  readonly allocation: AllocationType
  readonly calendar: Calendar
  /** The day of the answer: windows that end before it have ended. ALWAYS when none is asked for. */
  readonly asOf: Day
}

/**
 * What the statements make of a quantity: whole amounts for everything that has a day, ascending, then for what waits or
 * was lost. All of them together are the floor of the quantity × Σ shares; some may be zero, but have their day. Parts
 * that run beside each other divide the quantity first, each with its own rounding: an event of one part changes no other.
 */
export function planChains(chains: readonly Chain[], facts: PlanFacts): Plan {
  if (chains.length === 1 && chains[0]!.share === ONE) return planChain(chains[0]!.statements, facts, 0)
  let accrued = ZERO
  let given = 0n
  const plans = chains.map(({ share, statements }, part) => {
    accrued = add(accrued, share)
    const quantity = floor(mul(rational(facts.quantity), accrued)) - given
    given += quantity
    return planChain(statements, { ...facts, quantity }, part * MAX_STATEMENTS)
  })
  const items = plans.flatMap((plan) => plan.items)
  return {
    items: items.toSorted((a, b) => (a.day === b.day ? 0 : a.day - b.day)),
    open: plans.flatMap((plan) => plan.open),
  }
}

/**
 * A statement whose event was missed has its place in the order on the day on which it was lost, and one whose window
 * will end on the day on which it would be: what is lost is then as certain as what has vested, whatever fires later,
 * and time that passes changes nothing.
 */
function planChain(statements: Template, facts: PlanFacts, firstRank: number): Plan {
  const dated = portionsInOrder(statements, facts.runtime, facts.calendar)
  const pending = pendingOf(statements, facts)
  const placed = facts.runtime.start === null ? [] : pending.filter(({ missedOn }) => missedOn !== UNDATED)
  const portions =
    placed.length === 0 ? dated : [...dated, ...placed.map(missedPortion)].toSorted(inVestingOrder)
  const waiting = placed.length === 0 ? pending : pending.filter((one) => !placed.includes(one))
  const loose = pending.filter(({ lostOn }) => lostOn === null).map(({ statement }) => statement)

  const hasEvents = statements.some(({ event }) => event !== null)
  const run = { statements, portions, waiting: waiting.map(({ statement }) => statement), loose, ...facts }
  const amounts = hasEvents && facts.allocation !== 'CUMULATIVE_ROUND_DOWN' ? byStatement(run) : inOneRun(run)
  const firm = hasEvents ? firmness(run) : null
  const makeItem = itemMaker(statements, pending, { ...facts, firstRank })

  const items: Item[] = []
  const undated: Item[] = []
  for (const [index, { day, statement }] of portions.entries()) {
    const quantity = amounts.dated[index]!
    const item = makeItem({ day, statement, quantity, firm: firm === null || firm[index]! })
    const list = item.day === UNDATED ? undated : items
    list.push(item)
  }
  for (const [index, { statement }] of waiting.entries()) {
    const quantity = amounts.waiting[index]!
    undated.push(makeItem({ day: UNDATED, statement, quantity, firm: false }))
  }
  for (const item of undated) items.push(item)
  return { items, open: openOf(pending, items, facts) }
}

const missedPortion = ({ statement, missedOn }: Pending): Portion => ({
  day: missedOn,
  statement,
  occurrence: Number.MAX_SAFE_INTEGER,
  share: statement.share,
})

type Made = {
  readonly day: Day
  readonly statement: Statement
  readonly quantity: bigint
  readonly firm: boolean
}

function itemMaker(
  statements: readonly Statement[],
  pending: readonly Pending[],
  facts: PlanFacts & { readonly firstRank: number },
): (made: Made) => Item {
  const rankOf = new Map(statements.map((statement, index) => [statement, facts.firstRank + index]))
  const pendingOn = new Map(pending.map((one) => [one.statement, one]))
  return ({ day, statement, quantity, firm }) => {
    const rank = rankOf.get(statement)!
    const { event } = statement
    const held = pendingOn.get(statement)
    if (held) {
      const { cause, lostOn, missedOn } = held
      const waiting = lostOn === null
      return {
        day: UNDATED,
        quantity,
        cause,
        lostOn,
        knownFrom: UNDATED,
        rank,
        waiting,
        missedOn,
        firm: !waiting,
      }
    }
    return {
      day,
      quantity,
      cause: causeOf(statement, day, facts),
      lostOn: null,
      knownFrom: event === null ? ALWAYS : countedFiring(event, facts.runtime)!,
      rank,
      waiting: day === UNDATED,
      firm,
    }
  }
}

/** Events that have not fired, missed ones too: they could still be told of late. */
function openOf(pending: readonly Pending[], items: readonly Item[], { runtime }: PlanFacts): OpenEvent[] {
  return pending.flatMap(({ statement: { event, share, param: at } }) => {
    if (event === null || runtime.firings.has(event.id) || share.n === 0n) return []
    const own = items.find(({ cause }) => 'at' in cause && cause.at === at)
    return { event: event.id, at, after: event.after, before: event.before, quantity: own?.quantity ?? 0n }
  })
}

/** Refuses a firing that no window takes: where there is no day of the answer, there is nobody to tell it as a verdict. */
export function refuseOutside(chains: readonly Chain[], runtime: ParsedRuntime): void {
  for (const { event, param } of chains.flatMap(({ statements }) => statements)) {
    const firing = event === null ? undefined : runtime.firings.get(event.id)
    if (event === null || firing === undefined || countedFiring(event, runtime) !== null) continue
    const at = `${param}.event_condition`
    const side =
      firing < event.after
        ? `only from ${formatDay(event.after)} on`
        : `only until ${formatDay(event.before)}`
    throw new Fault(
      'impossible_event',
      `${at}: "${event.id}" fired on ${formatDay(firing)}, but it counts ${side}, so this can never vest; correct ` +
        'the firing or the window, or ask for a day with asOf to be told what is impossible',
      { param: at },
    )
  }
}

/** A statement that vests nothing yet, whether it ever can, and when it will be lost if nothing happens. */
type Pending = {
  readonly statement: Statement
  readonly cause: Cause
  readonly lostOn: Day | null
  readonly missedOn: Day
}

function pendingOf(statements: readonly Statement[], { runtime, asOf }: PlanFacts): Pending[] {
  return statements.flatMap((statement): Pending[] => {
    const { event, param: at } = statement
    if (event !== null && countedFiring(event, runtime) === null) {
      const firing = runtime.firings.get(event.id)
      // An event fires once: fired too early it never counts, and it is missed from the day after its window's end.
      const missedOn = firing !== undefined && firing < event.after ? firing : event.before + 1
      const lostOn = firing !== undefined || asOf > event.before ? missedOn : null
      const kind = lostOn === null ? 'event' : 'window'
      return [{ statement, cause: { kind, at, event: event.id }, lostOn, missedOn }]
    }
    if (runtime.start !== null) return []
    return [{ statement, cause: { kind: 'start_unknown', at }, lostOn: null, missedOn: UNDATED }]
  })
}

function causeOf({ event, param: at }: Statement, day: Day, { calendar }: PlanFacts): Cause {
  if (day === UNDATED) return { kind: 'pause', at, from: holding(calendar)!.from }
  return event === null ? { kind: 'time', at } : { kind: 'event', at, event: event.id }
}
