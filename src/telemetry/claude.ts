import { DAY, iso, MINUTE, type Millis } from '#base/time.ts'
import { fromDecimal, halfEven, mul, rational } from '#base/rational.ts'
import { textOf, wholeOf, type Attribute, type Attributes, type LogRecord } from './otlp.ts'

/** What Claude Code tells of its requests to the model, as observed with 2.1.329. Pure. */

export const PRODUCT = 'claude-code'
/** Who sells the seat. */
export const PROVIDER = 'anthropic'

const EVENT = 'claude_code.api_request'
const SHORT_EVENT = 'api_request'

/** One request that ran on a subscription. */
export type Use = {
  readonly requestId: string
  readonly at: Millis
  readonly model: string
  readonly session: string | null
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  /** At list price as the client reckons it, nano-dollars. */
  readonly worth: bigint
}

/**
 * `other`: not a model request. `routed`: it went through a gateway, which metered it. `elsewhere`: a cloud's bill, no seat. The
 * other three are refused.
 */
export type Reading =
  | { readonly kind: 'use'; readonly use: Use }
  | { readonly kind: 'other' | 'routed' | 'elsewhere' }
  | { readonly kind: 'refused'; readonly why: Refused }
export type Refused = 'malformed' | 'too_old' | 'in_future' | 'somebody_else'

/** Laptops that were closed over a weekend still tell of it; whoever tells later tells nothing any more. */
export const OLDEST = 7 * DAY
/** Clocks differ. */
export const NEWEST = 5 * MINUTE

const MAX_ID = 150
const NANO_PER_MICRO = 1_000n
/** Above what any model reads or writes in one request, and what it can be worth (ten thousand dollars): sums of them stay sums. */
const MOST_TOKENS = 100_000_000
const MOST_MICROS = 10_000_000_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export type Teller = { readonly id: string; readonly email: string }

/** Reads one record that a key's holder sent at `now`. */
export function readUse(record: LogRecord, teller: Teller, now: Millis): Reading {
  const { attributes, resource } = record
  const short = attributes.get('event.name')
  if (record.name !== EVENT && !(record.name === '' && (short === EVENT || short === SHORT_EVENT)))
    return { kind: 'other' }
  if (namesSomebodyElse(resource, teller) || namesSomebodyElse(attributes, teller))
    return refused('somebody_else')
  const vendor = attributes.get('anthropic.provider')
  if (vendor !== undefined && vendor !== 'firstParty') return { kind: 'elsewhere' }
  // The client says only that its base URL is not Anthropic's own: then a gateway carries, and meters, its calls.
  const custom = attributes.get('anthropic.custom_base_url')
  if (custom !== undefined && custom !== false && custom !== '' && custom !== 'false')
    return { kind: 'routed' }

  const at = timeOf(record)
  const use = at === null ? null : useOf(attributes, at)
  if (at === null || use === null) return refused('malformed')
  if (at < now - OLDEST) return refused('too_old')
  if (at > now + NEWEST) return refused('in_future')
  // A clock that runs ahead must not open the next month.
  return { kind: 'use', use: { ...use, at: Math.min(at, now) } }
}

const refused = (why: Refused): Reading => ({ kind: 'refused', why })

/**
 * `employee.id` is free text of the company's: Perq's id of a person or an email address must be the teller's own. Any other
 * number is not known here, and the key alone decides.
 */
function namesSomebodyElse(attributes: Attributes, teller: Teller): boolean {
  const named = attributes.get('employee.id')
  if (typeof named !== 'string') return false
  const text = named.trim().toLowerCase()
  if (UUID.test(text)) return text !== teller.id
  return text.includes('@') && text !== teller.email.toLowerCase()
}

function useOf(attributes: Attributes, at: Millis): Use | null {
  const requestId = requestIdOf(attributes)
  const model = textOf(attributes.get('model'), MAX_ID)
  const count = (name: string): number | null => {
    const given = attributes.has(name) ? wholeOf(attributes.get(name)) : 0
    return given === null || given > MOST_TOKENS ? null : given
  }
  const [input, output] = [count('input_tokens'), count('output_tokens')]
  const cacheRead = count('cache_read_tokens')
  const written = count('cache_creation_tokens')
  const cacheWrite1h = count('cache_creation_1h_tokens')
  const worth = worthOf(attributes)
  if (requestId === null || model === null || worth === null) return null
  if (input === null || output === null || cacheRead === null || written === null || cacheWrite1h === null)
    return null
  // Older clients tell only the sum of what was written to the cache, which was then for five minutes.
  if (cacheWrite1h > written) return null
  const cacheWrite5m = written - cacheWrite1h
  const session = textOf(attributes.get('session.id'), MAX_ID)
  return { requestId, at, model, session, input, cacheRead, cacheWrite5m, cacheWrite1h, output, worth }
}

/** The provider's id of the request; without one, the place of the event in its session, which is told once too. */
function requestIdOf(attributes: Attributes): string | null {
  if (attributes.has('request_id')) return textOf(attributes.get('request_id'), MAX_ID)
  const session = textOf(attributes.get('session.id'), MAX_ID)
  const sequence = wholeOf(attributes.get('event.sequence'))
  return session === null || sequence === null ? null : `${session}/${sequence}`
}

/** The whole micro-dollars that newer clients give, else their dollars, rounded to micro-dollars half to even. */
function worthOf(attributes: Attributes): bigint | null {
  if (attributes.has('cost_usd_micros')) {
    const micros = wholeOf(attributes.get('cost_usd_micros'))
    return micros === null || micros > MOST_MICROS ? null : BigInt(micros) * NANO_PER_MICRO
  }
  const dollars = attributes.get('cost_usd')
  if (dollars === undefined) return 0n
  const micros = decimalMicros(dollars)
  return micros === null ? null : micros * NANO_PER_MICRO
}

function decimalMicros(value: Attribute): bigint | null {
  // Its shortest decimal is what the client meant; below that it writes exponents, which are less than a micro-dollar.
  const text = typeof value === 'number' ? (value > 0 && value < 1e-6 ? '0' : String(value)) : value
  const dollars = typeof text === 'string' ? fromDecimal(text) : null
  if (!dollars || dollars.n < 0n) return null
  const micros = halfEven(mul(dollars, rational(1_000_000n)))
  return micros <= BigInt(MOST_MICROS) ? micros : null
}

function timeOf({ attributes, time }: LogRecord): Millis | null {
  const told = attributes.get('event.timestamp')
  if (told !== undefined) {
    const known = typeof told === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]{5,20}(Z|[+-]\d{2}:\d{2})$/.test(told)
    const at = known ? Date.parse(told) : Number.NaN
    return Number.isFinite(at) ? at : null
  }
  if (time === null || !/^\d{13,19}$/.test(time) || time === '0') return null
  return Number(BigInt(time) / 1_000_000n)
}

/** The first day of the UTC month. */
export const monthOf = (at: Millis): string => `${iso(at).slice(0, 7)}-01`
