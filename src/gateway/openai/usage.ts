import type { Tokens } from '#ledger/types.ts'
import { countOf, fieldsOf, NO_TOKENS } from '../relay/usage.ts'

type Names = { input: string; inputDetails: string; output: string; outputDetails: string }

const CHAT: Names = {
  input: 'prompt_tokens',
  inputDetails: 'prompt_tokens_details',
  output: 'completion_tokens',
  outputDetails: 'completion_tokens_details',
}
const RESPONSES: Names = {
  input: 'input_tokens',
  inputDetails: 'input_tokens_details',
  output: 'output_tokens',
  outputDetails: 'output_tokens_details',
}

/** Cached tokens are part of the prompt and reasoning is part of the completion: only the first are taken out. */
function read(value: unknown, names: Names): Tokens | null {
  const usage = fieldsOf(value)
  if (!usage) return null
  const total = countOf(usage[names.input])
  const output = countOf(usage[names.output])
  if (total === null || output === null) return null
  const details = fieldsOf(usage[names.inputDetails])
  const cacheRead = Math.min(total, countOf(details?.['cached_tokens']) ?? 0)
  const written = Math.min(total - cacheRead, countOf(details?.['cache_write_tokens']) ?? 0)
  const reasoning = countOf(fieldsOf(usage[names.outputDetails])?.['reasoning_tokens']) ?? 0
  return {
    input: total - cacheRead - written,
    cacheRead,
    cacheWrite5m: written,
    cacheWrite1h: 0,
    output,
    reasoning: Math.min(reasoning, output),
  }
}

export const chatUsage = (usage: unknown): Tokens | null => read(usage, CHAT)
export const responsesUsage = (usage: unknown): Tokens | null => read(usage, RESPONSES)

export function embeddingsUsage(usage: unknown): Tokens | null {
  const input = countOf(fieldsOf(usage)?.['prompt_tokens'])
  return input === null ? null : { ...NO_TOKENS, input }
}
