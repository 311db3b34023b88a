import type { Tokens } from '#ledger/types.ts'
import { topLevel } from './scan.ts'
import { fieldsOf, parseOrNull, providerIdOf, type Reading } from './usage.ts'

/** Below this a whole parse is cheaper than finding one's way through the bytes. */
const SMALL = 16 * 1024

/** The wanted top-level fields of a JSON reply; the rest of a large one is not parsed (an embeddings reply can be 50 MB). */
export function replyFields(body: Buffer, wanted: readonly string[]): ReplyFields {
  const whole = body.length > SMALL ? null : fieldsOf(parseOrNull(body.toString('utf8')))
  return whole ? { get: (field) => whole[field] } : foundFields(body, wanted)
}

type ReplyFields = { get(field: string): unknown }

function foundFields(body: Buffer, wanted: readonly string[]): ReplyFields {
  const fields = new Map<string, unknown>()
  for (const { key, valueStart, valueEnd } of topLevel(body)?.members ?? [])
    if (wanted.includes(key)) fields.set(key, parseOrNull(body.toString('utf8', valueStart, valueEnd)))
  return fields
}

const USAGE = Buffer.from('"usage"')
const BACKSLASH = 0x5c
/** As much of a reply as its id is looked for in: behind nothing but short texts. */
const HEAD = 512
const ID = /^\s*\{\s*(?:"(?!id")[\w.-]*"\s*:\s*"[^"\\]*"\s*,\s*)*"id"\s*:\s*"([^"\\]*)"/

/**
 * The id and the usage of a reply that begins with the one and ends with the other, as nearly all do: what stands between
 * them, which is most of it, is not parsed. From the last name "usage" on, the bytes are those of an object without its
 * beginning just when that name is one of the reply's own; null when they are not, and then all of it has to be parsed.
 */
function endsOf(body: Buffer): ReplyFields | null {
  const at = body.lastIndexOf(USAGE)
  if (at <= 0 || body[at - 1] === BACKSLASH || body.length - at > SMALL) return null
  const id = ID.exec(body.toString('latin1', 0, HEAD))
  const end = id && fieldsOf(parseOrNull(`{${body.toString('utf8', at)}`))
  return end && { get: (field) => (field === 'id' && !('id' in end) ? id[1] : end[field]) }
}

/** The reading of a whole JSON reply: its id and its usage. */
export function readReply(
  body: Buffer,
  usageOf: (usage: unknown) => Tokens | null,
  fields = endsOf(body) ?? replyFields(body, ['id', 'usage']),
): Reading {
  return {
    tokens: usageOf(fields.get('usage')),
    observed: null,
    outputBytes: body.length,
    providerId: providerIdOf(fields.get('id')),
    failed: false,
  }
}
