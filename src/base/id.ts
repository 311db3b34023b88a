import { createHash } from 'node:crypto'

/**
 * RFC 9562 version 7: 48 bits of milliseconds, then random bits. Time-ordered, so indexes stay warm.
 * `random` gives at least 10 bytes. Inputs come from outside: nothing below main/ reads clock or random.
 */
export function uuid7(at: number, random: Uint8Array): string {
  const time = Math.trunc(at).toString(16).padStart(12, '0')
  let text = `${time.slice(0, 8)}-${time.slice(8)}-7${HEX[random[0]! & 0x0f]![1]}${HEX[random[1]!]}-`
  text += `${HEX[(random[2]! & 0x3f) | 0x80]}${HEX[random[3]!]}-`
  for (let index = 4; index < 10; index += 1) text += HEX[random[index]!]
  return text
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** RFC 9562 version 8 from a hash: the same parts give the same id, which makes a command idempotent by its meaning. */
export function uuidOf(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return stamp(digest.subarray(0, 16), 8)
}

export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)

function stamp(bytes: Buffer, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
