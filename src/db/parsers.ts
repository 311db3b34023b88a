import pg from 'pg'

/**
 * How values arrive, per connection and never by changing the driver's global table, which other code in the process
 * may rely on. Every one of these types loses something under the driver's defaults: int8 and numeric become text,
 * timestamptz and date become a Date in the machine's own time zone.
 */
const INT8 = 20
const DATE = 1082
const TIMESTAMP = 1114
const TIMESTAMPTZ = 1184
const NUMERIC = 1700
const TEXT_ARRAY = 1009

/** Whole numerics (sums of int8, for example) are bigint; one with a fraction or NaN stays text, exact. */
const numeric = (text: string): bigint | string => (/^-?\d+$/.test(text) ? BigInt(text) : text)

/** `2026-01-15 12:00:00.5+00` → epoch milliseconds; finer digits are cut. Needs a session in UTC. */
export function instant(text: string): number {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text)
  if (!match) throw new RangeError(`the instant ${text} is outside the years 1–9999 or not in UTC`)
  return Date.parse(`${match[1]}T${match[2]}.${(match[3] ?? '').padEnd(3, '0').slice(0, 3)}Z`)
}

type Parser = (text: string) => unknown

/** The driver's own parsers; its type lists only the oids that it has a constant for. */
const driversOwn = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parser

const textArray = driversOwn(TEXT_ARRAY)

/** Flat, of whole numbers and without null: what a batch of the ledger answers. */
const FLAT = /^\{-?\d[-\d,]*\}$/

/** The driver reads the array's syntax, nested or not, sign by sign; `one` reads each element that is not null. */
const arrayOf = (one: Parser): Parser => {
  const each = (item: unknown): unknown =>
    Array.isArray(item) ? item.map(each) : typeof item === 'string' ? one(item) : null
  return (text) => (FLAT.test(text) ? text.slice(1, -1).split(',').map(one) : each(textArray(text)))
}

const same: Parser = (text) => text

const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [INT8, BigInt],
  [1007, arrayOf(Number)],
  [1016, arrayOf(BigInt)],
  [DATE, same],
  [1182, arrayOf(same)],
  [TIMESTAMP, same],
  [1115, arrayOf(same)],
  [TIMESTAMPTZ, instant],
  [1185, arrayOf(instant)],
  [NUMERIC, numeric],
  [1231, arrayOf(numeric)],
])

export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): Parser =>
    (format !== 'binary' && PARSERS.get(oid)) || driversOwn(oid, format),
}
