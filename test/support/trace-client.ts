import type { TraceRow } from '#main/demo/trace.ts'
import type { Ready } from './perq.ts'

export type Answer =
  | { readonly kind: 'answered'; readonly id: string; readonly cost: bigint }
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** The connection broke: whether the call was made is not known to the client. */
  | { readonly kind: 'lost' }

const FOUR_CHARACTERS = 'abcd'

const LIMIT = 2_048

type Wire = { readonly url: string; readonly headers: Record<string, string>; readonly body: object }

const doors: readonly ((served: Ready, key: string, content: string) => Wire)[] = [
  ({ anthropic_base_url: base }, key, content) => ({
    url: `${base}/v1/messages`,
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-haiku-4-5', max_tokens: LIMIT, messages: [{ role: 'user', content }] },
  }),
  ({ openai_base_url: base }, key, content) => ({
    url: `${base}/chat/completions`,
    headers: { authorization: `Bearer ${key}` },
    body: { model: 'gpt-5-mini', max_completion_tokens: LIMIT, messages: [{ role: 'user', content }] },
  }),
  ({ gemini_base_url: base }, key, content) => ({
    url: `${base}/v1beta/models/gemini-3.5-flash:generateContent`,
    headers: { 'x-goog-api-key': key },
    body: {
      generationConfig: { maxOutputTokens: LIMIT },
      contents: [{ role: 'user', parts: [{ text: content }] }],
    },
  }),
]

/** One call of the trace at its real size: a prompt of so many tokens, a reply of so many. Doors take turns. */
export async function sendCall(served: Ready, key: string, row: TraceRow): Promise<Answer> {
  const content = `${FOUR_CHARACTERS.repeat(Math.max(0, row.context - 12))} Reply with ${row.generated} tokens.`
  const { url, headers, body } = doors[row.offset % doors.length]!(served, key, content)
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
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
