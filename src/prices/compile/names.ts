import type { MatchLogic } from '@pydantic/genai-prices'

/**
 * The plain names behind a source's match rule. Prefix and substring rules give the stem they name and no more:
 * `claude-sonnet-5…` would otherwise price a later `claude-sonnet-5-5` as if it were this one, and an unknown model
 * must be refused. Dated snapshots of a stem are recognised when a call comes (`../names.ts`), so patterns give nothing.
 */
export function namesOf(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(namesOf)
  if ('and' in match) return match.and.flatMap(namesOf)
  if ('equals' in match) return [match.equals.toLowerCase()]
  if ('starts_with' in match) return [stem(match.starts_with)]
  if ('contains' in match) return [stem(match.contains)]
  if ('ends_with' in match) return [stem(match.ends_with)]
  return []
}

/** `claude-sonnet-4-2025`, `claude-sonnet-4@` and `gpt-5-nano-` are openings of dated names. */
const stem = (opening: string): string => opening.toLowerCase().replace(/([-@]20\d\d)?[-@]?$/, '')
