import { createHash } from 'node:crypto'
import type { ReplyReader } from './framing.ts'

/** The payload that each reply must have. */
export type Expected = { readonly length: number; readonly sha256: string }

export const expectedOf = (payload: Buffer): Expected => ({
  length: payload.length,
  sha256: createHash('sha256').update(payload).digest('hex'),
})

/** One reply in so many is hashed; of the others status and length are checked. */
const HASHED = 32

export type Check = {
  /** For the framing: what is to be hashed. */
  payload(): ((bytes: Buffer, from: number, to: number) => void) | null
  /** Null when the reply is as it must be. */
  wrong(reader: ReplyReader): string | null
}

/** For one connection. `expected` null: whatever comes with status 200 and is not empty. */
export function openCheck(expected: Expected | null): Check {
  let replies = 0
  let hash = expected ? createHash('sha256') : null
  const take = (bytes: Buffer, from: number, to: number): void => void hash?.update(bytes.subarray(from, to))
  return {
    payload: () => (hash ? take : null),
    wrong(reader) {
      const digest = hash?.digest('hex')
      replies += 1
      hash = expected && replies % HASHED === 0 ? createHash('sha256') : null
      if (reader.status() !== 200) return `status ${reader.status()}`
      if (reader.length() === 0) return 'an empty reply'
      if (expected && reader.length() !== expected.length)
        return `${reader.length()} bytes in the place of ${expected.length}`
      return digest !== undefined && digest !== expected?.sha256 ? 'other bytes than were sent' : null
    },
  }
}
