import type { Tokens } from '#ledger/types.ts'
import { countOf, fieldsOf } from '../relay/usage.ts'

/**
 * `input_tokens` excludes what the cache gave and took. The split of cache writes into 5 minutes and 1 hour comes
 * only with the first usage of a stream: later ones keep it from `before`, and what is above it counts as 5 minutes.
 */
export function messagesUsage(value: unknown, before: Tokens | null = null): Tokens | null {
  const usage = fieldsOf(value)
  if (!usage) return null
  const output = countOf(usage['output_tokens'])
  const input = countOf(usage['input_tokens']) ?? before?.input ?? null
  if (output === null || input === null) return null
  const split = fieldsOf(usage['cache_creation'])
  const hour = countOf(split?.['ephemeral_1h_input_tokens']) ?? before?.cacheWrite1h ?? 0
  const minutes = countOf(split?.['ephemeral_5m_input_tokens']) ?? before?.cacheWrite5m ?? 0
  const written = countOf(usage['cache_creation_input_tokens']) ?? minutes + hour
  const cacheWrite1h = Math.min(hour, written)
  const thinking = countOf(fieldsOf(usage['output_tokens_details'])?.['thinking_tokens']) ?? 0
  const searches =
    countOf(fieldsOf(usage['server_tool_use'])?.['web_search_requests']) ?? before?.searches ?? 0
  return {
    ...(searches === 0 ? {} : { searches }),
    input,
    cacheRead: countOf(usage['cache_read_input_tokens']) ?? before?.cacheRead ?? 0,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output,
    reasoning: Math.min(thinking, output),
  }
}
