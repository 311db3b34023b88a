import { Fault } from '#base/fault.ts'
import { floor, fromDecimal, rational } from '#base/rational.ts'
import { addDays, type DateText } from '#base/time.ts'
import type { Hardware } from '#prices/hardware/hardware.ts'
import { isUsable, seriesOf } from '#prices/hardware/observation.ts'
import { median } from '#prices/hardware/statistics.ts'
import { usdOfNano } from '#valuation/money.ts'

/** Dollars an hour, for or at so many years from today. */
export type Point = { readonly years: number; readonly price: number }

const MOST_POINTS = 24
const MOST_YEARS = 10
const MOST_USD = 1_000
/** How old an offer of a longer term may be. */
const RECENT_DAYS = 92
const MOST_PAGES = 20

/** What people type, as years:dollars with commas between; null when nothing was. Throws Fault `invalid` with the field as `param`. */
export function pointsOf(param: string, text: string | undefined): readonly Point[] | null {
  if (text === undefined) return null
  const wrong = (why: string): Fault =>
    new Fault('invalid', `${param} is "${text.slice(0, 60)}"; ${why}`, { param })
  const points = text.split(',').map((part) => {
    const [years, price, more] = part.split(':').map((one) => one.trim())
    const told = [years, price].every((one) => one !== undefined && fromDecimal(one) !== null)
    if (!told || more !== undefined)
      throw wrong('give years:dollars with commas between, such as 1:2.30,3:1.90')
    return { years: Number(years), price: Number(price) }
  })
  if (points.length > MOST_POINTS) throw wrong(`give at most ${MOST_POINTS}`)
  for (const [index, { years, price }] of points.entries()) {
    if (!(years > (points[index - 1]?.years ?? 0) && years <= MOST_YEARS))
      throw wrong(`give years that go up, above 0 and at most ${MOST_YEARS}`)
    if (!(price > 0 && price <= MOST_USD)) throw wrong(`give dollars above 0 and at most ${MOST_USD}`)
  }
  return points
}

/** What an hour costs who commits to a term: the median over the last sightings of each offer, by term; null when there are none. */
export async function termsOf(
  hardware: Pick<Hardware, 'observations'>,
  accelerator: string,
  day: DateText,
): Promise<readonly Point[] | null> {
  const last = new Map<string, { readonly months: number; readonly nano: bigint }>()
  let after: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { rows, next } = await hardware.observations({
      accelerator,
      from: addDays(day, -RECENT_DAYS),
      to: day,
      after,
    })
    for (const row of rows)
      if (row.tier === 'reserved' && row.termMonths !== null && isUsable(row))
        last.set(seriesOf(row), { months: row.termMonths, nano: row.priceNano })
    if (next === null) break
    after = next
  }
  const offers = Map.groupBy(last.values(), ({ months }) => months)
  if (offers.size === 0) return null
  return [...offers]
    .toSorted(([a], [b]) => a - b)
    .map(([months, own]) => ({
      years: months / 12,
      price: usdOfNano(floor(median(own.map(({ nano }) => rational(nano))))),
    }))
}
