import type { Socket } from 'node:net'

/** What is kept of a body before anybody asks for it; then the client is read no further. */
const MAX_KEPT = 64 * 1024
const MAX_DISCARD = 64 * 1024 * 1024

/** The body of one request on its way in. */
export type IncomingBody = {
  /** Bytes to come. */
  left(): number
  /** The part is lent. */
  push(part: Buffer): void
  /** What was lent is the lender's again. */
  keep(): void
  /** Once: all of it; null when it is larger than `limit`, or the client leaves in the middle. */
  read(limit: number): Buffer | null | Promise<Buffer | null>
  /** Nobody will ask for it any more: the rest is read to nowhere, so that the client comes to read its answer. */
  discard(): void
  /** The client has left. */
  gone(): void
}

/** `first` is what came with the head, and lent. A body goes into one buffer of its exact size, never grown. */
export const openBody = (socket: Socket, length: number, first: Buffer): IncomingBody =>
  first.length === length ? wholeBody(first) : longBody(socket, length, first)

const NOTHING_LEFT = (): number => 0
const NOTHING_COMES = (): void => {}

/** A body of which nothing is to come, and nothing wanted any more. */
export const SPENT: IncomingBody = {
  left: NOTHING_LEFT,
  push: NOTHING_COMES,
  keep: NOTHING_COMES,
  read: () => null,
  discard: NOTHING_COMES,
  gone: NOTHING_COMES,
}

/** All of it came with the head, as nearly all do. */
function wholeBody(all: Buffer): IncomingBody {
  let bytes: Buffer | null = all
  let lent = true
  const letGo = (): void => void (bytes = null)
  return {
    left: NOTHING_LEFT,
    push: NOTHING_COMES,
    keep() {
      if (lent && bytes) bytes = Buffer.from(bytes)
      lent = false
    },
    read(limit) {
      const own = bytes
      if (own === null || own.length > limit) return null
      bytes = null
      return lent ? Buffer.from(own) : own
    },
    discard: letGo,
    gone: letGo,
  }
}

function longBody(socket: Socket, length: number, first: Buffer): IncomingBody {
  let parts = [first]
  /** The last of them is lent. */
  let lent = true
  let got = first.length
  let whole: Buffer | null = null
  let tell: ((body: Buffer | null) => void) | null = null
  let unwanted = false
  let left = false

  const settle = (body: Buffer | null): void => {
    tell?.(body)
    tell = null
    whole = null
  }

  return {
    left: () => length - got,
    push(part) {
      const at = got
      got += part.length
      if (whole) {
        part.copy(whole, at)
        if (got === length) settle(whole)
      } else if (unwanted) {
        if (got > MAX_DISCARD) socket.destroy()
      } else {
        parts.push(part)
        lent = true
        if (got > MAX_KEPT && got < length) socket.pause()
      }
    },
    keep() {
      if (lent && parts.length > 0) parts.push(Buffer.from(parts.pop()!))
      lent = false
    },
    read(limit) {
      if (length > limit || left || unwanted) return null
      const had = parts
      parts = []
      unwanted = true
      if (got === length) return Buffer.concat(had, length)
      whole = Buffer.allocUnsafeSlow(length)
      let at = 0
      for (const part of had) at += part.copy(whole, at)
      socket.resume()
      return new Promise((resolve) => {
        tell = resolve
      })
    },
    discard() {
      parts = []
      unwanted = true
      settle(null)
      if (got < length) socket.resume()
    },
    gone() {
      left = true
      settle(null)
    },
  }
}
