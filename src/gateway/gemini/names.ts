import { refuse, type NoAsk } from '../door.ts'
import type { JsonBody } from '../relay/body.ts'
import { oddity } from '../relay/scan.ts'
import type { Fields } from '../relay/usage.ts'

/** The fields that Perq reads or closes. Google's parser takes each of them in camel case and in snake case. */
const NAMES = [
  'model',
  'contents',
  'content',
  'requests',
  'systemInstruction',
  'generationConfig',
  'tools',
  'toolConfig',
  'cachedContent',
  'continuationToken',
  'serviceTier',
  'modelArmorConfig',
  'maxOutputTokens',
  'candidateCount',
  'responseModalities',
  'responseFormat',
  'speechConfig',
  'imageConfig',
  'routingConfig',
  'modelSelectionConfig',
  'generationOutputConfig',
  'thinkingConfig',
  'thinkingBudget',
  'parts',
  'inlineData',
  'fileData',
  'mimeType',
  'data',
  'functionResponse',
  'functionDeclarations',
] as const

export type Name = (typeof NAMES)[number]

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
const fold = (name: string): string => name.toLowerCase().replaceAll('_', '')

const SNAKE: Readonly<Record<string, string>> = Object.fromEntries(NAMES.map((name) => [name, snake(name)]))
const snakeOf = (name: Name): string => SNAKE[name] ?? name
const SPELLED = new Map<string, Name>(
  NAMES.flatMap((name) => [[name, name] as const, [snake(name), name] as const]),
)
const FOLDED = new Map<string, Name>(NAMES.map((name) => [fold(name), name]))

/** The value of a field in whichever spelling it has; undefined when it is absent or null, which Google takes alike. */
export function pick(fields: Fields, name: Name): unknown {
  return fields[name] ?? fields[snakeOf(name)] ?? undefined
}

/** The spelling that an object has of a field. */
export const spelling = (fields: Fields, name: Name): string =>
  snakeOf(name) in fields ? snakeOf(name) : name

/** Every spelling of every one of them. */
export const SPELLINGS: readonly string[] = [...SPELLED.keys()]

/** Some of them, in every spelling. */
export const spellingsOf = (names: readonly Name[]): string[] => names.flatMap((name) => [name, snake(name)])

/** The name that a key spells; any other key is itself. */
export const nameOf = (key: string): string => SPELLED.get(key) ?? key

/** Keys that an upstream which folds letters would take for one of ours, and we would not. */
export function misspelt(fields: Fields): NoAsk | null {
  for (const key of Object.keys(fields)) {
    const meant = SPELLED.has(key) ? undefined : FOLDED.get(fold(key))
    if (meant !== undefined) return refuse('invalid', `The field "${key}" must be written "${meant}".`, key)
  }
  return null
}

/**
 * One body, one meaning: no object at any depth may have a field twice, in one spelling or in both, and what decides
 * the price may not come in another case.
 */
export function oddNames(body: JsonBody): NoAsk | null {
  const odd = body.skimmed ? null : oddity(body.bytes, nameOf)
  if (odd?.kind === 'deep') return refuse('invalid', 'The body is nested too deeply.')
  if (odd)
    return refuse(
      'invalid',
      `The field "${odd.name}" is given twice in one object; Perq would not know which one runs.`,
      odd.name,
    )
  return misspelt(body.value)
}
