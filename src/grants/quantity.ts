import type { Denomination } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { never } from '#base/invariant.ts'
import type { QuantityBasis, Terms } from './terms.ts'

/** The largest quantity: what PostgreSQL's bigint holds, 9.2 billion dollars in nano-dollars. */
export const MAX_QUANTITY = 2n ** 63n - 1n
/** A hundred years: whoever gives more has counted something else. */
const MAX_SEAT_MONTHS = 1_200n

type Counted = Pick<Terms, 'basis' | 'denomination'>

/** The quantity of the whole grant, from the quantity as its basis counts it. */
export function totalQuantity(terms: Counted, quantity: bigint): bigint {
  const remedy = remedyFor(terms, quantity)
  if (remedy === null) return quantity * BigInt(factor(terms.basis))
  throw new Fault('invalid', `quantity is ${quantity}; ${remedy}`, { param: 'quantity' })
}

/** What to do about a quantity that cannot be granted; null when it can. */
export function remedyFor({ basis, denomination }: Counted, quantity: bigint): string | null {
  const most = denomination === 'seat_month' ? MAX_SEAT_MONTHS : MAX_QUANTITY
  if (quantity > 0n && quantity * BigInt(factor(basis)) <= most) return null
  return `give ${SMALLEST[denomination]} above 0 whose total is at most ${most}`
}

/** What a quantity counts, in words. */
export const SMALLEST: Readonly<Record<Denomination, string>> = {
  usd: 'nano-dollars',
  seat_month: 'months of a seat',
  gpu_hour: 'GPU-seconds',
  node_hour: 'node-seconds',
  exaflop_day: 'nano-exaFLOP-days',
  token: 'tokens',
}

function factor(basis: QuantityBasis): number {
  switch (basis.kind) {
    case 'total':
      return 1
    case 'per_installment':
      return basis.installments
    default:
      return never(basis)
  }
}
