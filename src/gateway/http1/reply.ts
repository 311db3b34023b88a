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
  /** Takes the next bytes, which are the caller's again when this returns. */
  push(bytes: Buffer): ReplyStep
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

/** Follows one reply after the other on a connection, cut anywhere. Pure: bytes in, events out. */
export function replyReader({ head, data }: ReplyEvents): ReplyReader {
  let state: State = 'head'
  /** Bytes to come of a body of known length, or of a chunk. */
  let left = 0
  let digits = 0
  let extension = ''
  /** A head or trailers that are not yet whole. */
  let kept: Buffer | null = null
  let interim = 0
  let reusable = false
  let keepsFor: number | null = null
  let fault = ''
  /** The payload of one read, in one piece whatever stands between its parts: a view of what was read, or JOINED. */
  let out: Buffer | null = null
  let joined = 0

  const broken = (why: string): ReplyStep => {
    fault = why
    return 'broken'
  }

  const begin = (text: string): string | null => {
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
      interim += 1
      if (status === 101 || length !== null || transfer !== null || !stays || interim > MAX_INTERIM)
        return `an interim reply ${status} that nobody asked for`
      return null
    }
    if (length !== null && transfer !== null) return 'both a length and a transfer encoding'
    if (transfer !== null && (transfer.toLowerCase() !== 'chunked' || line[1] === '0'))
      return 'an unknown transfer encoding'
    left = length === null ? 0 : (lengthOf(length) ?? -1)
    if (left < 0) return 'a length that is none'
    const bare = status === 204 || status === 304
    reusable = stays && !said.odd && !(bare && (left > 0 || transfer !== null))
    keepsFor = said.keepAlive === null ? null : timeoutIn(said.keepAlive)
    if (bare) state = 'done'
    else if (transfer !== null) state = 'size'
    else if (length === null) {
      reusable = false
      state = 'close'
    } else state = left === 0 ? 'done' : 'length'
    digits = 0
    head(status, headers)
    return null
  }

  /** Gathers a head or trailers, and says where this read goes on behind it; null while it is not whole. */
  const gather = (
    bytes: Buffer,
    at: number,
    most: number,
  ): { text: string; next: number } | 'endless' | null => {
    const before = kept?.length ?? 0
    const rest = bytes.subarray(at)
    const all = kept ? Buffer.concat([kept, rest]) : rest
    // Trailers may be none at all: then the blank line comes first.
    const empty = state === 'trailers' && all.length >= 2 && all[0] === CR && all[1] === LF
    const blank = empty ? 0 : all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length))
    if (blank === -1) {
      // What is pushed is its sender's again.
      kept = before === 0 ? Buffer.from(rest) : all
      return all.length > most || hasBareLineFeed(all) ? 'endless' : null
    }
    kept = null
    const end = blank + (empty ? 2 : HEAD_END.length)
    return end > most ? 'endless' : { text: all.toString('latin1', 0, end), next: at + end - before }
  }

  const follow = (bytes: Buffer): ReplyStep => {
    for (let at = 0; at < bytes.length;) {
      switch (state) {
        case 'head': {
          const whole = gather(bytes, at, MAX_HEAD)
          if (whole === null) return 'more'
          const why = whole === 'endless' ? 'a head without an end' : begin(whole.text)
          if (whole === 'endless' || why !== null) return broken(why ?? '')
          at = whole.next
          break
        }
        case 'length':
        case 'chunk': {
          const end = Math.min(bytes.length, at + left)
          take(bytes, at, end)
          left -= end - at
          at = end
          if (left === 0) state = state === 'length' ? 'done' : 'chunk-cr'
          break
        }
        case 'close':
          take(bytes, at, bytes.length)
          at = bytes.length
          break
        case 'trailers': {
          const whole = gather(bytes, at, MAX_TRAILERS)
          if (whole === null) return 'more'
          const fields = whole === 'endless' ? null : readFields(whole.text, 0)
          if (
            whole === 'endless' ||
            !fields ||
            fields.some((name, n) => n % 2 === 0 && NO_TRAILER.test(name))
          )
            return broken('trailers that are none')
          state = 'done'
          at = whole.next
          break
        }
        case 'done':
          // Bytes that nobody asked for.
          reusable = false
          return 'done'
        case 'size':
        case 'extension':
        case 'size-lf':
        case 'chunk-cr':
        case 'chunk-lf': {
          const why = between(state, bytes[at]!)
          if (why !== null) return broken(why)
          at += 1
        }
      }
    }
    return state === 'done' ? 'done' : 'more'
  }

  /** One byte of what stands between the data of two chunks. */
  const between = (
    where: 'size' | 'extension' | 'size-lf' | 'chunk-cr' | 'chunk-lf',
    code: number,
  ): string | null => {
    switch (where) {
      case 'size': {
        const digit = hexOf(code)
        if (digit !== -1 && digits < MAX_SIZE_DIGITS) {
          left = left * 16 + digit
          digits += 1
        } else if (digits > 0 && code === CR) state = 'size-lf'
        else if (digits > 0 && code === SEMICOLON) {
          extension = ';'
          state = 'extension'
        } else return 'a chunk size that is none'
        return null
      }
      case 'extension':
        if (code === CR) {
          if (!EXTENSIONS.test(extension)) return 'a chunk extension that is none'
          state = 'size-lf'
        } else extension += String.fromCharCode(code)
        return extension.length > MAX_EXTENSION ? 'a chunk extension without an end' : null
      case 'size-lf':
        digits = 0
        state = left === 0 ? 'trailers' : 'chunk'
        return code === LF ? null : 'a chunk size that does not end its line'
      case 'chunk-cr':
        state = 'chunk-lf'
        return code === CR ? null : 'a chunk that is longer than its size'
      case 'chunk-lf':
        state = 'size'
        return code === LF ? null : 'a chunk that is longer than its size'
      default:
        return never(where)
    }
  }

  const take = (bytes: Buffer, from: number, to: number): void => {
    if (to === from) return
    if (out === null) {
      out = bytes.subarray(from, to)
      return
    }
    if (joined === 0) {
      if (JOINED.length < bytes.length) JOINED = Buffer.allocUnsafeSlow(bytes.length)
      joined = out.copy(JOINED, 0)
    }
    joined += bytes.copy(JOINED, joined, from, to)
  }

  const push = (bytes: Buffer): ReplyStep => {
    out = null
    joined = 0
    const step = follow(bytes)
    const payload = out as Buffer | null
    out = null
    if (payload) data(joined > 0 ? JOINED.subarray(0, joined) : payload)
    return step
  }

  return {
    push,
    eof: () => {
      if (state !== 'close' && state !== 'done')
        return broken('the connection was closed in the middle of the reply')
      state = 'done'
      reusable = false
      return 'done'
    },
    reusable: () => state === 'done' && reusable,
    keepsFor: () => keepsFor,
    fault: () => fault,
    reset: () => {
      state = 'head'
      kept = null
      interim = 0
      reusable = false
      keepsFor = null
      fault = ''
    },
  }
}
