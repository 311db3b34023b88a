import { refuse, type NoAsk } from '../door.ts'
import type { PartRules } from '../relay/bound.ts'
import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'

/** Above the largest published (4,784 tokens for a picture at full resolution); larger pictures are shrunk. */
const DEAREST_IMAGE = 8_192

const TEXT = new Set(['text', 'tool_result', 'search_result', 'tool_reference'])
const PLAIN = new Set(['tool_use', 'thinking', 'redacted_thinking'])

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
  dataOf(part) {
    const source = fieldsOf(part['source'])
    return source?.['type'] === 'base64' ? (textOf(source['data'])?.length ?? 0) : 0
  },
}

const closedField = (param: string, why: string): NoAsk =>
  refuse('route_closed', `"${param}" is closed: ${why}, so Perq could not meter it.`, param)

/** Anthropic's own tools that run at the client; every other type with a name of its own runs at the provider. */
const CLIENT_TOOL = /^(custom|bash_\d+|text_editor_\d+|computer_\d+|memory_\d+)$/

/** Tools that only look through the request's own list of tools. */
const TOOL_SEARCH = /^tool_search_tool_(regex|bm25)(_\d+)?$/

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
  return closedEdits(body['context_management']) ?? closedTool(body['tools'])
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

function closedTool(tools: unknown): NoAsk | null {
  for (const tool of Array.isArray(tools) ? tools : []) {
    const type = fieldsOf(tool)?.['type']
    if (type === undefined || type === null) continue
    if (typeof type !== 'string' || !(CLIENT_TOOL.test(type) || TOOL_SEARCH.test(type)))
      return refuse(
        'route_closed',
        `The tool "${String(type)}" runs at the provider and has fees of its own; Perq could not meter it.`,
        'tools',
      )
  }
  return null
}
