import type { TraceRow } from '#main/demo/trace.ts'
import type { Ready } from './perq.ts'

export type Answer =
  | { readonly kind: 'answered'; readonly id: string; readonly cost: bigint }
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** The connection broke: whether the call was made is not known to the client. */
  | { readonly kind: 'lost' }

const FOUR_CHARACTERS = 'abcd'

/** One call of the trace at its real size: a prompt of so many tokens, a reply of so many. Doors take turns. */
export async function sendCall(served: Ready, key: string, row: TraceRow): Promise<Answer> {
  const content = `${FOUR_CHARACTERS.repeat(Math.max(0, row.context - 12))} Reply with ${row.generated} tokens.`
  const messages = [{ role: 'user', content }]
  const anthropic = row.offset % 2 === 0
  const [url, headers, body] = anthropic
    ? [
        `${served.anthropic_base_url}/v1/messages`,
        { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
        { model: 'claude-haiku-4-5', max_tokens: 2_048, messages },
      ]
    : [
        `${served.openai_base_url}/chat/completions`,
        { authorization: `Bearer ${key}` },
        { model: 'gpt-5-mini', max_completion_tokens: 2_048, messages },
      ]
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
      body: JSON.stringify(body),
    })
    const text = await reply.text()
    if (!reply.ok) return { kind: 'refused', status: reply.status, body: text }
    return {
      kind: 'answered',
      id: reply.headers.get('x-perq-call')!,
      cost: BigInt(reply.headers.get('x-perq-cost-nano-usd')!),
    }
  } catch {
    return { kind: 'lost' }
  }
}
