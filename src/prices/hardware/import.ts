import { Fault } from '#base/fault.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { div, fromDecimal, halfEven, mul, rational, type Rational } from '#base/rational.ts'
import { iso, isDate, startOfDay, type Millis } from '#base/time.ts'
import { chipNamed, CHIPS, FORMS, type Form } from './chips.ts'
import { readCsv, wrongCell, type CsvRow } from './csv.ts'
import { PRICE_TIERS, type PriceTier, type Said } from './observation.ts'
import { providerNamed } from './providers.ts'
import { judged } from './quality.ts'

/** Columns of the documented format; those after the first seven may be left away. */
export const COLUMNS = [
  'provider',
  'accelerator',
  'tier',
  'usd_per_hour',
  'observed_at',
  'source',
  'licence',
  'gpus',
  'form',
  'region',
  'term_months',
  'offer',
  'effective_from',
  'note',
] as const
const REQUIRED = COLUMNS.slice(0, 7)

/** Dearer or cheaper by the hour is a slip of the decimal point. */
const MOST_USD = rational(1_000_000n)
const MOST_GPUS = 100_000

/**
 * Observations from a table that people make. Everything in it is right, or nothing is taken: throws Fault `invalid` that names row,
 * field, value and remedy. `now` bounds what can have been seen.
 */
export function readPriceTable(text: string, now: Millis): readonly Said[] {
  const rows = readCsv(text, REQUIRED)
  if (rows.length === 0)
    throw new Fault('invalid', 'the file has a header and no rows; add one row for each price')
  return rows.map((row) => saidIn(row, now))
}

function saidIn(row: CsvRow, now: Millis): Said {
  const provider = providerNamed(row.of('provider'))
  if (provider === null) throw wrongCell(row, 'provider', 'name who asks this price')
  const tier = oneOf(row, 'tier', PRICE_TIERS)
  const named = chipNamed(row.of('accelerator'))
  if (!named) throw wrongCell(row, 'accelerator', `give one of ${[...CHIPS.keys()].join(', ')}`)
  const observedAt = timeIn(row, 'observed_at')
  if (observedAt > now)
    throw wrongCell(
      row,
      'observed_at',
      `nothing can have been seen after now, ${iso(now)}; a price to come has its date in effective_from`,
    )
  const priceNano = priceIn(row)
  const form: Form | null = row.of('form') === '' ? named.form : oneOf(row, 'form', FORMS)
  return judged({
    provider,
    accelerator: named.chip.id,
    form,
    tier,
    region: short(row, 'region', 60) || null,
    termMonths: termIn(row, tier),
    offer: short(row, 'offer', 100),
    priceNano,
    lowNano: priceNano,
    highNano: priceNano,
    effectiveFrom: row.of('effective_from') === '' ? observedAt : timeIn(row, 'effective_from'),
    observedAt,
    source: short(row, 'source', 300) || refuse(row, 'source', 'say where the price was seen'),
    licence:
      short(row, 'licence', 60) || refuse(row, 'licence', 'say under which licence, or "own" or "fact"'),
    note: short(row, 'note', 300) || null,
  })
}

function priceIn(row: CsvRow): bigint {
  const usd = fromDecimal(row.of('usd_per_hour'))
  if (!usd) throw wrongCell(row, 'usd_per_hour', 'give dollars as a plain decimal, such as 2.50')
  if (usd.n <= 0n)
    throw wrongCell(row, 'usd_per_hour', 'a price is above 0; leave the row away where nothing is offered')
  if (div(usd, MOST_USD).n > div(usd, MOST_USD).d)
    throw wrongCell(row, 'usd_per_hour', 'look at the decimal point')
  const text = row.of('gpus') || '1'
  const gpus = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (gpus < 1 || gpus > MOST_GPUS)
    throw wrongCell(row, 'gpus', 'give how many GPUs the price is for, such as 8')
  return perGpu(usd, gpus)
}

/** Nano-dollars for one of so many GPUs, rounded half to even. */
export const perGpu = (usd: Rational, gpus: number): bigint =>
  halfEven(div(mul(usd, rational(NANO_PER_USD)), rational(BigInt(gpus))))

function termIn(row: CsvRow, tier: PriceTier): number | null {
  const text = row.of('term_months')
  if (tier !== 'reserved') {
    if (text !== '') throw wrongCell(row, 'term_months', `only tier reserved has a term; this row is ${tier}`)
    return null
  }
  const months = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (months < 1 || months > 120) throw wrongCell(row, 'term_months', 'give whole months from 1 to 120')
  return months
}

function timeIn(row: CsvRow, field: string): Millis {
  const text = row.of(field)
  if (isDate(text)) return startOfDay(text)
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(at)) return at
  throw wrongCell(row, field, 'give a day as YYYY-MM-DD, or an instant in UTC such as 2026-05-24T10:00:00Z')
}

function oneOf<T extends string>(row: CsvRow, field: string, known: readonly T[]): T {
  const found = known.find((one) => one === row.of(field))
  if (found) return found
  throw wrongCell(row, field, `give one of ${known.join(', ')}`)
}

function short(row: CsvRow, field: string, most: number): string {
  const text = row.of(field)
  if (text.length <= most) return text
  throw wrongCell(row, field, `at most ${most} characters`)
}

const refuse = (row: CsvRow, field: string, remedy: string): never => {
  throw wrongCell(row, field, remedy)
}
