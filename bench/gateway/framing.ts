/**
 * Follows one HTTP/1.1 reply after the other on a connection that never has two requests on their way: as little as tells where a
 * reply ends, what its status is and which bytes are payload. Bytes that it cannot follow throw.
 */
export type ReplyReader = {
  /** Reads `bytes`; true when the reply is whole. */
  read(bytes: Buffer): boolean
  readonly status: () => number
  /** Of the payload so far. */
  readonly length: () => number
  /** The reply says that the connection ends with it. */
  readonly closes: () => boolean
}

const END = '\r\n\r\n'
const CR = 0x0d
const LF = 0x0a

type State = 'head' | 'length' | 'size' | 'data' | 'after' | 'end'

/** `payload` is told each piece of payload, when it is given. */
export function replyReader(
  payload: () => ((bytes: Buffer, from: number, to: number) => void) | null,
): ReplyReader {
  let state: State = 'head'
  let kept: Buffer | null = null
  let status = 0
  let length = 0
  let closes = false
  /** Bytes that are still to come: of the body, of the chunk, of the line end after it. */
  let owed = 0
  let size = 0
  let sizeSeen = false
  let inExtension = false

  const fail = (what: string): never => {
    throw new Error(`the reply cannot be read: ${what}`)
  }

  function head(bytes: Buffer, end: number): void {
    const text = bytes.toString('latin1', 0, end)
    status = Number(text.slice(9, 12))
    length = 0
    closes = /\r\nconnection: *close/i.test(text)
    const at = /\r\n(?:content-length: *(\d+)|transfer-encoding: *chunked) *(?:\r|$)/i.exec(text)
    if (!at) fail(`a head without a length:\n${text}`)
    else if (at[1] === undefined) nextChunk()
    else {
      owed = Number(at[1])
      state = 'length'
    }
  }

  function nextChunk(): void {
    state = 'size'
    size = 0
    sizeSeen = false
    inExtension = false
  }

  /** Reads a chunk's size from `at`; returns where the next byte is. */
  function sizeLine(bytes: Buffer, at: number): number {
    for (let i = at; i < bytes.length; i += 1) {
      const byte = bytes[i]!
      if (byte === LF) {
        if (!sizeSeen) fail('a chunk without a size')
        owed = size === 0 ? 2 : size
        state = size === 0 ? 'end' : 'data'
        return i + 1
      }
      if (byte === CR || inExtension) continue
      if (byte === 0x3b) inExtension = true
      else {
        const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57
        if (digit < 0 || digit > 15) fail('a chunk size that is no number')
        size = size * 16 + digit
        sizeSeen = true
      }
    }
    return bytes.length
  }

  function take(bytes: Buffer, at: number): number {
    const to = Math.min(bytes.length, at + owed)
    owed -= to - at
    return to
  }

  function body(bytes: Buffer, from: number): boolean {
    let at = from
    while (at < bytes.length || (state === 'length' && owed === 0)) {
      if (state === 'size') at = sizeLine(bytes, at)
      else {
        const to = take(bytes, at)
        if (state === 'data' || state === 'length') {
          length += to - at
          if (to > at) payload()?.(bytes, at, to)
        }
        at = to
        if (owed > 0) return false
        if (state === 'data') {
          state = 'after'
          owed = 2
        } else if (state === 'after') nextChunk()
        else {
          if (at < bytes.length) fail('bytes after its end')
          state = 'head'
          return true
        }
      }
    }
    return false
  }

  return {
    read(given) {
      if (state !== 'head') return body(given, 0)
      const bytes: Buffer = kept ? Buffer.concat([kept, given]) : given
      kept = null
      const end = bytes.indexOf(END)
      if (end < 0) {
        kept = Buffer.from(bytes)
        return false
      }
      head(bytes, end)
      return body(bytes, end + END.length)
    },
    status: () => status,
    length: () => length,
    closes: () => closes,
  }
}
