import type { HeaderList } from '../relay/headers.ts'
import type { Keep } from '../relay/transport.ts'
import { hasBareLineFeed, HEAD_END, lengthOf, MAX_DIGITS, readFields, saidBy } from './fields.ts'

/** The library's own limit: a longer head is its to refuse. */
const MAX_HEAD = 16 * 1024

/** What a request says before its body: the same object for as long as a connection repeats it. */
export type PlainHead = {
  readonly path: string
  /** With its `?`, or ''. */
  readonly query: string
  /** The value of Content-Length among them may be that of an earlier request. */
  readonly headers: HeaderList
  /** The client asked for the connection to end after the reply. */
  readonly close: boolean
  readonly keep: Keep
}

/** A request that is plain enough to be served here: POST, HTTP/1.1, one Host, one Content-Length, nothing unusual. */
export type PlainRequest = {
  readonly kind: 'plain'
  readonly head: PlainHead
  /** Bytes of the body. */
  readonly length: number
  /** Bytes of the head. */
  readonly size: number
}

/** `other` is everything else, whatever is wrong or unusual about it: the library server judges and answers it. */
export type RequestVerdict = PlainRequest | { readonly kind: 'more' } | { readonly kind: 'other' }

const MORE = { kind: 'more' } as const
const OTHER = { kind: 'other' } as const

const START = Buffer.from('POST /')
const METHOD = 'POST '
const VERSION = ' HTTP/1.1\r\n'

/** What a target may be made of here: a path and a query of visible ASCII, without what no client sends bare. */
const TARGET = /^\/[\w\-.~!$&'()*+,;=:@%/]*(\?[\w\-.~!$&'()*+,;=:@%/?]*)?$/

/** Looks at the first bytes of a request. It refuses nothing: what it does not know is another's. */
export function readRequest(bytes: Buffer): RequestVerdict {
  const known = Math.min(bytes.length, START.length)
  if (bytes.compare(START, 0, known, 0, known) !== 0) return OTHER
  const end = bytes.indexOf(HEAD_END)
  if (end === -1) return bytes.length > MAX_HEAD || hasBareLineFeed(bytes) ? OTHER : MORE
  const size = end + HEAD_END.length
  if (size > MAX_HEAD) return OTHER
  const text = bytes.toString('latin1', 0, size)

  const lineEnd = text.indexOf('\r')
  const targetEnd = lineEnd + 2 - VERSION.length
  if (targetEnd < METHOD.length || !text.startsWith(VERSION, targetEnd)) return OTHER
  const target = text.slice(METHOD.length, targetEnd)
  if (!TARGET.test(target)) return OTHER

  const headers = readFields(text, lineEnd + 2)
  const said = headers && saidBy(headers)
  if (!headers || !said || !said.host || said.odd || said.transfer !== null || said.length === null)
    return OTHER
  const { connection } = said
  if (connection !== null && connection !== 'keep-alive' && connection !== 'close') return OTHER
  const length = lengthOf(said.length)
  if (length === null) return OTHER

  const mark = target.indexOf('?')
  return {
    kind: 'plain',
    head: {
      path: mark === -1 ? target : target.slice(0, mark),
      query: mark === -1 ? '' : target.slice(mark),
      headers,
      close: connection === 'close',
      keep: { value: null },
    },
    length,
    size,
  }
}

/** A head that was read before, but for the digits of its length. */
type Known = { readonly before: Buffer; readonly after: Buffer; readonly head: PlainHead }

const LENGTH = /\r\ncontent-length:[\t ]*([0-9]+)/i
const ZERO = 0x30

/** A connection that brings so many other heads in a row is one of many clients: nothing is kept for it any more. */
const MOST_MISSES = 8

/** What a connection has said before. */
export type Requests = { known: Known | null; misses: number }

export const openRequests = (): Requests => ({ known: null, misses: 0 })

/** So many connections keep what they said last, the newest: thousands that say one thing each would keep it for nothing. */
const REMEMBERED: Requests[] = []
const MOST_REMEMBERED = 512
let oldest = 0

function remember(own: Requests): void {
  if (REMEMBERED.length < MOST_REMEMBERED) return void REMEMBERED.push(own)
  const before = REMEMBERED[oldest]!
  REMEMBERED[oldest] = own
  oldest = (oldest + 1) % MOST_REMEMBERED
  before.known = null
}

/**
 * Reads the next request of a connection. Clients say the same with each call, but for the length of what they ask: a head
 * that is byte for byte the last one, but for those digits, says what that one said.
 */
export function nextRequest(own: Requests, bytes: Buffer): RequestVerdict {
  const again = own.known && readAgain(bytes, own.known)
  if (again) {
    own.misses = 0
    return again
  }
  const read = readRequest(bytes)
  if (read.kind === 'plain' && own.misses <= MOST_MISSES) {
    own.known = own.misses < MOST_MISSES ? knownOf(bytes, read) : null
    if (own.known) remember(own)
    own.misses += 1
  }
  return read
}

function knownOf(bytes: Buffer, { head, size }: PlainRequest): Known {
  // Memory of its own: a piece of the common one would keep all of it.
  const copy = Buffer.allocUnsafeSlow(size)
  bytes.copy(copy, 0, 0, size)
  const found = LENGTH.exec(copy.toString('latin1'))!
  const end = found.index + found[0].length
  return { before: copy.subarray(0, end - found[1]!.length), after: copy.subarray(end), head }
}

function readAgain(bytes: Buffer, { before, after, head }: Known): PlainRequest | null {
  if (bytes.length <= before.length || bytes.compare(before, 0, before.length, 0, before.length) !== 0)
    return null
  let at = before.length
  let length = 0
  for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - ZERO) {
    length = length * 10 + digit
    at += 1
  }
  const digits = at - before.length
  if (digits === 0 || digits > MAX_DIGITS) return null
  const size = at + after.length
  if (bytes.length < size || size > MAX_HEAD || bytes.compare(after, 0, after.length, at, size) !== 0)
    return null
  return { kind: 'plain', head, length, size }
}
