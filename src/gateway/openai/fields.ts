import type { PartRules } from '../relay/bound.ts'
import type { NoAsk } from '../door.ts'
import { refuse } from '../door.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'

/**
 * What one image can be billed at most: the low-cost models count the most tokens for a picture, 2,833 and 5,667 for
 * each of at most eight tiles. Providers shrink larger pictures, so a URL is bounded by the same number.
 */
const DEAREST_IMAGE = 50_000

const TEXT = new Set([
  'message',
  'text',
  'input_text',
  'output_text',
  'summary_text',
  'reasoning_text',
  'refusal',
  'reasoning',
  'function_call',
  'custom_tool_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'function_call_output',
  'custom_tool_call_output',
  'local_shell_call_output',
  'shell_call_output',
  'apply_patch_call_output',
])

/** What an agent adds between its turns: tools it found, and how the model shall go on. */
const PLAIN = new Set(['additional_tools', 'tool_search_call', 'tool_search_output', 'configuration_update'])

/** Sound has prices of its own, above those of text; a compaction is a call of its own. */
const CLOSED_PARTS = new Set(['input_audio', 'audio', 'compaction_trigger'])

export const openaiParts: PartRules = {
  image: DEAREST_IMAGE,
  kindOf(type, part) {
    // Thoughts that the item does not bring along are read from where the provider keeps them.
    if (type === 'reasoning' && typeof part['id'] === 'string' && !textOf(part['encrypted_content']))
      return 'outside'
    if (TEXT.has(type)) return 'text'
    if (type === 'image_url' || type === 'input_image') return isPicture(part) ? 'image' : 'outside'
    // What a search of an earlier turn had asked for; what it had found may be kept under its id.
    if (type === 'web_search_call') return typeof part['id'] === 'string' ? 'outside' : 'plain'
    if (PLAIN.has(type)) return 'plain'
    return CLOSED_PARTS.has(type) ? 'closed' : 'outside'
  },
  dataOf(part, lengthOf) {
    const file = fieldsOf(part['file']) ?? part
    const given = [part['image_url'], fieldsOf(part['image_url'])?.['url'], file['file_data']]
    return given.reduce((sum: number, url) => sum + (isData(url) ? lengthOf(url) : 0), 0)
  },
}

/** Data that says to be something else, such as a recording, is not bounded by what a picture can be billed at. */
function isPicture(part: Fields): boolean {
  const url = part['image_url']
  const given = textOf(url) ?? textOf(fieldsOf(url)?.['url']) ?? ''
  return !/^data:/i.test(given) || /^data:image\//i.test(given)
}

const isData = (url: unknown): url is string =>
  typeof url === 'string' && /^data:[^,]{0,100};base64,/.test(url)

/** What is read of messages and tools. */
export const openaiReads = {
  reads: ['type', 'role', 'id', 'tools', 'image_url', 'url', 'file', 'file_data'],
  prose: ['content', 'output', 'encrypted_content'],
}

const closedField = (param: string, why: string): NoAsk =>
  refuse('route_closed', `"${param}" is closed: ${why}, so Perq could not meter it.`, param)

/** The provider refuses 0 itself; others that speak its protocol may take it for no limit. */
export const noOutput = (field: string): NoAsk => refuse('invalid', `"${field}" must be at least 1.`, field)

const present = (value: unknown): boolean => value !== undefined && value !== null && value !== false

/** Fields that change what runs or what it costs in a way that the price book does not know. */
export function closedOpenai(body: Fields): NoAsk | null {
  const tier = body['service_tier']
  if (present(tier) && tier !== 'auto' && tier !== 'default')
    return closedField('service_tier', 'its prices are not in the price book; leave it out or use "default"')
  // A body has few fields: to look at those is less than to look for each of these.
  for (const field in body)
    if (CLOSED.has(field) && present(body[field]))
      return closedField(field, CLOSED_WHY[field] ?? 'it changes what is billed')
  const reasoning = fieldsOf(body['reasoning'])
  for (const [key, mode] of reasoning ? Object.entries(reasoning) : [])
    if (key.toLowerCase() === 'mode' && present(mode) && mode !== 'standard')
      return closedField('reasoning.mode', 'what its other modes are billed is not in the price book')
  const modalities = body['modalities']
  if (present(modalities) && !(Array.isArray(modalities) && modalities.every((each) => each === 'text')))
    return closedField('modalities', 'only text output has a price')
  return null
}

const CLOSED: ReadonlySet<string> = new Set([
  'models',
  'fallbacks',
  'plugins',
  'route',
  'web_search_options',
  'search_parameters',
  'background',
  'deferred',
  'audio',
  'prediction',
  'prompt',
])

const CLOSED_WHY: Readonly<Record<string, string>> = {
  background: 'its usage comes after the reply',
  deferred: 'its usage comes after the reply',
  search_parameters: 'searches have a fee of their own',
  web_search_options: 'searches have a fee of their own',
  audio: 'only text output has a price',
  prediction: 'what is predicted wrongly is billed as output on top',
  prompt: 'a stored prompt can bring tools that have fees',
}

/**
 * "auto", and nothing at all, let the project at the provider choose the tier, and the price with it; what is held is
 * the price of the default one, so that is what is asked for.
 */
export const defaultTier = (body: Fields): readonly (readonly [string, string])[] =>
  body['service_tier'] === 'default' ? [] : DEFAULT_TIER
const DEFAULT_TIER = [['service_tier', '"default"']] as const
