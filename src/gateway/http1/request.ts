import type { HeaderList } from '../relay/headers.ts'
import { hasBareLineFeed, HEAD_END, lengthOf, readFields, saidBy } from './fields.ts'

/** The library's own limit: a longer head is its to refuse. */
const MAX_HEAD = 16 * 1024

/** A request that is plain enough to be served here: POST, HTTP/1.1, one Host, one Content-Length, nothing unusual. */
export type PlainRequest = {
  readonly kind: 'plain'
  readonly path: string
  /** With its `?`, or ''. */
  readonly query: string
  readonly headers: HeaderList
  /** Bytes of the body. */
  readonly length: number
  /** Bytes of the head. */
  readonly size: number
  /** The client asked for the connection to end after the reply. */
  readonly close: boolean
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
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark),
    headers,
    length,
    size,
    close: connection === 'close',
  }
}
