import { formatMoney } from '#base/money.ts'

/** Says amounts of one currency. */
export const money =
  (currency: string) =>
  (amount: bigint, style: 'cents' | 'exact' = 'cents'): string =>
    formatMoney(amount, currency, style)
