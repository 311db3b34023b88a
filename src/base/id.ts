import { createHash } from 'node:crypto'

/**
 * RFC 9562 version 7: 48 bits of milliseconds, then random bits. Time-ordered, so indexes stay warm.
 * `random` gives at least 10 bytes. Inputs come from outside: nothing below main/ reads clock or random.
 */
export function uuid7(at: number, random: Uint8Array): string {
  const time = Math.trunc(at)
  const high = Math.floor(time / 0x10000)
  const low = time % 0x10000
  put(0, high >>> 24)
  put(2, (high >>> 16) & 0xff)
  put(4, (high >>> 8) & 0xff)
  put(6, high & 0xff)
  put(9, low >>> 8)
  put(11, low & 0xff)
  put(14, (random[0]! & 0x0f) | 0x70)
  put(16, random[1]!)
  put(19, (random[2]! & 0x3f) | 0x80)
  put(21, random[3]!)
  for (let index = 4; index < 10; index += 1) put(16 + 2 * index, random[index]!)
  return made.toString('latin1')
}

/** An id is put together here and read at once: a text of many parts would have to be put together whenever it is looked up. */
const made = Buffer.alloc(36, '-')
const DIGITS = Buffer.from('0123456789abcdef')

function put(place: number, byte: number): void {
  made[place] = DIGITS[byte >>> 4]!
  made[place + 1] = DIGITS[byte & 0x0f]!
}

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
