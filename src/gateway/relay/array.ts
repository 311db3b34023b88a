import type { EventSink, SseReader } from './sse.ts'

/** The name of the event that is the end of the array. */
export const ARRAY_END = ']'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

const opens = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const closes = (byte: number): boolean => byte === 0x5d || byte === 0x7d
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Follows one JSON array byte by byte, cut anywhere: an event is an element with what stands before it (the opening
 * bracket, the comma, space), its `data` the element alone; the closing bracket is an event of its own, without data
 * and named `ARRAY_END`. A lone object is taken for an array of one. It finds structure only, by counting brackets
 * outside strings. The concatenation of all events' bytes and `rest()` is always exactly what was pushed.
 */
export function arrayReader(limit: number): SseReader {
  let pending: Buffer[] = []
  let pendingSize = 0
  /** Where the element that has begun starts in what is pending; -1 between elements. */
  let elementAt = -1
  let depth = 0
  /** How deep elements stand: 1 inside an array, 0 for a lone object; -1 before the first byte of either. */
  let base = -1
  let inString = false
  let escaped = false
  let ended = false
  let overflow = false

  /** Where the string that `at` is in ends in this chunk: behind its quote, or at the end of the chunk. */
  const skipString = (chunk: Buffer, from: number): number => {
    let at = from
    if (escaped && at < chunk.length) {
      escaped = false
      at += 1
    }
    for (;;) {
      const quote = chunk.indexOf(QUOTE, at)
      const stop = quote === -1 ? chunk.length : quote
      let slashes = 0
      while (stop - 1 - slashes >= at && chunk[stop - 1 - slashes] === BACKSLASH) slashes += 1
      if (quote === -1) {
        escaped = slashes % 2 === 1
        return stop
      }
      at = quote + 1
      if (slashes % 2 === 1) continue
      inString = false
      return at
    }
  }

  const push = (chunk: Buffer, sink: EventSink): boolean => {
    let start = 0
    const cut = (end: number, kind: 'element' | 'end'): void => {
      const part = chunk.subarray(start, end)
      const bytes = pending.length === 0 ? part : Buffer.concat([...pending, part])
      if (kind === 'element') sink.event({ name: '', data: bytes.toString('utf8', elementAt), bytes })
      else sink.event({ name: ARRAY_END, data: null, bytes })
      pending = []
      pendingSize = 0
      elementAt = -1
      start = end
    }
    const begin = (at: number): void => {
      if (elementAt === -1) elementAt = pendingSize + at - start
    }
    for (let at = 0; at < chunk.length && !ended;) {
      if (inString) {
        at = skipString(chunk, at)
        if (!inString && depth === base) cut(at, 'element')
        continue
      }
      const byte = chunk[at]!
      if (base === -1) {
        if (opens(byte)) {
          base = byte === 0x5b ? 1 : 0
          depth = 1
          if (base === 0) begin(at)
        }
        at += 1
      } else if (byte === QUOTE) {
        begin(at)
        inString = true
        at += 1
      } else if (opens(byte)) {
        begin(at)
        depth += 1
        at += 1
      } else if (closes(byte)) {
        // A number or word at the end of the array is closed by the array's own bracket.
        if (depth === base && elementAt !== -1) cut(at, 'element')
        depth -= 1
        at += 1
        if (depth === base) cut(at, 'element')
        if (depth === 0) {
          if (base === 1) cut(at, 'end')
          ended = true
        }
      } else {
        if (depth === base && byte !== COMMA && !isSpace(byte)) begin(at)
        else if (depth === base && elementAt !== -1) cut(at, 'element')
        at += 1
      }
    }
    if (start < chunk.length) {
      pending.push(Buffer.from(chunk.subarray(start)))
      pendingSize += chunk.length - start
    }
    if (pendingSize > limit) overflow = true
    return overflow
  }

  return { push, rest: () => (pending.length === 1 ? pending[0]! : Buffer.concat(pending)) }
}
