/** One server-sent event with the exact bytes it came in (its closing blank line included). */
export type SseEvent = {
  /** Value of the last `event:` line, or '' when there is none. */
  readonly name: string
  /** The `data:` lines joined by a line feed; null for a block without data (comments, retry). */
  readonly data: string | null
  readonly bytes: Buffer
}

export type SsePush = { readonly events: readonly SseEvent[]; readonly overflow: boolean }

export type SseReader = {
  /** Events completed by this chunk, in order. `overflow` once a single event is larger than the limit. */
  push(chunk: Buffer): SsePush
  /** Bytes of the event that has begun and not ended. */
  rest(): Buffer
}

const LF = 0x0a
const CR = 0x0d

/** What a block of lines says; the blank line that ends it need not be there. */
export function parseEvent(bytes: Buffer): SseEvent {
  let name = ''
  let data: string | null = null
  // The mark of byte order that a stream may start with is not part of its first field.
  const text = bytes.toString('utf8')
  for (const line of (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    if (line === '' || colon === 0) continue
    const field = colon === -1 ? line : line.slice(0, colon)
    const raw = colon === -1 ? '' : line.slice(colon + 1)
    const value = raw.startsWith(' ') ? raw.slice(1) : raw
    if (field === 'data') data = data === null ? value : `${data}\n${value}`
    else if (field === 'event') name = value
  }
  return { name, data, bytes }
}

/**
 * Follows a stream of server-sent events byte by byte: lines end in LF, CRLF or CR, and a chunk may be cut anywhere.
 * The concatenation of all events' bytes and `rest()` is always exactly what was pushed.
 */
export function sseReader(limit: number): SseReader {
  let pending: Buffer[] = []
  let pendingSize = 0
  let atLineStart = true
  let afterCr = false
  let overflow = false

  const take = (part: Buffer): Buffer => {
    const bytes = pending.length === 0 ? part : Buffer.concat([...pending, part])
    pending = []
    pendingSize = 0
    return bytes
  }

  const push = (chunk: Buffer): SsePush => {
    const events: SseEvent[] = []
    let start = 0
    let at = 0
    let nextCr = chunk.indexOf(CR)
    let nextLf = chunk.indexOf(LF)
    while (at < chunk.length) {
      if (afterCr) {
        afterCr = false
        // The line feed of a CRLF whose CR has already ended the line; it belongs to the same line end.
        if (chunk[at] === LF) {
          at += 1
          continue
        }
      }
      if (nextCr !== -1 && nextCr < at) nextCr = chunk.indexOf(CR, at)
      if (nextLf !== -1 && nextLf < at) nextLf = chunk.indexOf(LF, at)
      const end = nextCr === -1 ? nextLf : nextLf === -1 ? nextCr : Math.min(nextCr, nextLf)
      if (end === -1) {
        atLineStart = false
        break
      }
      const blank = atLineStart && end === at
      afterCr = chunk[end] === CR
      at = end + 1
      atLineStart = true
      if (!blank) continue
      if (afterCr && chunk[at] === LF) {
        at += 1
        afterCr = false
      }
      events.push(parseEvent(take(chunk.subarray(start, at))))
      start = at
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start))
      pendingSize += chunk.length - start
    }
    if (pendingSize > limit) overflow = true
    return { events, overflow }
  }

  return { push, rest: () => (pending.length === 1 ? pending[0]! : Buffer.concat(pending)) }
}
