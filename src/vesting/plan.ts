import { Fault } from '#base/fault.ts'
import type { Rational } from '#base/rational.ts'
import { add, div, floor, mul, rational, ZERO } from '#base/rational.ts'
import type { AllocationType } from './allocate.ts'
import { allocate } from './allocate.ts'
import type { Calendar } from './calendar.ts'
import { holding } from './calendar.ts'
import { countedFiring, portionsInOrder } from './chain.ts'
import type { Portion } from './cliff.ts'
import type { Day } from './dates.ts'
import { formatDay } from './dates.ts'
import type { Item, OpenEvent, Plan } from './item.ts'
import { ALWAYS, UNDATED } from './item.ts'
import type { Cause } from './life.ts'
import type { ParsedRuntime } from './runtime.ts'
import type { Statement, Template } from './template.ts'

export type PlanFacts = {
  readonly quantity: bigint
  readonly runtime: ParsedRuntime
  readonly allocation: AllocationType
  readonly calendar: Calendar
  /** The day of the answer: windows that end before it have ended. ALWAYS when none is asked for. */
  readonly asOf: Day
}

/**
 * What the statements make of a quantity: whole amounts for everything that has a day, then for what waits or was lost.
 * All of them together are floor(quantity × Σ shares).
 */
export function planChains(chains: readonly Template[], facts: PlanFacts): Plan {
  const portions = portionsInOrder(chains, facts.runtime, facts.calendar)
  const statements = chains.flat()
  const waiting = waitingOf(statements, facts)
  const hasEvents = statements.some(({ event }) => event !== null)
  const amounts =
    hasEvents && facts.allocation !== 'CUMULATIVE_ROUND_DOWN'
      ? byStatement(statements, portions, waiting, facts)
      : inOneRun(portions, waiting, facts)
  const rankOf = new Map(statements.map((statement, rank) => [statement, rank]))
  const firm = hasEvents ? firmness(portions, waiting, facts) : null
  const items: Item[] = []
  for (const [index, { day, statement }] of portions.entries()) {
    const quantity = amounts.dated[index]!
    if (quantity === 0n) continue
    items.push({
      day,
      quantity,
      cause: causeOf(statement, day, facts),
      lostOn: null,
      knownFrom: statement.event === null ? ALWAYS : countedFiring(statement.event, facts.runtime)!,
      rank: rankOf.get(statement)!,
      waiting: day === UNDATED,
      firm: firm === null || firm[index]!,
    })
  }
  const open: OpenEvent[] = []
  for (const [index, { statement, cause, lostOn }] of waiting.entries()) {
    const quantity = amounts.waiting[index]!
    if (quantity > 0n) {
      const rank = rankOf.get(statement)!
      const isWaiting = lostOn === null
      items.push({
        day: UNDATED,
        quantity,
        cause,
        lostOn,
        knownFrom: UNDATED,
        rank,
        waiting: isWaiting,
        firm: false,
      })
    }
    const { event } = statement
    if (event === null || facts.runtime.firings.has(event.id) || statement.share.n === 0n) continue
    open.push({ event: event.id, at: statement.param, after: event.after, before: event.before, quantity })
  }
  return { items, open }
}

/** Refuses a firing that no window takes: where there is no day of the answer, there is nobody to tell it as a verdict. */
export function refuseOutside(chains: readonly Template[], runtime: ParsedRuntime): void {
  for (const { event, param } of chains.flat()) {
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

/** A statement that vests nothing yet, and whether it ever can. */
type Waiting = { readonly statement: Statement; readonly cause: Cause; readonly lostOn: Day | null }

function waitingOf(statements: readonly Statement[], { runtime, asOf }: PlanFacts): Waiting[] {
  return statements.flatMap((statement): Waiting[] => {
    const { event, param: at } = statement
    if (event !== null && countedFiring(event, runtime) === null) {
      const firing = runtime.firings.get(event.id) ?? null
      const lostOn = lostByWindow({ firing, after: event.after, before: event.before, asOf })
      const kind = lostOn === null ? 'event' : 'window'
      return [{ statement, cause: { kind, at, event: event.id }, lostOn }]
    }
    if (runtime.start !== null) return []
    return [{ statement, cause: { kind: 'start_unknown', at }, lostOn: null }]
  })
}

/** An event fires once: fired too early it never counts, and it is missed from the day after its window's end. */
function lostByWindow(window: {
  readonly firing: Day | null
  readonly after: Day
  readonly before: Day
  readonly asOf: Day
}): Day | null {
  const { firing, after, before, asOf } = window
  if (firing !== null && firing < after) return firing
  return firing !== null || asOf > before ? before + 1 : null
}

function causeOf({ event, param: at }: Statement, day: Day, { calendar }: PlanFacts): Cause {
  if (day === UNDATED) return { kind: 'pause', at, from: holding(calendar)!.from }
  return event === null ? { kind: 'time', at } : { kind: 'event', at, event: event.id }
}

type Amounts = { readonly dated: readonly bigint[]; readonly waiting: readonly bigint[] }

/** One running total over everything that has a day; what waits takes the rest of the whole, in its own order. */
function inOneRun(portions: readonly Portion[], waiting: readonly Waiting[], facts: PlanFacts): Amounts {
  const shares = portions.map(({ share }) => share)
  const dated = allocate(facts.quantity, shares, facts.allocation)
  if (waiting.length === 0) return { dated, waiting: [] }
  let given = dated.reduce((sum, amount) => sum + amount, 0n)
  let accrued = shares.reduce(add, ZERO)
  return {
    dated,
    waiting: waiting.map(({ statement }) => {
      accrued = add(accrued, statement.share)
      const amount = floor(mul(rational(facts.quantity), accrued)) - given
      given += amount
      return amount
    }),
  }
}

/**
 * The other allocation types look at the whole, so one run would give again what has vested whenever an event fires.
 * Here all that vests by time is one group and every statement with an event is one of its own, each of a size that no
 * event changes.
 */
function byStatement(
  statements: readonly Statement[],
  portions: readonly Portion[],
  waiting: readonly Waiting[],
  facts: PlanFacts,
): Amounts {
  const timed = statements.filter(({ event }) => event === null)
  const groups = [timed, ...statements.filter(({ event }) => event !== null).map((one) => [one])]
  const groupOf = new Map(groups.flatMap((group, index) => group.map((one) => [one, index] as const)))
  const places: number[][] = groups.map(() => [])
  for (const [index, { statement }] of portions.entries()) places[groupOf.get(statement)!]!.push(index)

  const dated = portions.map(() => 0n)
  const left = new Map<Statement, bigint>()
  let accrued = ZERO
  let given = 0n
  for (const [index, group] of groups.entries()) {
    const whole = group.reduce((sum, { share }) => add(sum, share), ZERO)
    accrued = add(accrued, whole)
    const amount = floor(mul(rational(facts.quantity), accrued)) - given
    given += amount
    for (const statement of group) left.set(statement, amount)
    const own = places[index]!
    if (own.length === 0 || whole.n === 0n) continue
    const shares = own.map((place) => div(portions[place]!.share, whole))
    for (const [step, part] of allocate(amount, shares, facts.allocation).entries()) dated[own[step]!] = part
  }
  return { dated, waiting: waitingAmounts(waiting, left) }
}

/** Statements of one group that wait share its amount: only an unknown start makes several of them wait. */
function waitingAmounts(waiting: readonly Waiting[], left: ReadonlyMap<Statement, bigint>): bigint[] {
  let timedGiven = false
  return waiting.map(({ statement }) => {
    if (statement.event !== null) return left.get(statement)!
    if (timedGiven) return 0n
    timedGiven = true
    return left.get(statement)!
  })
}

/**
 * Which amounts stay as they are whatever fires later. A firing puts portions between those that stand; it leaves the
 * rounding of the others alone if its own are whole, or if the running total is whole before and after the others.
 */
function firmness(portions: readonly Portion[], waiting: readonly Waiting[], facts: PlanFacts): boolean[] {
  if (facts.allocation !== 'CUMULATIVE_ROUND_DOWN') return portions.map(() => true)
  const loose = [
    ...waiting.filter(({ lostOn }) => lostOn === null).map(({ statement }) => statement),
    ...portions
      .filter(({ day, statement }) => day === UNDATED && statement.event !== null)
      .map((p) => p.statement),
  ]
  const isWhole = (exact: Rational): boolean => (facts.quantity * exact.n) % exact.d === 0n
  const unitOf = ({ share, grid }: Statement): Rational =>
    mul(share, rational(1n, BigInt(grid?.occurrences ?? 1)))
  if (loose.every((statement) => isWhole(unitOf(statement)))) return portions.map(() => true)
  let accrued = ZERO
  let wasWhole = true
  return portions.map(({ share }) => {
    accrued = add(accrued, share)
    const before = wasWhole
    wasWhole = isWhole(accrued)
    return before && wasWhole
  })
}
