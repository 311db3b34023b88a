import { never } from '#base/invariant.ts'
import type { HeaderList } from '../relay/headers.ts'
import { CR, hasBareLineFeed, HEAD_END, isText, LF, lengthOf, readFields, saidBy } from './fields.ts'

const MAX_HEAD = 32 * 1024
const MAX_TRAILERS = 8 * 1024
const MAX_EXTENSION = 256
const MAX_INTERIM = 16
/** Digits of a chunk's size: what no chunk needs is an attempt to overflow. */
const MAX_SIZE_DIGITS = 8

/** What a reply says in order; a chunk is lent, until `data` returns. */
export type ReplyEvents = {
  head(status: number, headers: HeaderList): void
  data(chunk: Buffer): void
}

/** `done`: the reply has ended. `broken`: what came is no HTTP/1.1 as we know it; `fault()` says why. */
export type ReplyStep = 'more' | 'done' | 'broken'

export type ReplyReader = {
  /** Takes the next bytes, which are the caller's again when this returns, and tells what they say. */
  push(bytes: Buffer, events: ReplyEvents): ReplyStep
  /** The connection was ended by the other side. */
  eof(): ReplyStep
  /** Once done: may the connection carry another call? False, too, when bytes came that nobody asked for. */
  reusable(): boolean
  /** Once done: for how many seconds the other side keeps the connection, if it said so. */
  keepsFor(): number | null
  fault(): string
  /** Ready for the reply to the next request. */
  reset(): void
}

const hexOf = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const SEMICOLON = 0x3b
/** `;name`, `;name=token` or `;name="text"`, any number of them, without space. */
const EXTENSIONS =
  /^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([^\r]*))?\r\n/
/** In trailers these would speak of what has already been read. */
const NO_TRAILER = /^(content-length|transfer-encoding|connection|upgrade|trailer|host)$/i

type State =
  | 'head'
  | 'length'
  | 'close'
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'chunk'
  | 'chunk-cr'
  | 'chunk-lf'
  | 'trailers'
  | 'done'

function timeoutIn(keepAlive: string): number | null {
  const hint = /(?:^|[\s,])timeout=([0-9]{1,6})\b/i.exec(keepAlive)?.[1]
  return hint === undefined ? null : Number(hint)
}

/** Where the payload of a read is put together; the next read of any connection writes over it. */
let JOINED = Buffer.allocUnsafeSlow(64 * 1024)

/** One stands for each connection, thousands at once: so its functions are the same for all of them. */
type Own = ReplyReader & {
  state: State
  /** Bytes to come of a body of known length, or of a chunk. */
  left: number
  digits: number
  extension: string
  /** A head or trailers that are not yet whole. */
  kept: Buffer | null
  interim: number
  stays: boolean
  timeout: number | null
  why: string
  /** The payload of one read, in one piece whatever stands between its parts: a view of what was read, or JOINED. */
  out: Buffer | null
  joined: number
}

/** Follows one reply after the other on a connection, cut anywhere. Pure: bytes in, events out. */
export function replyReader(): ReplyReader {
  const own: Own = {
    state: 'head',
    left: 0,
    digits: 0,
    extension: '',
    kept: null,
    interim: 0,
    stays: false,
    timeout: null,
    why: '',
    out: null,
    joined: 0,
    push,
    eof,
    reusable,
    keepsFor,
    fault,
    reset,
  }
  return own
}

function broken(own: Own, why: string): ReplyStep {
  own.why = why
  return 'broken'
}

function begin(own: Own, text: string, events: ReplyEvents): string | null {
  const line = STATUS_LINE.exec(text)
  if (!line || !isText(line[3] ?? '')) return 'the status line is none'
  const headers = readFields(text, line[0].length)
  const said = headers && saidBy(headers)
  if (!headers || !said) return 'a header line is none, or comes twice'
  const status = Number(line[2])
  const { length, transfer, connection } = said
  // Nothing but "keep-alive" says that it stays: whoever says more is not asked again on this connection.
  const stays = line[1] === '1' && (connection === null || connection === 'keep-alive')
  if (status < 200) {
    own.interim += 1
    if (status === 101 || length !== null || transfer !== null || !stays || own.interim > MAX_INTERIM)
      return `an interim reply ${status} that nobody asked for`
    return null
  }
  if (length !== null && transfer !== null) return 'both a length and a transfer encoding'
  if (transfer !== null && (transfer.toLowerCase() !== 'chunked' || line[1] === '0'))
    return 'an unknown transfer encoding'
  own.left = length === null ? 0 : (lengthOf(length) ?? -1)
  if (own.left < 0) return 'a length that is none'
  const bare = status === 204 || status === 304
  own.stays = stays && !said.odd && !(bare && (own.left > 0 || transfer !== null))
  own.timeout = said.keepAlive === null ? null : timeoutIn(said.keepAlive)
  if (bare) own.state = 'done'
  else if (transfer !== null) own.state = 'size'
  else if (length === null) {
    own.stays = false
    own.state = 'close'
  } else own.state = own.left === 0 ? 'done' : 'length'
  own.digits = 0
  events.head(status, headers)
  return null
}

/** Gathers a head or trailers, and says where this read goes on behind it; null while it is not whole. */
function gather(
  own: Own,
  bytes: Buffer,
  { at, most }: { at: number; most: number },
): { text: string; next: number } | 'endless' | null {
  const { kept } = own
  const before = kept?.length ?? 0
  const rest = bytes.subarray(at)
  const all = kept ? Buffer.concat([kept, rest]) : rest
  // Trailers may be none at all: then the blank line comes first.
  const empty = own.state === 'trailers' && all.length >= 2 && all[0] === CR && all[1] === LF
  const blank = empty ? 0 : all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length))
  if (blank === -1) {
    // What is pushed is its sender's again.
    own.kept = before === 0 ? Buffer.from(rest) : all
    return all.length > most || hasBareLineFeed(all) ? 'endless' : null
  }
  own.kept = null
  const end = blank + (empty ? 2 : HEAD_END.length)
  return end > most ? 'endless' : { text: all.toString('latin1', 0, end), next: at + end - before }
}

function follow(own: Own, bytes: Buffer, events: ReplyEvents): ReplyStep {
  for (let at = 0; at < bytes.length;) {
    const { state } = own
    switch (state) {
      case 'head': {
        const whole = gather(own, bytes, { at, most: MAX_HEAD })
        if (whole === null) return 'more'
        const why = whole === 'endless' ? 'a head without an end' : begin(own, whole.text, events)
        if (whole === 'endless' || why !== null) return broken(own, why ?? '')
        at = whole.next
        break
      }
      case 'length':
      case 'chunk': {
        const end = Math.min(bytes.length, at + own.left)
        take(own, bytes, { from: at, to: end })
        own.left -= end - at
        at = end
        if (own.left === 0) own.state = state === 'length' ? 'done' : 'chunk-cr'
        break
      }
      case 'close':
        take(own, bytes, { from: at, to: bytes.length })
        at = bytes.length
        break
      case 'trailers': {
        const whole = gather(own, bytes, { at, most: MAX_TRAILERS })
        if (whole === null) return 'more'
        const fields = whole === 'endless' ? null : readFields(whole.text, 0)
        if (whole === 'endless' || !fields || fields.some((name, n) => n % 2 === 0 && NO_TRAILER.test(name)))
          return broken(own, 'trailers that are none')
        own.state = 'done'
        at = whole.next
        break
      }
      case 'done':
        // Bytes that nobody asked for.
        own.stays = false
        return 'done'
      case 'size':
      case 'extension':
      case 'size-lf':
      case 'chunk-cr':
      case 'chunk-lf': {
        const why = between(own, state, bytes[at]!)
        if (why !== null) return broken(own, why)
        at += 1
      }
    }
  }
  return own.state === 'done' ? 'done' : 'more'
}

/** One byte of what stands between the data of two chunks. */
function between(
  own: Own,
  where: 'size' | 'extension' | 'size-lf' | 'chunk-cr' | 'chunk-lf',
  code: number,
): string | null {
  switch (where) {
    case 'size': {
      const digit = hexOf(code)
      if (digit !== -1 && own.digits < MAX_SIZE_DIGITS) {
        own.left = own.left * 16 + digit
        own.digits += 1
      } else if (own.digits > 0 && code === CR) own.state = 'size-lf'
      else if (own.digits > 0 && code === SEMICOLON) {
        own.extension = ';'
        own.state = 'extension'
      } else return 'a chunk size that is none'
      return null
    }
    case 'extension':
      if (code === CR) {
        if (!EXTENSIONS.test(own.extension)) return 'a chunk extension that is none'
        own.state = 'size-lf'
      } else own.extension += String.fromCharCode(code)
      return own.extension.length > MAX_EXTENSION ? 'a chunk extension without an end' : null
    case 'size-lf':
      own.digits = 0
      own.state = own.left === 0 ? 'trailers' : 'chunk'
      return code === LF ? null : 'a chunk size that does not end its line'
    case 'chunk-cr':
      own.state = 'chunk-lf'
      return code === CR ? null : 'a chunk that is longer than its size'
    case 'chunk-lf':
      own.state = 'size'
      return code === LF ? null : 'a chunk that is longer than its size'
    default:
      return never(where)
  }
}

function take(own: Own, bytes: Buffer, { from, to }: { from: number; to: number }): void {
  if (to === from) return
  if (own.out === null) {
    own.out = bytes.subarray(from, to)
    return
  }
  if (own.joined === 0) {
    if (JOINED.length < bytes.length) JOINED = Buffer.allocUnsafeSlow(bytes.length)
    own.joined = own.out.copy(JOINED, 0)
  }
  own.joined += bytes.copy(JOINED, own.joined, from, to)
}

function push(this: Own, bytes: Buffer, events: ReplyEvents): ReplyStep {
  this.out = null
  this.joined = 0
  const step = follow(this, bytes, events)
  const payload = this.out as Buffer | null
  this.out = null
  if (payload) events.data(this.joined > 0 ? JOINED.subarray(0, this.joined) : payload)
  return step
}

function eof(this: Own): ReplyStep {
  if (this.state !== 'close' && this.state !== 'done')
    return broken(this, 'the connection was closed in the middle of the reply')
  this.state = 'done'
  this.stays = false
  return 'done'
}

function reusable(this: Own): boolean {
  return this.state === 'done' && this.stays
}

function keepsFor(this: Own): number | null {
  return this.timeout
}

function fault(this: Own): string {
  return this.why
}

function reset(this: Own): void {
  this.state = 'head'
  this.kept = null
  this.interim = 0
  this.stays = false
  this.timeout = null
  this.why = ''
}
