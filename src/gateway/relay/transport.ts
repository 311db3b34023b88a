import type { HeaderList } from './headers.ts'

/** Room for what its one reader has worked out of a head, as long as the head is the same. */
export type Keep = { value: unknown }

/**
 * The two sides of a relay, free of any HTTP library: another transport is another pair of adapters.
 */
export type UpstreamRequest = {
  /** The same object only for what has the same origin, method, path and headers. */
  readonly keep?: Keep
  readonly origin: string
  readonly path: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly headers: HeaderList
  readonly body: Payload | null
}

/** What is sent as a body: pieces, one behind the other, so that a large body is not copied only to be edited. */
export type Payload = Buffer | readonly Buffer[]

export const piecesOf = (body: Payload): readonly Buffer[] => (Buffer.isBuffer(body) ? [body] : body)

export function sizeOf(body: Payload): number {
  if (Buffer.isBuffer(body)) return body.length
  let size = 0
  for (const { length } of body) size += length
  return size
}

/** `unsent`: no byte of the request left. Otherwise the provider may have done the work. */
export type UpstreamFailure = {
  readonly kind: 'unsent' | 'timeout' | 'broken'
  readonly message: string
}

/**
 * Told in order: `head`, any number of `data`, then `end` or `failed`; or `failed` alone. Nothing before `send` has returned.
 * A chunk is lent: when `data` returns it may be written over.
 */
export type ReplySink = {
  head(status: number, headers: HeaderList): void
  data(chunk: Buffer): void
  end(): void
  failed(failure: UpstreamFailure): void
}

export type Exchange = {
  pause(): void
  resume(): void
  /** Ends the exchange; the sink hears `failed`. */
  abort(): void
}

export type Transport = {
  send(request: UpstreamRequest, sink: ReplySink): Exchange
  close(): Promise<void>
}

/** The way back to the client. After `gone` every write is void. */
export type ClientReply = {
  readonly gone: () => boolean
  head(status: number, headers: HeaderList): void
  /** Sends the head without waiting for the body. */
  flush(): void
  /** False when the client is slower than we are; `onDrain` tells when to go on. */
  write(bytes: Buffer): boolean
  /** The same with bytes that are lent: when it returns they may be written over. */
  pass(bytes: Buffer): boolean
  end(bytes?: Buffer): void
  /** Breaks the connection, so that nobody takes the reply for complete. */
  cut(): void
  onDrain(then: () => void): void
  /** At once when the client has already left. Not called after a regular end. */
  onGone(then: () => void): void
}

export type ClientRequest = {
  readonly method: string
  /** Path without query, and the query with its `?` or ''. */
  readonly path: string
  readonly query: string
  readonly headers: HeaderList
  /** The same object only for what has the same method, path, query and headers, but for the length of the body. */
  readonly keep?: Keep
  /** Null when the body is larger than `limit`, or the client left in the middle of it. At once where all of it has come. */
  body(limit: number): Buffer | null | Promise<Buffer | null>
}
