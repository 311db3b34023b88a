import { createHash } from 'node:crypto'
import { HOUR, MINUTE, type Millis } from '#base/time.ts'
import { tokensOf } from './prompt.ts'

const KEPT = 20_000
/** Below this many tokens nothing is cached. */
const SMALLEST = 1_024
/** OpenAI counts cached tokens in such steps. */
const STEP_TOKENS = 128
const STEP_BYTES = STEP_TOKENS * 4
const MOST_STEPS = 2_048

export type Ttl = '5m' | '1h'
/** A place up to which the prompt may be cached: all text before it. */
export type Breakpoint = { readonly prefix: string; readonly ttl: Ttl }
export type CacheUse = { readonly read: number; readonly write5m: number; readonly write1h: number }

export type PromptCache = ReturnType<typeof promptCache>

/** Prompt prefixes seen before, the oldest forgotten first. */
export function promptCache() {
  const until = new Map<string, Millis>()

  const remember = (key: string, end: Millis): void => {
    until.delete(key)
    until.set(key, end)
    if (until.size > KEPT) until.delete(until.keys().next().value!)
  }
  const known = (key: string, now: Millis): boolean => (until.get(key) ?? 0) > now

  return {
    /** Anthropic: explicit breakpoints. What the longest known prefix holds is read, what comes after it is written. */
    marked(model: string, breakpoints: readonly Breakpoint[], now: Millis): CacheUse {
      const usable = breakpoints.filter(({ prefix }) => tokensOf(prefix) >= SMALLEST)
      const keys = usable.map(({ prefix }) =>
        createHash('sha256').update(`${model}\n${prefix}`).digest('base64'),
      )
      const hit = keys.findLastIndex((key) => known(key, now))
      let before = hit === -1 ? 0 : tokensOf(usable[hit]!.prefix)
      const use = { read: before, write5m: 0, write1h: 0 }
      usable.forEach(({ prefix, ttl }, n) => {
        remember(keys[n]!, now + (ttl === '1h' ? HOUR : 5 * MINUTE))
        if (n <= hit) return
        const size = tokensOf(prefix)
        if (ttl === '1h') use.write1h += size - before
        else use.write5m += size - before
        before = size
      })
      return use
    },

    /** OpenAI: every prefix of at least 1,024 tokens, in steps of 128, without being asked. */
    automatic(model: string, text: string, now: Millis): number {
      const bytes = Buffer.from(text)
      const steps = Math.min(MOST_STEPS, Math.floor(bytes.length / STEP_BYTES))
      const running = createHash('sha256').update(`${model}\n`)
      let cached = 0
      let unbroken = true
      for (let n = 1; n <= steps; n += 1) {
        running.update(bytes.subarray((n - 1) * STEP_BYTES, n * STEP_BYTES))
        if (n * STEP_TOKENS < SMALLEST) continue
        const key = running.copy().digest('base64')
        unbroken &&= known(key, now)
        if (unbroken) cached = n * STEP_TOKENS
        remember(key, now + 10 * MINUTE)
      }
      return cached
    },
  }
}
