import type { Tokens } from '#ledger/types.ts'
import { countOf, fieldsOf } from '../relay/usage.ts'

/** Tokens of sound in a list of counts by modality. */
function audioIn(details: unknown): number {
  let sum = 0
  for (const item of Array.isArray(details) ? details : []) {
    const detail = fieldsOf(item)
    if (detail?.['modality'] === 'AUDIO') sum += countOf(detail['tokenCount']) ?? 0
  }
  return sum
}

/**
 * The prompt includes what the cache gave; candidates exclude thoughts, and both are output; what tools at the provider
 * put into the prompt is input. Google leaves out what is zero, so a count that is missing is 0, except thoughts that
 * only the total shows. Null when no count is given: the first events of a stream have none.
 */
export function geminiUsage(value: unknown): Tokens | null {
  const usage = fieldsOf(value)
  if (!usage) return null
  const given = countOf(usage['promptTokenCount'])
  const candidates = countOf(usage['candidatesTokenCount'])
  const total = countOf(usage['totalTokenCount'])
  if (given === null && candidates === null && total === null) return null
  const tools = countOf(usage['toolUsePromptTokenCount']) ?? 0
  const said = candidates ?? 0
  const thought = countOf(usage['thoughtsTokenCount'])
  const prompt = given ?? Math.max(0, (total ?? 0) - said - (thought ?? 0) - tools)
  const reasoning = thought ?? Math.max(0, (total ?? 0) - prompt - said - tools)
  const cached = Math.min(prompt, countOf(usage['cachedContentTokenCount']) ?? 0)
  const audioCached = Math.min(cached, audioIn(usage['cacheTokensDetails']))
  const audioPrompt = Math.max(0, audioIn(usage['promptTokensDetails']) - audioCached)
  const audio =
    Math.min(prompt - cached, audioPrompt) + Math.min(tools, audioIn(usage['toolUsePromptTokensDetails']))
  return {
    input: prompt - cached + tools - audio,
    cacheRead: cached - audioCached,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: said + reasoning,
    reasoning,
    ...(audio > 0 ? { audioInput: audio } : {}),
    ...(audioCached > 0 ? { audioCacheRead: audioCached } : {}),
  }
}
