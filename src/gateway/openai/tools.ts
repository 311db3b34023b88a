import { refuse, refuseBody, type NoAsk, type ProvidedTools } from '../door.ts'
import { isNoAsk, limitOf } from '../fields.ts'
import type { JsonBody } from '../relay/body.ts'
import { oddTools } from '../relay/tools.ts'
import { fieldsOf, type Fields } from '../relay/usage.ts'

/** Tools that the client runs itself cost only tokens. */
const CLIENT_TOOLS = new Set(['function', 'custom', 'local_shell', 'apply_patch', 'namespace', 'tool_search'])

const SEARCH = /^web_search(_\d{4}_\d{2}_\d{2})?$/
const PREVIEW = /^web_search_preview(_\d{4}_\d{2}_\d{2})?$/
/** Other models pay another fee for the older tool. */
const REASONS = /^(gpt-5|o\d)/

/** One limit for all of the provider's tools in a response. */
export const USES = 'max_tool_calls'

const REMEDY = 'Switch web search off in the client; in Codex: web_search = "disabled" in config.toml.'

const GUARDED = new Set(['type', 'tools'])

const closed = (type: string, why: string, remedy = 'Leave it out.'): NoAsk =>
  refuse(
    'route_closed',
    `The tool "${type}" is closed: ${why}, so Perq could not meter it. ${remedy}`,
    'tools',
  )

/** What of the tools runs at the provider; null when nothing does. `searches` says whether the route can run them. */
export function openaiTools(body: JsonBody, searches: boolean): ProvidedTools | null | NoAsk {
  const odd = oddTools(body, GUARDED)
  if (odd) return refuseBody(odd)
  const searching = searchIn(body.value['tools'], { model: body.value['model'], searches, nested: false })
  if (isNoAsk(searching)) return searching
  const added = addedTools(body.value)
  if (added) return added
  if (!searching) return null
  const asked = limitOf(body.value, USES)
  return isNoAsk(asked) ? asked : { asked, tools: 1, searching: 1, remedy: REMEDY }
}

type About = { readonly model: unknown; readonly searches: boolean; readonly nested: boolean }

function searchIn(tools: unknown, about: About): boolean | NoAsk {
  let found = false
  for (const tool of Array.isArray(tools) ? tools : []) {
    const type = fieldsOf(tool)?.['type']
    if (typeof type !== 'string') continue
    if (SEARCH.test(type) || PREVIEW.test(type)) {
      if (!about.searches || about.nested)
        return closed(type, 'it runs at the provider and has a fee', REMEDY)
      if (PREVIEW.test(type) && !REASONS.test(String(about.model)))
        return closed(type, 'its fee for this model is not in the price book', 'Use "web_search".')
      found = true
    } else if (!CLIENT_TOOLS.has(type)) return closed(type, 'it runs at the provider and has fees of its own')
    // A namespace is only a name around tools, and what it holds may run elsewhere.
    const inner =
      type === 'namespace' ? searchIn(fieldsOf(tool)?.['tools'], { ...about, nested: true }) : false
    if (isNoAsk(inner)) return inner
  }
  return found
}

/** Items of the input may bring tools of their own: there, none may run at the provider. */
function addedTools(body: Fields): NoAsk | null {
  const input = body['input']
  for (const item of Array.isArray(input) ? input : []) {
    const tools = fieldsOf(item)?.['tools']
    const found = searchIn(tools, { model: body['model'], searches: false, nested: true })
    if (isNoAsk(found)) return found
  }
  return null
}
