import { formatMoney } from '#base/money.ts'
import { Fault } from '#base/fault.ts'
import { halfEven, mul, rational } from '#base/rational.ts'
import type { OfferCheck } from './checks.ts'
import type { Pay, Position } from './offer.ts'
import { rateOf, type Worth } from './worth.ts'

/** What a level may be offered. One versioned document for the whole company; the latest holds. */

export type Range = { readonly min: bigint; readonly max: bigint }

export type Band = {
  readonly level: string
  /** Empty: any. */
  readonly family: string
  /** Of a year, in billionths of the currency. */
  readonly salary: (Range & { readonly currency: string }) | null
  /** The cap of all compute over four years, in nano-dollars. */
  readonly compute: Range | null
}

export type Bands = {
  readonly bands: readonly Band[]
  /** What the offers that start in a year may promise of compute, at its cap over four years, in nano-dollars. */
  readonly budget: readonly { readonly year: number; readonly compute: bigint }[]
}

export const NO_BANDS: Bands = { bands: [], budget: [] }

const MOST_BANDS = 500
const MOST_YEARS = 50
const MOST = 2n ** 63n - 1n

/** Throws Fault `invalid` that names the field. */
export function checkBands(bands: Bands): Bands {
  if (bands.bands.length > MOST_BANDS)
    throw wrong('bands', `${bands.bands.length} bands`, `give at most ${MOST_BANDS}`)
  if (bands.budget.length > MOST_YEARS)
    throw wrong('budget', `${bands.budget.length} years`, `give at most ${MOST_YEARS}`)
  const seen = new Set<string>()
  const checked = bands.bands.map((band, index) => {
    const param = `bands[${index}]`
    const level = text(band.level, 1, 40, `${param}.level`)
    const family = text(band.family, 0, 80, `${param}.family`)
    const key = JSON.stringify([level, family, band.salary?.currency ?? null])
    if (seen.has(key))
      throw wrong(
        param,
        `a second band of ${level}${family && `, ${family}`}`,
        'give each level and family once',
      )
    seen.add(key)
    if (band.salary && !/^[A-Z]{3}$/.test(band.salary.currency))
      throw wrong(
        `${param}.salary.currency`,
        JSON.stringify(band.salary.currency),
        'give three letters, such as EUR',
      )
    if (band.salary) checkRange(band.salary, `${param}.salary`)
    if (band.compute) checkRange(band.compute, `${param}.compute`)
    return { ...band, level, family }
  })
  const years = new Set<number>()
  bands.budget.forEach(({ year, compute }, index) => {
    const param = `budget[${index}]`
    if (!Number.isInteger(year) || year < 2000 || year > 9_999)
      throw wrong(`${param}.year`, String(year), 'give a year from 2000 on')
    if (years.has(year)) throw wrong(`${param}.year`, `${year} again`, 'give each year once')
    years.add(year)
    if (compute < 0n || compute > MOST)
      throw wrong(`${param}.compute`, String(compute), `give 0 to ${MOST} nano-dollars`)
  })
  return { bands: checked, budget: bands.budget }
}

function checkRange({ min, max }: Range, param: string): void {
  if (min < 0n || min > MOST) throw wrong(`${param}.min`, String(min), `give 0 to ${MOST}`)
  if (max < min || max > MOST) throw wrong(`${param}.max`, String(max), `give ${min} to ${MOST}`)
}

function text(value: string, least: number, most: number, param: string): string {
  const trimmed = value.trim()
  if (trimmed.length >= least && trimmed.length <= most && !/\p{Cc}/u.test(trimmed)) return trimmed
  throw wrong(param, JSON.stringify(trimmed.slice(0, 40)), `give ${least} to ${most} visible characters`)
}

type Placed = Pick<Position, 'level' | 'family'>

/** Of the level, those of its own family before those of any. */
const bandsFor = ({ bands }: Bands, { level, family }: Placed): readonly Band[] => {
  const ofLevel = bands.filter((band) => band.level === level)
  return [
    ...ofLevel.filter((band) => band.family !== '' && band.family === family),
    ...ofLevel.filter((band) => band.family === ''),
  ]
}

/** The four-year cap of an offer's compute in nano-dollars, whatever its currency. */
export const computeCapUsd = (pay: Pick<Pay, 'rate'>, { total }: Pick<Worth, 'total'>): bigint =>
  halfEven(mul(rational(total.computeCap), rateOf(pay)))

/** Two checks: the salary and the compute against the band of the level. Outside of one, two persons approve. */
export function bandChecks(bands: Bands, position: Placed, pay: Pay, worth: Worth): readonly OfferCheck[] {
  const fitting = bandsFor(bands, position)
  const salary = fitting.flatMap((band) =>
    band.salary && band.salary.currency === pay.currency ? [band.salary] : [],
  )[0]
  const compute = fitting.flatMap((band) => (band.compute ? [band.compute] : []))[0]
  const cap = computeCapUsd(pay, worth)
  return [
    against('salary', 'pay.salary', pay.salary, salary, {
      ...position,
      said: `the salary of ${formatMoney(pay.salary, pay.currency)}`,
      currency: pay.currency,
    }),
    against('compute', 'pay.compute', cap, compute, {
      ...position,
      said: `compute of ${formatMoney(cap, 'USD')} at its cap over four years`,
      currency: 'USD',
    }),
  ]
}

/** Whether a check of `bandChecks` is one that needs a second approval. */
export const isOutside = ({ kind, severity, facts }: OfferCheck): boolean =>
  kind === 'bands' && severity === 'warn' && facts['min'] !== undefined

function against(
  what: 'salary' | 'compute',
  param: string,
  amount: bigint,
  range: Range | undefined,
  { level, family, said, currency }: Placed & { readonly said: string; readonly currency: string },
): OfferCheck {
  const facts = { what, level, family, amount: String(amount) }
  if (!range) {
    const message = `no band says what the ${what} of ${level} may be`
    return { kind: 'bands', severity: 'warn', message, param, facts }
  }
  const known = { ...facts, min: String(range.min), max: String(range.max) }
  const band = `the band of ${level}, ${formatMoney(range.min, currency)} to ${formatMoney(range.max, currency)}`
  if (amount >= range.min && amount <= range.max)
    return { kind: 'bands', severity: 'ok', message: `${said} lies within ${band}`, param, facts: known }
  const message = `${said} lies outside of ${band}: two persons approve it`
  return { kind: 'bands', severity: 'warn', message, param, facts: known }
}

const wrong = (param: string, value: string, remedy: string): Fault =>
  new Fault('invalid', `${param} is ${value}; ${remedy}`, { param })
