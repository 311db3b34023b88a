import { Socket } from 'node:net'

/**
 * Every accepted connection reads into this one buffer: what comes is worked off, or copied, before anybody else can read. A read
 * takes most bodies that agents send in one piece.
 */
const READ = Buffer.allocUnsafeSlow(128 * 1024)

/** For what net does with `onread` for the connections that it opens, a socket has these two fields. */
const FIELDS = fieldsOf(new Socket())

type Fields = { readonly buffer: symbol; readonly callback: symbol }
type Reading = Record<string | symbol, unknown>
type Handle = { useUserBuffer?(buffer: Buffer): void } | null | undefined

function fieldsOf(socket: Socket): Fields | null {
  const named = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)
  const [buffer, callback] = [named('kBuffer'), named('kBufferCb')]
  return buffer && callback ? { buffer, callback } : null
}

/** Who reads a connection: the bytes are lent until it returns. */
export type LentReader = { taken(bytes: Buffer): void }

/**
 * Bytes of an accepted connection from now on are lent: net allocates 64 KB for each read otherwise, and offers `onread` only
 * for connections that it opens. Where its sockets are made otherwise they are read as usual.
 */
export function readLent(socket: Socket, reader: LentReader): void {
  const reading = socket as unknown as Reading
  const handle = reading['_handle'] as Handle
  if (!FIELDS || !handle?.useUserBuffer) {
    socket.on('data', (bytes: Buffer) => reader.taken(bytes))
    return
  }
  reading[FIELDS.callback] = (size: number): boolean => {
    reader.taken(READ.subarray(0, size))
    return true
  }
  reading[FIELDS.buffer] = READ
  handle.useUserBuffer(READ)
}

/** Makes the socket of such a connection a common one again. */
export function readAsUsual(socket: Socket): void {
  const reading = socket as unknown as Reading
  if (!FIELDS || reading[FIELDS.buffer] !== READ) return void socket.removeAllListeners('data')
  reading[FIELDS.callback] = (size: number): boolean => socket.push(Buffer.from(READ.subarray(0, size)))
}
