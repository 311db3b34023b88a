import { Fault } from '#base/fault.ts'
import { never } from '#base/invariant.ts'
import { add, compare, floor, mul, ONE, rational, ZERO, type Rational } from '#base/rational.ts'
import type { AllocationType } from '../allocate.ts'
import { allocate } from '../allocate.ts'
import { occurrencesOf, shareOf, type Condition } from './graph.ts'

/** How far a grant has come on its way: the whole amounts that vested, and the exact share that they stand for. */
export type Progress = { readonly vested: bigint; readonly share: Rational }

export const NOTHING: Progress = { vested: 0n, share: ZERO }

export type Occurrences = {
  /** One for each time that something vests: a cliff's lump first. */
  readonly amounts: readonly bigint[]
  /** After so many of them. */
  readonly after: (count: number) => Progress
}

/**
 * What the occurrences of one condition vest. Each condition is allocated on its own, so that nothing that comes later
 * changes what has vested: the cumulative types round the running total of the whole grant; the loaded ones give a
 * condition its rounded-down part of that total, and load the first or last of its own occurrences.
 */
export function amountsOf(
  condition: Condition,
  facts: { readonly quantity: bigint; readonly progress: Progress; readonly allocation: AllocationType },
): Occurrences {
  const { quantity, allocation } = facts
  if (quantity === 0n) return { amounts: [], after: () => NOTHING }
  const { share, from } = shareOfEach(condition, quantity, facts.progress)
  const cliff = condition.trigger.kind === 'after' ? condition.trigger.cliff : 1
  const count = occurrencesOf(condition)
  const reached = Array.from({ length: count - cliff + 1 }, (_, index) =>
    add(from.share, mul(share, rational(BigInt(cliff + index)))),
  )
  const end = reached.at(-1)!
  if (compare(end, ONE) > 0 || from.vested > quantity) throw overAllocated(condition, end)
  const amounts = allocated({ reached, quantity, vested: from.vested, allocation, cliff, count })
  return {
    amounts,
    after: (met) => ({
      vested: amounts.slice(0, met).reduce((sum, amount) => sum + amount, from.vested),
      share: met === 0 ? from.share : reached[met - 1]!,
    }),
  }
}

function shareOfEach(
  condition: Condition,
  quantity: bigint,
  progress: Progress,
): { readonly share: Rational; readonly from: Progress } {
  const { vests } = condition
  switch (vests.kind) {
    case 'share':
      return { share: vests.share, from: progress }
    case 'quantity':
      return { share: rational(vests.quantity, quantity), from: progress }
    case 'remainder': {
      // What is left is counted in whole units, as anybody can see them.
      const left = rational(quantity - progress.vested, quantity)
      return {
        share: mul(shareOf(condition), left),
        from: { vested: progress.vested, share: rational(progress.vested, quantity) },
      }
    }
    default:
      return never(vests)
  }
}

function allocated(facts: {
  readonly reached: readonly Rational[]
  readonly quantity: bigint
  readonly vested: bigint
  readonly allocation: AllocationType
  readonly cliff: number
  readonly count: number
}): bigint[] {
  const { reached, quantity, allocation, cliff, count } = facts
  const whole = rational(quantity)
  switch (allocation) {
    case 'CUMULATIVE_ROUND_DOWN':
      return differences(
        facts.vested,
        reached.map((share) => floor(mul(whole, share))),
      )
    case 'CUMULATIVE_ROUNDING':
      return differences(
        facts.vested,
        reached.map((share) => floor(add(mul(whole, share), HALF))),
      )
    case 'FRONT_LOADED':
    case 'BACK_LOADED':
    case 'FRONT_LOADED_TO_SINGLE_TRANCHE':
    case 'BACK_LOADED_TO_SINGLE_TRANCHE': {
      const total = floor(mul(whole, reached.at(-1)!)) - facts.vested
      const weights = reached.map((_, index) => rational(index === 0 ? BigInt(cliff) : 1n, BigInt(count)))
      return allocate(total < 0n ? 0n : total, weights, allocation)
    }
    default:
      return never(allocation)
  }
}

const HALF = rational(1n, 2n)

/** What brings the running total to each target; one that has been passed already gives nothing. */
function differences(start: bigint, targets: readonly bigint[]): bigint[] {
  let vested = start
  return targets.map((target) => {
    const amount = target > vested ? target - vested : 0n
    vested += amount
    return amount
  })
}

const overAllocated = ({ id, param }: Condition, end: Rational): Fault =>
  new Fault(
    'over_allocated',
    `${param}: with "${id}" ${end.n}/${end.d} of the grant would have vested; lower what it or those before it vest`,
    { param },
  )
