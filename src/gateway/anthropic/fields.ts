import { refuse, type NoAsk } from '../door.ts'
import type { PartRules } from '../relay/bound.ts'
import type { JsonBody } from '../relay/body.ts'
import { headersOf, type HeaderList } from '../relay/headers.ts'
import { sightsIn } from '../relay/scan.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'

/** Above the largest published (4,784 tokens for a picture at full resolution); larger pictures are shrunk. */
const DEAREST_IMAGE = 8_192

const TEXT = new Set([
  'text',
  'tool_result',
  'search_result',
  'tool_reference',
  'web_fetch_tool_result',
  'web_fetch_result',
])
const PLAIN = new Set([
  'tool_use',
  'server_tool_use',
  'thinking',
  'redacted_thinking',
  'tool_addition',
  'tool_removal',
])

export const anthropicParts: PartRules = {
  image: DEAREST_IMAGE,
  kindOf(type, part) {
    if (TEXT.has(type)) return 'text'
    if (PLAIN.has(type)) return 'plain'
    if (type === 'image') return 'image'
    // A document given as text is no more than its bytes; a PDF can hold far more text than bytes.
    const source = fieldsOf(part['source'])
    if (type === 'document' && source?.['type'] === 'text') return 'plain'
    return 'outside'
  },
  dataOf(part, lengthOf) {
    const source = fieldsOf(part['source'])
    return source?.['type'] === 'base64' ? lengthOf(textOf(source['data']) ?? '') : 0
  },
}

const closedField = (param: string, why: string): NoAsk =>
  refuse('route_closed', `"${param}" is closed: ${why}, so Perq could not meter it.`, param)

const CLOSED: readonly [string, string][] = [
  ['compaction', 'a compaction is billed, and its tokens do not stand in the usage'],
  ['thread', 'a thread at the provider brings in content and tools that do not stand in the request'],
  ['billing_policy', 'it names another to be billed'],
]

/** Fields that change what runs or what it costs in a way that the price book does not know. */
export function closedAnthropic(body: Fields): NoAsk | null {
  const tier = body['service_tier']
  if (tier !== undefined && tier !== null && tier !== 'auto' && tier !== 'standard_only')
    return closedField('service_tier', 'its prices are not in the price book')
  const speed = body['speed']
  if (speed !== undefined && speed !== null && speed !== 'standard')
    return closedField('speed', 'the price of the fast mode is not in the price book')
  const geo = body['inference_geo']
  if (geo !== undefined && geo !== null && geo !== 'global')
    return closedField('inference_geo', 'the surcharge of a region is not in the price book')
  for (const field of ['mcp_servers', 'container', 'fallbacks', 'models']) {
    const value = body[field]
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0))
      return closedField(field, 'it lets the provider make calls of its own')
  }
  for (const [field, why] of CLOSED)
    if (body[field] !== undefined && body[field] !== null) return closedField(field, why)
  return closedEdits(body['context_management'])
}

/** Clearing old turns only makes the prompt smaller; compaction is a billed call of its own. */
function closedEdits(management: unknown): NoAsk | null {
  const edits = fieldsOf(management)?.['edits']
  for (const edit of Array.isArray(edits) ? edits : []) {
    const type = fieldsOf(edit)?.['type']
    if (typeof type !== 'string' || !type.startsWith('clear_'))
      return closedField('context_management', 'only edits that clear old content are known to cost nothing')
  }
  return null
}

/** What the beta of long contexts opens on models whose usual window is smaller. */
const LONG_WINDOW = 1_000_000
const LONG_BETA = /(^|[\s,])context-1m(-|[\s,]|$)/

/** The window that the headers, or the older field of the body, ask for. */
export function longWindow(headers: HeaderList, body: Fields): number | null {
  const named = [...headersOf(headers, 'anthropic-beta'), ...textsOf(body['betas'])]
  return named.some((value) => LONG_BETA.test(value)) ? LONG_WINDOW : null
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []

/** What marks a part of the prompt for the cache. */
export const CACHED = 'cache_control'

/** Only what is marked is written to the cache, for five minutes unless an hour is named. */
export function cachesOf({ bytes, skimmed }: JsonBody): 'nothing' | '5m' | null {
  const { mark, hour } = skimmed ?? sightsIn(bytes, CACHED, '1h')
  return mark ? (hour ? null : '5m') : 'nothing'
}
