import { fieldsOf, textOf, type Fields } from '../relay/usage.ts'
import type { Prompt } from './prompt.ts'
import { numbersFrom } from './words.ts'

/** A search of the web that the demo models make: what was asked, and the pages that were found. */
export type Search = { readonly query: string; readonly pages: readonly Page[] }
export type Page = { readonly url: string; readonly title: string }

/** Tokens that the results of one search add to what the model reads. */
const RESULT = 400
/** Tokens that a model writes to make one. */
const ASKING = 12
const MOST = 10
const TOPICS = ['guide', 'benchmark', 'changelog', 'discussion', 'tutorial', 'report']

/** "search the web" in the last message makes one, "search the web 3 times" three, as far as the limit goes. */
export function searchesFor(prompt: Prompt, limit: number): Search[] {
  const asked = /\bsearch the web(?: (\d{1,2}) times)?/i.exec(prompt.last)
  if (!asked) return []
  const count = Math.min(Number(asked[1] ?? 1), limit, MOST)
  return Array.from({ length: count }, (_, n) => {
    const next = numbersFrom(`${prompt.model}\n${prompt.last}\n${n}`)
    const pages = [0, 1, 2].map((_, at) => {
      const topic = TOPICS[next() % TOPICS.length]!
      return { url: `https://example.com/${topic}/${next() % 1_000}`, title: `${topic} ${at + 1}` }
    })
    return { query: `${prompt.last.slice(0, 40)} ${n + 1}`, pages }
  })
}

/** The model reads everything once more after every search, and what was found. */
export function readAgain(input: number, searches: number): number {
  let total = input
  for (let n = 1; n <= searches; n += 1) total += input + n * RESULT
  return total
}

export const written = (searches: number): number => searches * ASKING

/** The limit of a provider's own search tool among the tools; null when there is none. */
export function searchLimit(
  tools: unknown,
  own: (type: string) => boolean,
  limit: (tool: Fields) => unknown,
) {
  for (const item of Array.isArray(tools) ? tools : []) {
    const tool = fieldsOf(item)
    const type = textOf(tool?.['type'])
    if (!tool || type === null || !own(type)) continue
    const value = limit(tool)
    return typeof value === 'number' ? value : MOST
  }
  return null
}
