import type { Price } from './types.ts'

/** Longer than any name a provider has given; anything above is not a model. */
export const NAME_LIMIT = 128

const DATED = /[-@]20\d\d(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$/
const LATEST = /-latest$/

/** How each provider marks a snapshot of a model; what is left is the model whose price it has. */
const SUFFIXES: Readonly<Record<Price['provider'], readonly RegExp[]>> = {
  // gpt-5.2-2025-12-11
  openai: [DATED, LATEST],
  // claude-haiku-4-5-20251001, claude-haiku-4-5@20251001, claude-3-5-haiku-latest
  anthropic: [DATED, LATEST],
  // gemini-1.5-pro-002, gemini-2.5-pro-preview-05-06, gemini-3-pro-preview-11-2025, gemini-3.1-pro-preview-customtools
  google: [/-(0[1-9]|1[0-2])-(\d\d|20\d\d)$/, /-00\d$/, /-customtools$/, LATEST, /-preview$/],
}

/** `name` without its snapshot marks, one mark less each time, nearest first; never the name itself. */
export function stemsOf(provider: Price['provider'], name: string): readonly string[] {
  const stems: string[] = []
  let rest = name
  for (let round = 0; round < 3; round++) {
    const suffix = SUFFIXES[provider].find((pattern) => pattern.test(rest))
    if (!suffix) break
    rest = rest.replace(suffix, '')
    stems.push(rest)
  }
  return stems
}
