import { alikeTo, type Alike, type Told } from './alike.ts'
import { arrayReader } from './array.ts'
import { parseEvent, sseReader, type EventSink, type SseEvent, type SseReader } from './sse.ts'
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

/** One stands for as long as its stream, thousands at once: so its functions are the same for all of them. */
type Meter = StreamMeter &
  EventSink & {
    readonly reader: EventReader
    readonly framing: Framing
    readonly frames: SseReader
    readonly held: Buffer[]
    heldSize: number
    holding: boolean
    complete: boolean
    /** What is known of its events, and how often it may still be learned anew. */
    alike: Alike | null
    tries: number
    /** Of the chunk that is being read: all of it as Latin-1, and what goes on at once. */
    text: string | null
    pass: Buffer[]
  }

/**
 * Passes a stream on event by event and keeps back its end: a client treats only a complete event as said, so the
 * bytes of an unfinished one lose no time by waiting. From the first held event on, everything waits.
 */
export function streamMeter(reader: EventReader, framing: Framing = 'events'): StreamMeter {
  const own: Meter = {
    reader,
    framing,
    frames: framing === 'array' ? arrayReader(MAX_EVENT) : sseReader(MAX_EVENT),
    held: [],
    heldSize: 0,
    holding: false,
    complete: false,
    alike: null,
    tries: TRIES,
    text: null,
    pass: NONE,
    event,
    skip,
    row,
    push,
    finish,
    withheld,
    reading,
  }
  return own
}

/** Nothing is put into it. */
const NONE: Buffer[] = []

function event(this: Meter, event: SseEvent): void {
  const { reader } = this
  const verdict = this.complete ? 'hold' : reader.event(event)
  if (verdict === 'drop') return
  if (verdict === 'last') this.complete = true
  if (verdict !== 'pass') this.holding = true
  if (this.holding) {
    this.held.push(Buffer.from(event.bytes))
    this.heldSize += event.bytes.length
    return
  }
  this.pass.push(event.bytes)
  const told = this.tries > 0 && event.data !== null ? reader.told?.() : null
  if (!told) return
  this.tries -= 1
  this.alike = alikeTo(event.bytes, event.data!, told)
}

function skip(this: Meter, chunk: Buffer, from: number): number {
  if (this.alike === null || this.holding) return from
  this.text ??= chunk.toString('latin1')
  const to = this.alike.skip(chunk, this.text, from)
  if (to > from) this.tries = TRIES
  return to
}

function row(this: Meter, bytes: Buffer): void {
  this.pass.push(bytes)
}

function push(this: Meter, chunk: Buffer): Step {
  this.pass = []
  const overflow = this.frames.push(chunk, this)
  this.text = null
  const { pass, complete } = this
  this.pass = NONE
  return { pass: joined(pass), complete, overflow: overflow || this.heldSize > MAX_WITHHELD }
}

function finish(this: Meter): boolean {
  const rest = this.frames.rest()
  if (!this.complete && this.framing === 'events' && rest.length > 0)
    this.complete = this.reader.event(parseEvent(rest)) === 'last'
  return this.complete
}

function withheld(this: Meter): Buffer {
  return Buffer.concat([...this.held, this.frames.rest()])
}

function reading(this: Meter): Reading {
  return this.reader.reading()
}
