import { need } from './check.ts'
import type { Demand } from './demand.ts'
import { exponentials } from './exponentials.ts'
import { type Stream, uniform } from './random.ts'
import { fillNormals } from './ziggurat.ts'

/** What can be used from each month on (index 0: already there) and for how many months, its first one included. */
export type Lots = { readonly quantities: readonly number[]; readonly life: number }

/** What comes in by month: what is there already can first be used in month 1. */
export const arrivals = (quantities: readonly number[]): Float64Array =>
  Float64Array.from(quantities, (quantity, month) =>
    month === 0 ? 0 : month === 1 ? quantity + quantities[0]! : quantity,
  )

/**
 * Draws one path of use: each month's demand is met from the lots that are left, the oldest first; what a lot does not give within its
 * life is lost. Fills `used` and, as the control, `alone`: what would be used if each month had its own arrivals only.
 */
export function openUse({ quantities, life }: Lots, demand: Demand, stream: Stream) {
  need('count', { life })
  need('share', { 'demand.active': demand.active })
  need('notNegative', { 'demand.mean': demand.mean, 'demand.variation': demand.variation })
  const coming = arrivals(quantities)
  const months = coming.length - 1
  const left = new Float64Array(coming.length)
  const wants = new Float64Array(months)
  const square = Math.log1p(demand.variation ** 2)
  const centres = new Float64Array(months).fill(Math.log(demand.mean) - square / 2)
  function draw(): void {
    if (demand.mean === 0) return
    fillNormals(stream, wants, months, Math.sqrt(square))
    exponentials(wants, centres, wants, 0, months)
    if (demand.active === 1) return
    for (let month = 0; month < months; month += 1) if (uniform(stream) >= demand.active) wants[month] = 0
  }
  return (used: Float64Array, alone: Float64Array): void => {
    draw()
    left.set(coming)
    let oldest = 1
    for (let month = 1; month < coming.length; month += 1) {
      const wanted = wants[month - 1]!
      oldest = Math.max(oldest, month - life + 1)
      let open = wanted
      for (let lot = oldest; lot <= month && open > 0; lot += 1) {
        const taken = Math.min(open, left[lot]!)
        left[lot]! -= taken
        open -= taken
        if (left[lot] === 0 && lot === oldest) oldest += 1
      }
      used[month] = wanted - open
      alone[month] = Math.min(wanted, coming[month]!)
    }
  }
}
