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

/** The reading of a whole JSON reply: its id and its usage. */
export function readReply(
  body: Buffer,
  usageOf: (usage: unknown) => Tokens | null,
  fields = replyFields(body, ['id', 'usage']),
): Reading {
  return {
    tokens: usageOf(fields.get('usage')),
    observed: null,
    outputBytes: body.length,
    providerId: providerIdOf(fields.get('id')),
    failed: false,
  }
}
