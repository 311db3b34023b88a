import type { DateText } from '../../lib/base.ts'
import type { Nano } from '../../lib/contract.ts'

/** What the ledger will write when a grant begins: known to the digit, because the plan is. */
export type EntryToBe = {
  readonly what: string
  readonly from: 'promised' | 'unvested'
  readonly to: 'unvested' | 'available'
  readonly amount: Nano
}

type Planned = { readonly n: number; readonly date: DateText | null; readonly quantity: Nano }

/** The promise, and each tranche whose day has come by `day`. */
export const entriesToBe = (
  quantity: Nano,
  tranches: readonly Planned[],
  day: DateText,
): readonly EntryToBe[] => [
  { what: 'Granted', from: 'promised', to: 'unvested', amount: quantity },
  ...tranches
    .filter(({ date }) => date !== null && date <= day)
    .map((tranche): EntryToBe => ({
      what: `Tranche ${tranche.n} vests`,
      from: 'unvested',
      to: 'available',
      amount: tranche.quantity,
    })),
]
