import type { Rational } from '#base/rational.ts'
import { add, div, floor, mul, rational, ZERO } from '#base/rational.ts'
import type { AllocationType } from './allocate.ts'
import { allocate } from './allocate.ts'
import type { Portion } from './cliff.ts'
import { UNDATED } from './item.ts'
import type { Statement } from './template.ts'

/** What is to be made whole: portions in vesting order, and the statements that have none yet. */
type Run = {
  readonly quantity: bigint
  readonly allocation: AllocationType
  readonly statements: readonly Statement[]
  readonly portions: readonly Portion[]
  readonly waiting: readonly Statement[]
  /** What an event may still bring between the portions. */
  readonly loose: readonly Statement[]
}

type Amounts = { readonly dated: readonly bigint[]; readonly waiting: readonly bigint[] }

/** One running total over everything that has a day; what waits takes the rest of the whole, in its own order. */
export function inOneRun({ quantity, allocation, portions, waiting }: Run): Amounts {
  const shares = portions.map(({ share }) => share)
  const dated = allocate(quantity, shares, allocation)
  if (waiting.length === 0) return { dated, waiting: [] }
  let given = dated.reduce((sum, amount) => sum + amount, 0n)
  let accrued = shares.reduce(add, ZERO)
  return {
    dated,
    waiting: waiting.map(({ share }) => {
      accrued = add(accrued, share)
      const amount = floor(mul(rational(quantity), accrued)) - given
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
export function byStatement({ statements, portions, waiting, quantity, allocation }: Run): Amounts {
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
    const amount = floor(mul(rational(quantity), accrued)) - given
    given += amount
    for (const statement of group) left.set(statement, amount)
    const own = places[index]!
    if (own.length === 0 || whole.n === 0n) continue
    const shares = own.map((place) => div(portions[place]!.share, whole))
    for (const [step, part] of allocate(amount, shares, allocation).entries()) dated[own[step]!] = part
  }
  return { dated, waiting: waitingAmounts(waiting, left) }
}

/** Statements of one group that wait share its amount: only an unknown start makes several of them wait. */
function waitingAmounts(waiting: readonly Statement[], left: ReadonlyMap<Statement, bigint>): bigint[] {
  let timedGiven = false
  return waiting.map((statement) => {
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
export function firmness({ portions, loose: open, quantity, allocation }: Run): boolean[] {
  if (allocation !== 'CUMULATIVE_ROUND_DOWN') return portions.map(() => true)
  const loose = [
    ...open,
    ...portions
      .filter(({ day, statement }) => day === UNDATED && statement.event !== null)
      .map((p) => p.statement),
  ]
  const isWhole = (exact: Rational): boolean => (quantity * exact.n) % exact.d === 0n
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
