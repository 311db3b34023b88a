import { refuse, type NoAsk } from './door.ts'
import type { Fields } from './relay/usage.ts'

/** A limit of tokens in a request: absent and null mean none; anything but a whole number is refused. */
export function limitOf(body: Fields, field: string): number | null | NoAsk {
  const value = body[field]
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return refuse('invalid', `"${field}" must be a whole number of tokens.`, field)
}

export function modelOf(body: Fields): string | NoAsk {
  const model = body['model']
  if (typeof model === 'string' && model !== '' && model.length <= 200) return model
  return refuse('invalid', 'The field "model" must name a model.', 'model')
}

export function streamOf(body: Fields): boolean | NoAsk {
  const stream = body['stream']
  if (stream === undefined || stream === null) return false
  return typeof stream === 'boolean' ? stream : refuse('invalid', '"stream" must be true or false.', 'stream')
}

export const isNoAsk = (value: unknown): value is NoAsk =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused'

/** A reply shorter than this is worth nothing, so an ask up to it is never cut. */
export const USEFUL_OUTPUT = 1_024
