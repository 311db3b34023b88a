import type { Timeline } from './life.ts'
import type { Installment } from './schedule.ts'

/**
 * The tranches still to come of a grant of which `vestedSoFar` has vested: what the curve of the timeline reaches above
 * that, on its days. What has vested stays: a curve that lies lower vests nothing until it has caught up. A day at or
 * before the timeline's own is due at once. The sum is resolvesTo.total − vestedSoFar, or 0 if that is negative.
 */
export function replan(
  vestedSoFar: bigint,
  { resolvesTo }: Pick<Timeline, 'resolvesTo'>,
): readonly Installment[] {
  const result: Installment[] = []
  let curve = 0n
  let planned = vestedSoFar
  for (const { date, quantity } of resolvesTo.installments) {
    curve += quantity
    if (curve <= planned) continue
    result.push({ date, quantity: curve - planned })
    planned = curve
  }
  return result
}
