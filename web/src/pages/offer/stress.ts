import { denominationOf, halfEven, rational } from '../../lib/base.ts'
import type { CandidateTerms, OfferLineWorth, OfferWorth } from '../../lib/contract.ts'
import { nano, sum } from '../../lib/money.ts'

/** What an offer comes to when an hour costs so many percent more or less. Exact; the quantities stay as they are promised. */

export const LEAST = -90
export const MOST = 60
export const STEP = 5

/** Dollars are dollars and months of a seat are paid by the month: only what is bought by hour, operation or token moves. */
export function moves({ asset, price }: Pick<OfferLineWorth, 'asset' | 'price'>): boolean {
  const denomination = denominationOf(asset)
  return price.kind === 'priced' && denomination !== 'usd' && denomination !== 'seat_month'
}

export type Stressed = {
  readonly cap: bigint
  readonly expected: bigint
  readonly totalCap: bigint
  readonly totalExpected: bigint
}

const scaled = (amount: bigint, percent: number): bigint =>
  halfEven(rational(amount * BigInt(100 + percent), 100n))

/** Of the four years. */
export function stressed({ lines, total }: Pick<OfferWorth, 'lines' | 'total'>, percent: number): Stressed {
  const change = (of: (line: OfferLineWorth) => bigint): bigint =>
    sum(lines.filter(moves).map((line) => scaled(of(line), percent) - of(line)))
  const [cap, expected] = [
    change(({ total: all }) => nano(all.cap)),
    change(({ total: all }) => nano(all.expected)),
  ]
  return {
    cap: nano(total.compute_cap) + cap,
    expected: nano(total.compute_expected) + expected,
    totalCap: nano(total.total_cap) + cap,
    totalExpected: nano(total.total_expected) + expected,
  }
}

export const isMoved = ({ worth }: Pick<CandidateTerms, 'worth'>): boolean => worth.lines.some(moves)

/** "+60%", "−90%". */
export const signed = (percent: number): string =>
  `${percent < 0 ? '−' : percent > 0 ? '+' : ''}${Math.abs(percent)}%`
