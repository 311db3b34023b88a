import type { Socket } from 'node:net'
import type { Millis } from '#base/time.ts'

const LOOK_EVERY = 20

type Connection = {
  /** Requests that have come and are not answered. */
  busy: number
  /** Bytes that had come when the last answer was out: more of them means that another request is on its way. */
  readUntil: number
}

export type Connections = ReturnType<typeof openConnections>

/**
 * The connections of a door, and how they end when it closes without a request that is lost. A client may send on an idle
 * connection at the very moment at which it is closed, and then cannot know whether it was heard. So a closing door first
 * says `connection: close` with every answer, and clients that come again find it out; only those that stay silent for the
 * whole of `grace` are hung up.
 */
export function openConnections() {
  const all = new Map<Socket, Connection>()
  let closing = false
  /** One for all of them: thousands stand at once. */
  function gone(this: Socket): void {
    all.delete(this)
  }

  return {
    add: (socket: Socket): void => {
      all.set(socket, { busy: 0, readUntil: 0 })
      socket.on('close', gone)
    },
    /** A request has come. */
    begin: (socket: Socket): void => {
      const found = all.get(socket)
      if (found) found.busy += 1
    },
    /** It is answered, or nobody waits for the answer any more. */
    end: (socket: Socket): void => {
      const found = all.get(socket)
      if (!found) return
      found.busy -= 1
      found.readUntil = socket.bytesRead
    },
    /** True from the moment on at which every answer says `connection: close`. */
    closing: (): boolean => closing,
    count: (): number => all.size,

    /** Resolves when the last one has ended: the silent ones after `grace`, the busy ones with their answer. */
    drain: async (grace: Millis): Promise<void> => {
      closing = true
      const until = performance.now() + grace
      while (all.size > 0) {
        const patient = performance.now() < until
        // After a turn of the event loop, which reads what has come meanwhile.
        await new Promise((resolve) => setTimeout(() => setImmediate(resolve), LOOK_EVERY))
        if (patient) continue
        for (const [socket, { busy, readUntil }] of all)
          if (busy === 0 && socket.bytesRead === readUntil) socket.destroySoon()
      }
    },
    /** Hangs up on everybody. */
    cut: (): void => {
      for (const socket of all.keys()) socket.destroy()
    },
  }
}
