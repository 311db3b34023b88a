import { alikeTo, type Alike, type Told } from './alike.ts'
import { arrayReader } from './array.ts'
import { parseEvent, sseReader, type EventSink, type SseEvent } from './sse.ts'
import type { Reading } from './usage.ts'

/**
 * What becomes of an event: `pass` goes on at once, `drop` never, `hold` waits for the settlement, and `last` waits
 * likewise and says that the reply is complete.
 */
export type Verdict = 'pass' | 'drop' | 'hold' | 'last'

/** How a stream is cut into events: server-sent events, or the elements of one JSON array. */
export type Framing = 'events' | 'array'

/** Reads one protocol's events; made anew for every call. */
export type EventReader = {
  event(event: SseEvent): Verdict
  /** Of the event that has just passed: the text that was all it told. Null where it told something else, too. */
  told?(): Told | null
  reading(): Reading
}

export type Step = {
  /** Bytes for the client now, in order; they are lent, as the chunk is. */
  readonly pass: readonly Buffer[]
  /** The terminal event has come: settle, then send `withheld()`. */
  readonly complete: boolean
  /** The stream broke the bounds; it must be cut. */
  readonly overflow: boolean
}

export type StreamMeter = {
  push(chunk: Buffer): Step
  /** Nothing more comes: the use may stand in an event that lacks only its blank line. True when that ends the reply. */
  finish(): boolean
  /** Everything that waits for the settlement, the unfinished event at the end included. */
  withheld(): Buffer
  reading(): Reading
}

const MAX_EVENT = 16 * 1024 * 1024
const MAX_WITHHELD = 32 * 1024 * 1024
/** How often it is learned what a stream's events are alike in, unless it was of use. */
const TRIES = 4

/** Neighbours in one chunk go on in one piece, because they go out together. */
function joined(parts: readonly Buffer[]): readonly Buffer[] {
  if (parts.length < 2) return parts
  const runs: Buffer[] = []
  let first = parts[0]!
  let size = 0
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== first.byteOffset + size) {
      runs.push(Buffer.from(first.buffer, first.byteOffset, size))
      first = part
      size = 0
    }
    size += part.length
  }
  runs.push(Buffer.from(first.buffer, first.byteOffset, size))
  return runs
}

/**
 * Passes a stream on event by event and keeps back its end: a client treats only a complete event as said, so the
 * bytes of an unfinished one lose no time by waiting. From the first held event on, everything waits.
 */
export function streamMeter(reader: EventReader, framing: Framing = 'events'): StreamMeter {
  const frames = framing === 'array' ? arrayReader(MAX_EVENT) : sseReader(MAX_EVENT)
  const held: Buffer[] = []
  let heldSize = 0
  let holding = false
  let complete = false

  const hold = (bytes: Buffer): void => {
    held.push(Buffer.from(bytes))
    heldSize += bytes.length
  }

  /** What is known of its events, and how often it may still be learned anew. */
  let alike: Alike | null = null
  let tries = TRIES
  /** Of the chunk that is being read: all of it as Latin-1, and what goes on at once. */
  let text: string | null = null
  let pass: Buffer[] = []

  const sink: EventSink = {
    event(event) {
      const verdict = complete ? 'hold' : reader.event(event)
      if (verdict === 'drop') return
      if (verdict === 'last') complete = true
      if (verdict !== 'pass') holding = true
      if (holding) return hold(event.bytes)
      pass.push(event.bytes)
      const told = tries > 0 && event.data !== null ? reader.told?.() : null
      if (!told) return
      tries -= 1
      alike = alikeTo(event.bytes, event.data!, told)
    },
    skip(chunk, from) {
      if (alike === null || holding) return from
      text ??= chunk.toString('latin1')
      const to = alike.skip(chunk, text, from)
      if (to > from) tries = TRIES
      return to
    },
    row: (bytes) => void pass.push(bytes),
  }

  const push = (chunk: Buffer): Step => {
    pass = []
    const overflow = frames.push(chunk, sink)
    text = null
    const step = { pass: joined(pass), complete, overflow: overflow || heldSize > MAX_WITHHELD }
    pass = []
    return step
  }

  const finish = (): boolean => {
    const rest = frames.rest()
    if (!complete && framing === 'events' && rest.length > 0)
      complete = reader.event(parseEvent(rest)) === 'last'
    return complete
  }

  return {
    push,
    finish,
    withheld: () => Buffer.concat([...held, frames.rest()]),
    reading: () => reader.reading(),
  }
}
