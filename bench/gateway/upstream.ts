import { createServer, type Socket } from 'node:net'
import { answerParent } from './child.ts'
import { micros } from './monotonic.ts'
import { BURST_REPLY, PACED_END, pacedChunk, PLAIN_REPLY, STREAM_HEAD } from './replies.ts'

/**
 * The provider of the bench, a process of its own on raw sockets: as little work for each request as can be, so that what is
 * measured is what stands before it. It speaks OpenAI's chat completions and counts its requests.
 */

export type ProviderTold = {
  readonly port: number
  /** So far, those refused not among them. */
  readonly requests: number
  readonly refused: number
  /** Slow streams at once, the most since the last time it was asked. */
  readonly mostStreams: number
}

/** Bodies above this are what an agent sends: never a stream here, so they are only counted. */
const LOOKED_AT = 8_192
const REFUSED = Buffer.from('HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')

let requests = 0
let refused = 0
let streams = 0
/** Since it was last asked. */
let mostStreams = 0

function serve(socket: Socket): void {
  socket.setNoDelay(true)
  /** The beginning of a request that has not come whole. */
  let kept: Buffer | null = null
  /** Bytes of a long body that are still to come. */
  let owed = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    let bytes = kept ? Buffer.concat([kept, data]) : data
    kept = null
    for (;;) {
      if (owed > 0) {
        if (bytes.length < owed) return void (owed -= bytes.length)
        bytes = bytes.subarray(owed)
        owed = 0
        answer(socket, null)
      }
      if (bytes.length === 0) return
      const head = bytes.indexOf('\r\n\r\n')
      if (head < 0) return void (kept = bytes)
      const length = lengthIn(bytes.toString('latin1', 0, head))
      if (length === null) {
        refused += 1
        return void socket.end(REFUSED)
      }
      const end = head + 4 + length
      if (bytes.length < end) {
        if (length <= LOOKED_AT) return void (kept = bytes)
        owed = end - bytes.length
        return
      }
      answer(socket, length <= LOOKED_AT ? bytes.subarray(head + 4, end) : null)
      bytes = bytes.subarray(end)
    }
  })
}

function lengthIn(head: string): number | null {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head)
  return found ? Number(found[1]) : null
}

function answer(socket: Socket, body: Buffer | null): void {
  requests += 1
  if (!body?.includes('"stream":true')) return void socket.write(PLAIN_REPLY)
  const paced = /"user":"paced-(\d+)-(\d+)"/.exec(body.toString('latin1'))
  if (!paced) return void socket.write(BURST_REPLY)
  pace(socket, Number(paced[1]), Number(paced[2]))
}

function pace(socket: Socket, events: number, every: number): void {
  socket.write(STREAM_HEAD)
  streams += 1
  mostStreams = Math.max(mostStreams, streams)
  let left = events
  const end = (): void => {
    clearInterval(timer)
    streams -= 1
  }
  const send = (): void => {
    if (socket.destroyed) return end()
    socket.write(pacedChunk(micros()))
    left -= 1
    if (left > 0) return
    end()
    socket.write(PACED_END)
  }
  const timer = setInterval(send, every)
  send()
}

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', 8_192)
await new Promise((resolve) => server.once('listening', resolve))

answerParent(() => {
  const address = server.address()
  const told: ProviderTold = {
    port: address && typeof address === 'object' ? address.port : 0,
    requests,
    refused,
    mostStreams,
  }
  mostStreams = streams
  return Promise.resolve(told)
})
