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
  const traits = traitsOf(statements, pending, { ...facts, firstRank })

  const items: Item[] = []
  const undated: Item[] = []
  let trait = traits.get(statements[0]!)!
  for (let index = 0; index < portions.length; index += 1) {
    const { day, statement } = portions[index]!
    const quantity = amounts.dated[index]!
    const isFirm = firm === null || firm[index]!
    if (trait.statement !== statement) trait = traits.get(statement)!
    if (day === UNDATED || trait.missedOn !== UNDATED)
      undated.push(undatedItem(trait, { quantity, isFirm }, facts))
    else items.push(itemOf(trait, { day, quantity, isFirm }))
  }
  for (const [index, { statement }] of waiting.entries()) {
    undated.push(
      undatedItem(traits.get(statement)!, { quantity: amounts.waiting[index]!, isFirm: false }, facts),
    )
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

/** What all items of a statement have in common. */
type Traits = {
  readonly statement: Statement
  readonly cause: Cause
  readonly lostOn: Day | null
  readonly knownFrom: Day
  readonly rank: number
  readonly missedOn: Day
}

function traitsOf(
  statements: readonly Statement[],
  pending: readonly Pending[],
  { runtime, firstRank }: PlanFacts & { readonly firstRank: number },
): Map<Statement, Traits> {
  const traits = new Map<Statement, Traits>()
  for (const [index, statement] of statements.entries()) {
    const { event, param: at } = statement
    const cause: Cause = event === null ? { kind: 'time', at } : { kind: 'event', at, event: event.id }
    const knownFrom = event === null ? ALWAYS : (countedFiring(event, runtime) ?? UNDATED)
    const rank = firstRank + index
    traits.set(statement, { statement, cause, lostOn: null, knownFrom, rank, missedOn: UNDATED })
  }
  for (const { statement, cause, lostOn, missedOn } of pending) {
    traits.set(statement, { ...traits.get(statement)!, cause, lostOn, missedOn, knownFrom: UNDATED })
  }
  return traits
}

type Amount = { readonly quantity: bigint; readonly isFirm: boolean }

const itemOf = (traits: Traits, { day, quantity, isFirm }: Amount & { readonly day: Day }): Item => ({
  day,
  quantity,
  cause: traits.cause,
  lostOn: traits.lostOn,
  knownFrom: traits.knownFrom,
  rank: traits.rank,
  waiting: false,
  missedOn: UNDATED,
  firm: isFirm,
})

/** It waits for its event or for the start, was lost, or rests in a pause without an end. */
function undatedItem(traits: Traits, { quantity, isFirm }: Amount, { calendar }: PlanFacts): Item {
  const { cause, lostOn, missedOn, statement } = traits
  const rests = cause.kind === 'time' || (cause.kind === 'event' && traits.knownFrom !== UNDATED)
  const own: Cause = rests ? { kind: 'pause', at: statement.param, from: holding(calendar)!.from } : cause
  const item = itemOf(traits, { day: UNDATED, quantity, isFirm: isFirm && (rests || lostOn !== null) })
  return { ...item, cause: own, waiting: lostOn === null, missedOn }
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
