import type { Tokens } from '#ledger/types.ts'
import { topLevel } from './scan.ts'
import { parseOrNull, providerIdOf, type Reading } from './usage.ts'

/** The wanted top-level fields of a JSON reply, without parsing the rest of it (an embeddings reply can be 50 MB). */
export function replyFields(body: Buffer, wanted: readonly string[]): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const { key, valueStart, valueEnd } of topLevel(body)?.members ?? [])
    if (wanted.includes(key)) fields.set(key, parseOrNull(body.toString('utf8', valueStart, valueEnd)))
  return fields
}

/** The reading of a whole JSON reply: its id and its usage. */
export function readReply(body: Buffer, usageOf: (usage: unknown) => Tokens | null): Reading {
  const fields = replyFields(body, ['id', 'usage'])
  return {
    tokens: usageOf(fields.get('usage')),
    observed: null,
    outputBytes: body.length,
    providerId: providerIdOf(fields.get('id')),
    failed: false,
  }
}
