/** OTLP/HTTP in its JSON form, as far as it is read here: log records with their attributes, flattened. Pure. */

export type Attribute = string | number | boolean
export type Attributes = ReadonlyMap<string, Attribute>

export type LogRecord = {
  /** `claude_code.api_request`: the body, or the event name that stands in its place. */
  readonly name: string
  /** Nanoseconds since 1970 as text; null when the record names no time. */
  readonly time: string | null
  readonly attributes: Attributes
  readonly resource: Attributes
}

export type Logs =
  | { readonly kind: 'logs'; readonly records: readonly LogRecord[]; readonly malformed: number }
  | { readonly kind: 'bad'; readonly message: string }

const MAX_RECORDS = 20_000
const MAX_ATTRIBUTES = 256
/** Longer texts say nothing that is read here; prompts and tool output may come along. */
const MAX_TEXT = 1_000

type Fields = Readonly<Record<string, unknown>>

const fields = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The log records of a request body. A record that cannot be read is counted, one request of another shape is bad. */
export function readLogs(body: unknown): Logs {
  const parts = fields(body)?.['resourceLogs']
  if (!Array.isArray(parts))
    return bad('The body has no resourceLogs; send an OTLP ExportLogsServiceRequest.')
  const records: LogRecord[] = []
  let malformed = 0
  for (const part of parts) {
    const resource = attributesOf(fields(fields(part)?.['resource'])?.['attributes'])
    for (const scope of list(fields(part)?.['scopeLogs'])) {
      for (const raw of list(fields(scope)?.['logRecords'])) {
        if (records.length + malformed >= MAX_RECORDS)
          return bad(`The body has more than ${MAX_RECORDS} log records; export smaller batches.`)
        const record = recordOf(raw, resource)
        if (record) records.push(record)
        else malformed += 1
      }
    }
  }
  return { kind: 'logs', records, malformed }
}

/** Metrics are taken and not kept: the log records tell the same, request by request. Null when it is another shape. */
export function countMetrics(body: unknown): number | null {
  const parts = fields(body)?.['resourceMetrics']
  if (!Array.isArray(parts)) return null
  let count = 0
  for (const part of parts) {
    for (const scope of list(fields(part)?.['scopeMetrics'])) count += list(fields(scope)?.['metrics']).length
  }
  return count
}

const bad = (message: string): Logs => ({ kind: 'bad', message })

function recordOf(raw: unknown, resource: Attributes | null): LogRecord | null {
  const record = fields(raw)
  const attributes = attributesOf(record?.['attributes'])
  if (!record || !attributes || !resource) return null
  const body = valueOf(record['body'])
  const name = typeof body === 'string' ? body : record['eventName']
  const time = record['timeUnixNano']
  return {
    name: typeof name === 'string' ? name : '',
    time: typeof time === 'string' || typeof time === 'number' ? String(time) : null,
    attributes,
    resource,
  }
}

/** Null when it is no list of attributes, or a longer one than any client sends. The first of one name counts. */
function attributesOf(value: unknown): Attributes | null {
  if (value === undefined || value === null) return new Map()
  if (!Array.isArray(value) || value.length > MAX_ATTRIBUTES) return null
  const found = new Map<string, Attribute>()
  for (const item of value) {
    const pair = fields(item)
    const key = pair?.['key']
    if (typeof key !== 'string') return null
    const one = valueOf(pair?.['value'])
    if (one !== null && !found.has(key)) found.set(key, one)
  }
  return found
}

/** An AnyValue of one of the plain kinds. Lists, maps and bytes say nothing that is read here. */
function valueOf(value: unknown): Attribute | null {
  const any = fields(value)
  if (!any) return null
  const { stringValue, intValue, doubleValue, boolValue } = any
  if (typeof stringValue === 'string') return stringValue.slice(0, MAX_TEXT)
  // 64-bit integers are text in the standard's JSON, numbers in the client's.
  if (typeof intValue === 'number' || typeof intValue === 'string') return intValue
  if (typeof doubleValue === 'number') return doubleValue
  if (typeof boolValue === 'boolean') return boolValue
  return null
}

/** A whole number from 0 to 2^53, however the client wrote it; null when it is none. */
export function wholeOf(value: Attribute | undefined): number | null {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}

/** Text as a database can keep it. */
export const textOf = (value: Attribute | undefined, most: number): string | null =>
  typeof value === 'string' && value.length > 0 && value.length <= most && !/[\p{Cc}\p{Cs}]/u.test(value)
    ? value
    : null
