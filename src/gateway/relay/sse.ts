/** One server-sent event with the exact bytes it came in (its closing blank line included). */
export type SseEvent = {
  /** Value of the last `event:` line, or '' when there is none. */
  readonly name: string
  /** The `data:` lines joined by a line feed; null for a block without data (comments, retry). */
  readonly data: string | null
  readonly bytes: Buffer
}

/** Hears the events that a chunk completes, in order; their bytes are lent, as the chunk is. */
export type EventSink = {
  event(event: SseEvent): void
  /** Where the row of events that begins at `from` ends of which nobody needs to hear one by one; `from` without one. */
  skip(chunk: Buffer, from: number): number
  /** The bytes of such a row. */
  row(bytes: Buffer): void
}

export type SseReader = {
  /** True once a single event is larger than the limit. */
  push(chunk: Buffer, sink: EventSink): boolean
  /** Bytes of the event that has begun and not ended. */
  rest(): Buffer
}

const LF = 0x0a
const CR = 0x0d

/** What a block of lines says; the blank line that ends it need not be there. */
export function parseEvent(bytes: Buffer): SseEvent {
  let name = ''
  let data: string | null = null
  const said = bytes.toString('utf8')
  const text = said.includes('\r') ? said.replaceAll(/\r\n?/g, '\n') : said
  // The mark of byte order that a stream may start with is not part of its first field.
  for (let at = text.charCodeAt(0) === 0xfeff ? 1 : 0, end = at; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at)
    if (end === -1) end = text.length
    if (text.startsWith(DATA, at)) {
      const value = valueIn(text, at + DATA.length, end)
      data = data === null ? value : `${data}\n${value}`
    } else if (text.startsWith(EVENT, at)) name = valueIn(text, at + EVENT.length, end)
    // A name alone, without a colon, is that field with nothing in it.
    else if (end - at === 4 && text.startsWith('data', at)) data = data === null ? '' : `${data}\n`
    else if (end - at === 5 && text.startsWith('event', at)) name = ''
  }
  return { name, data, bytes }
}

const DATA = 'data:'
const EVENT = 'event:'
const SPACE = 0x20

/** One space behind the colon is no part of the value. */
const valueIn = (text: string, from: number, end: number): string =>
  text.slice(from < end && text.charCodeAt(from) === SPACE ? from + 1 : from, end)

/** One stands for as long as its stream: its functions are the same for all of them. */
type Own = SseReader & {
  readonly limit: number
  /** Parts of the event that has begun. */
  pending: Buffer[]
  pendingSize: number
  atLineStart: boolean
  afterCr: boolean
  overflow: boolean
}

/** Nothing is put into it. */
const NONE: Buffer[] = []

/**
 * Follows a stream of server-sent events byte by byte: lines end in LF, CRLF or CR, and a chunk may be cut anywhere.
 * The concatenation of all events' bytes and `rest()` is always exactly what was pushed.
 */
export function sseReader(limit: number): SseReader {
  const own: Own = {
    limit,
    pending: NONE,
    pendingSize: 0,
    atLineStart: true,
    afterCr: false,
    overflow: false,
    push,
    rest,
  }
  return own
}

function take(own: Own, part: Buffer): Buffer {
  if (own.pending.length === 0) return part
  const bytes = Buffer.concat([...own.pending, part])
  own.pending = NONE
  own.pendingSize = 0
  return bytes
}

function push(this: Own, chunk: Buffer, sink: EventSink): boolean {
  let { atLineStart, afterCr } = this
  let start = 0
  let at = 0
  let nextCr = -2
  let nextLf = -2
  while (at < chunk.length) {
    if (start === at && atLineStart && !afterCr && this.pendingSize === 0) {
      at = sink.skip(chunk, start)
      if (at > start) {
        sink.row(chunk.subarray(start, at))
        start = at
        if (at === chunk.length) break
      }
    }
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
    sink.event(parseEvent(take(this, chunk.subarray(start, at))))
    start = at
  }
  this.atLineStart = atLineStart
  this.afterCr = afterCr
  if (start < chunk.length) {
    const part = Buffer.from(chunk.subarray(start))
    if (this.pending.length === 0) this.pending = [part]
    else this.pending.push(part)
    this.pendingSize += part.length
  }
  if (this.pendingSize > this.limit) this.overflow = true
  return this.overflow
}

function rest(this: Own): Buffer {
  return this.pending.length === 1 ? this.pending[0]! : Buffer.concat(this.pending)
}
