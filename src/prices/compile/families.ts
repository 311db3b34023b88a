import type { ModelClass, Price } from '../types.ts'

type Provider = Price['provider']

/**
 * The class of a model by its family, first match wins. `small` does side work (titles, routing, completion),
 * `frontier` is a provider's dearest line, `standard` the rest. A model that no line names stops the compiler: a class
 * decides who may use a model, so it is written down here and never guessed while a call waits.
 * Google has no such dearest line: Gemini Pro costs what the standard line of the others does.
 */
export const CLASSES: readonly { provider: Provider; names: RegExp; class: ModelClass }[] = [
  { provider: 'openai', names: /^text-embedding-/, class: 'embedding' },
  { provider: 'openai', names: /-(mini|nano|luna)\b|^gpt-3\.5-|^gpt-35-|^codex-mini/, class: 'small' },
  {
    provider: 'openai',
    names: /-pro\b|^gpt-4\.5|^o1(-preview)?\b|-astra\b|^gpt-5[.-]6-sol\b/,
    class: 'frontier',
  },
  {
    provider: 'openai',
    names: /^gpt-5[.-]5\b|^gpt-5[.-]6$|^gpt-chat-latest$|^gpt-4(-32k)?(-\d{4})?$/,
    class: 'frontier',
  },
  {
    provider: 'openai',
    names: /^(chatgpt-4o|gpt-4o|gpt-4\.1|gpt-4-|gpt-5|gpt-6-sol|o3\b)/,
    class: 'standard',
  },
  { provider: 'anthropic', names: /haiku/, class: 'small' },
  { provider: 'anthropic', names: /opus|fable|mythos/, class: 'frontier' },
  { provider: 'anthropic', names: /sonnet/, class: 'standard' },
  { provider: 'google', names: /embedding/, class: 'embedding' },
  { provider: 'google', names: /flash-lite|-8b$/, class: 'small' },
  { provider: 'google', names: /^gemini-/, class: 'standard' },
]

/**
 * The most tokens a model writes in one answer, first match wins. The price source does not say; these are the
 * providers' published limits as models.dev (MIT) listed them on 2026-07-02, checked against the output limits that
 * agents send (Claude Code asks Opus 5.5 for 128,000). Two aims: never below the true limit without cause, because
 * the gateway clamps every call to it and the hold stays an upper bound; never above it, because the gateway writes it
 * into calls that name none, and providers refuse a larger number.
 */
export const MAX_OUTPUT: readonly { provider: Provider; names: RegExp; tokens: number; why?: string }[] = [
  { provider: 'openai', names: /^text-embedding-/, tokens: 0 },
  { provider: 'openai', names: /^gpt-5-pro\b/, tokens: 272_000 },
  {
    provider: 'openai',
    names: /^gpt-5[\d.-]*-chat\b|^gpt-5[.-]3$|^gpt-chat-latest$/,
    tokens: 16_384,
    why: 'chat snapshots',
  },
  { provider: 'openai', names: /^gpt-[56]\b/, tokens: 128_000 },
  { provider: 'openai', names: /^gpt-4\.1/, tokens: 32_768 },
  { provider: 'openai', names: /^gpt-4\.5/, tokens: 16_384 },
  { provider: 'openai', names: /^gpt-4o-2024-05-13$/, tokens: 4_096 },
  { provider: 'openai', names: /^(chatgpt|gpt)-4o/, tokens: 16_384 },
  { provider: 'openai', names: /^gpt-4-32k/, tokens: 32_768 },
  { provider: 'openai', names: /^gpt-4(-0314|-0613)?$/, tokens: 8_192 },
  { provider: 'openai', names: /^gpt-4-|^gpt-3\.5-|^gpt-35-/, tokens: 4_096 },
  { provider: 'openai', names: /^o1-mini/, tokens: 65_536 },
  { provider: 'openai', names: /^o1-preview/, tokens: 32_768 },
  { provider: 'openai', names: /^o[134]|^codex-mini/, tokens: 100_000 },
  { provider: 'anthropic', names: /^claude-3-(haiku|sonnet|opus)/, tokens: 4_096 },
  { provider: 'anthropic', names: /^claude-3[.-]5-/, tokens: 8_192 },
  {
    provider: 'anthropic',
    names: /3[.-]7/,
    tokens: 128_000,
    why: '64,000, or 128,000 with the long-output beta',
  },
  {
    provider: 'anthropic',
    names: /^claude-(opus-4([.-][01])?|4-opus)(-20250514|-20250805)?$/,
    tokens: 32_000,
  },
  {
    provider: 'anthropic',
    names: /haiku-4|4[.-]5-haiku|opus-4[.-]5|4[.-]5-opus|sonnet-4|4-sonnet/,
    tokens: 64_000,
  },
  { provider: 'anthropic', names: /opus|fable|sonnet-5|5-sonnet|5\.0-sonnet/, tokens: 128_000 },
  { provider: 'google', names: /embedding/, tokens: 0 },
  { provider: 'google', names: /^gemini-(1|2\.0|pro|flash-1)/, tokens: 8_192 },
  { provider: 'google', names: /^gemini-(2\.5|3)/, tokens: 65_536 },
]

/**
 * Context windows where the source rounds down or is silent; the larger of the two counts. A window bounds the input of
 * calls that refer to content outside their body, so it must not be below the true one. Source as above.
 */
export const CONTEXT_WINDOW: readonly { provider: Provider; names: RegExp; tokens: number }[] = [
  { provider: 'openai', names: /^gpt-4\.1/, tokens: 1_047_576 },
  { provider: 'openai', names: /^gpt-5[.-]5\b/, tokens: 1_050_000 },
  { provider: 'openai', names: /^gpt-4\.5/, tokens: 128_000 },
  { provider: 'openai', names: /^gpt-4-32k/, tokens: 32_768 },
  { provider: 'openai', names: /^gpt-3\.5-(turbo-)?0301$/, tokens: 4_096 },
  { provider: 'google', names: /^gemini-embedding-001$/, tokens: 2_048 },
  { provider: 'google', names: /^gemini-(1\.5-pro|pro-1\.5)/, tokens: 2_097_152 },
  { provider: 'google', names: /^gemini-(1\.5|2|3|flash-1\.5)/, tokens: 1_048_576 },
]

/**
 * Models whose web searches stay closed although the source names a fee: a search of theirs costs more than the fee and
 * the tokens that their usage tells. Gemini needs no line: the source names no fee, and before Gemini 3 Google bills the
 * grounded prompt and not the search.
 */
export const SEARCH_FEE_UNKNOWN: readonly { provider: Provider; names: RegExp; why: string }[] = [
  {
    provider: 'openai',
    names: /^gpt-4(o|\.1)-mini\b/,
    why: 'each search is billed as a fixed block of 8,000 input tokens, which its usage need not show',
  },
]

/**
 * Names that stay out of the book although the source prices them: what they cost does not follow from counts of text
 * tokens, or their route is closed. A call for one is refused as unknown; an override can still let it in.
 */
export const CLOSED: readonly { provider: Provider; names: RegExp; why: string }[] = [
  { provider: 'openai', names: /^ft:|\.ft\b/, why: 'fine-tuned models carry names of their own' },
  { provider: 'openai', names: /search|deep-research/, why: 'every call adds search fees' },
  {
    provider: 'openai',
    names: /audio|realtime|tts|transcribe|whisper/,
    why: 'audio is not counted in text tokens',
  },
  { provider: 'openai', names: /image/, why: 'images it makes are not counted in text tokens' },
  { provider: 'openai', names: /computer-use/, why: 'retired by its provider' },
  {
    provider: 'openai',
    names: /davinci|curie|babbage|^ada$|-ada-001|instruct/,
    why: 'the legacy completions route is closed',
  },
  { provider: 'openai', names: /^gpt-oss-/, why: "open weights: its price is its host's" },
  { provider: 'openai', names: /moderation/, why: 'free, and its route is closed' },
  { provider: 'openai', names: /:/, why: 'a name of another marketplace' },
  { provider: 'anthropic', names: /^claude-(2|v1|v2)$/, why: 'retired by its provider' },
  {
    provider: 'google',
    names: /claude/,
    why: 'regional premiums and one-hour cache writes are not in the source',
  },
  { provider: 'google', names: /^gemma-/, why: "open weights: its price is its host's" },
  {
    provider: 'google',
    names: /image|omni/,
    why: 'images and video it makes are not counted in text tokens',
  },
  { provider: 'google', names: /tts|live|native-audio/, why: 'audio is not counted in text tokens' },
  { provider: 'google', names: /:/, why: 'a name of another marketplace' },
]
