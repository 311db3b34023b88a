import { refuse, refuseBody, type NoAsk, type ProvidedTools } from '../door.ts'
import { isNoAsk, limitOf } from '../fields.ts'
import type { Cut, JsonBody } from '../relay/body.ts'
import { oddTools, toolCut, toolPlaces, type ToolPlace } from '../relay/tools.ts'
import { fieldsOf } from '../relay/usage.ts'

/** Anthropic's own tools that run at the client; every other type with a name of its own runs at the provider. */
const CLIENT_TOOL = /^(custom|bash_\d+|text_editor_\d+|computer_\d+|memory_\d+)$/

/** Tools that only look through the request's own list of tools. */
const TOOL_SEARCH = /^tool_search_tool_(regex|bm25)(_\d+)?$/

/** Each search has a fee; a page that is fetched costs what it adds to the input. */
const SEARCH = /^web_search_\d+$/
const FETCH = /^web_fetch_\d+$/

/** Every tool has a limit for itself. */
const USES = 'max_uses'
const CALLERS = 'allowed_callers'
const DIRECT = '["direct"]'
/** Later versions let the model write code around its searches: it runs in rounds that have no limit. */
const LAST_WITHOUT_CODE = 20250910

const GUARDED = new Set(['type', 'tools', USES, CALLERS])

const REMEDY =
  'Leave the provider’s web tools out; in Claude Code: add "WebSearch" to permissions.deny in settings.json.'

const runsThere = (type: unknown): boolean =>
  typeof type === 'string' && (SEARCH.test(type) || FETCH.test(type))

const WHY: readonly [RegExp, string][] = [
  [/^code_execution/, 'a container is billed by the hour'],
  [/^mcp/, 'it lets the provider call other servers'],
]

/** What of the tools runs at the provider; null when nothing does. */
export function anthropicTools(body: JsonBody): ProvidedTools | null | NoAsk {
  const odd = oddTools(body, GUARDED)
  if (odd) return refuseBody(odd)
  if (definesTools(body.value['messages']))
    return refuse(
      'route_closed',
      'A tool that is defined inside a message is closed: it could run at the provider. Name it in "tools".',
      'messages',
    )
  let asked: number | null = 0
  let tools = 0
  let searching = 0
  for (const tool of Array.isArray(body.value['tools']) ? body.value['tools'] : []) {
    const fields = fieldsOf(tool) ?? {}
    const type = fields['type']
    if (type === undefined || type === null) continue
    if (!runsThere(type)) {
      if (typeof type === 'string' && (CLIENT_TOOL.test(type) || TOOL_SEARCH.test(type))) continue
      return closedTool(String(type))
    }
    const limit = limitOf(fields, USES)
    if (isNoAsk(limit)) return limit
    asked = limit === null || asked === null ? null : Math.max(asked, limit)
    tools += 1
    if (SEARCH.test(String(type))) searching += 1
  }
  return tools === 0 ? null : { asked, tools, searching, remedy: REMEDY }
}

/** Directives in the middle of a conversation may refer to tools; those that define one go around the list of tools. */
function definesTools(messages: unknown): boolean {
  const defines = (block: unknown): boolean => {
    const { type, tool, tool_changes: changes } = fieldsOf(block) ?? {}
    if (type === 'tool_addition' || type === 'tool_removal')
      return fieldsOf(tool)?.['type'] === 'tool_definition'
    return Array.isArray(changes) && changes.some(defines)
  }
  return (Array.isArray(messages) ? messages : []).some((message) => {
    const content = fieldsOf(message)?.['content']
    return Array.isArray(content) && content.some(defines)
  })
}

function closedTool(type: string): NoAsk {
  const why =
    WHY.find(([pattern]) => pattern.test(type))?.[1] ?? 'it runs at the provider and has fees of its own'
  return refuse('route_closed', `The tool "${type}" is closed: ${why}, so Perq could not meter it.`, 'tools')
}

/**
 * Writes the limit into each of the provider's tools that has none or a higher one, and that only the model itself may
 * call them: then every use is one of those that the limit counts.
 */
export function limitUses(body: JsonBody, uses: number | null): Cut[] {
  const places = toolPlaces(body, GUARDED)
  const cuts: Cut[] = []
  if ('kind' in places) return cuts
  const valueAt = (place: ToolPlace, field: string): unknown => {
    const member = place.members.get(field)
    return member && JSON.parse(body.bytes.toString('utf8', member.valueStart, member.valueEnd))
  }
  for (const place of places) {
    const type = valueAt(place, 'type')
    if (!runsThere(type)) continue
    const own = valueAt(place, USES)
    if (uses !== null && (typeof own !== 'number' || own > uses))
      cuts.push(toolCut(place, USES, String(uses)))
    const version = Number(/\d+$/.exec(String(type))?.[0])
    const given = valueAt(place, CALLERS)
    if ((given !== undefined || version > LAST_WITHOUT_CODE) && JSON.stringify(given) !== DIRECT)
      cuts.push(toolCut(place, CALLERS, DIRECT))
  }
  return cuts
}
