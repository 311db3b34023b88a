import type { Millis } from '#base/time.ts'
import { dayOf } from '#base/time.ts'
import type { DateText } from '#base/time.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import type { Basis } from '#prices/hardware/mark.ts'
import type { Confidence } from '#valuation/fit.ts'
import { usdOfNano } from '#valuation/money.ts'
import { fitLogOu, type OuFit } from '#valuation/ou-fit.ts'

/** From here on there are shipped prices. */
const FROM: DateText = '2024-01-01'
const LONGEST_MONTHS = 96
/** A month-end price that is older than this was carried on from before. */
const CARRIED_DAYS = 45
const MONTH = 1 / 12

export type Calibration = Confidence & {
  /** Month-end prices that follow on each other, dollars, oldest first: what was fitted. */
  readonly prices: readonly number[]
  readonly from: DateText | null
  readonly to: DateText | null
  readonly fit: OuFit | null
}

/**
 * A return to a level, fitted on the latest months in a row that have prices of the accelerator itself. What was carried on from earlier
 * months, or scaled from another accelerator, tells nothing of how prices move, and a gap would be read as one month: both end the row.
 */
export async function calibrate(
  hardware: Pick<Hardware, 'history'>,
  { accelerator, basis }: { readonly accelerator: string; readonly basis: Basis },
  now: Millis,
): Promise<Calibration> {
  const to = dayOf(now)
  const earliest = `${Number(to.slice(0, 4)) - LONGEST_MONTHS / 12}${to.slice(4, 7)}-01`
  const marks = await hardware.history(
    { accelerator, basis },
    { from: earliest > FROM ? earliest : FROM, to },
  )
  const rows: { day: DateText; usd: number }[][] = [[]]
  for (const found of marks) {
    if (
      found.kind === 'mark' &&
      found.mark.staleDays <= CARRIED_DAYS &&
      found.mark.step !== 'h100_equivalent'
    )
      rows.at(-1)!.push({ day: found.mark.question.asOf, usd: usdOfNano(found.mark.mid) })
    else if (rows.at(-1)!.length > 0) rows.push([])
  }
  const longest = rows.reduce((best, row) => (row.length >= best.length ? row : best))
  const prices = longest.map(({ usd }) => usd)
  const fit = fitLogOu(prices, MONTH)
  const none =
    prices.length < 4
      ? `only ${prices.length} months in a row have prices of their own; a fit takes 4 at least`
      : 'no return to a level can be seen in the months that have prices'
  return {
    prices,
    from: longest[0]?.day ?? null,
    to: longest.at(-1)?.day ?? null,
    fit,
    weak: fit?.weak ?? true,
    reasons: fit ? fit.reasons : [`${none}: what is usually assumed is taken`],
  }
}
