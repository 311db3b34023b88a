import { openLine, type Call, type Line, type LineEvents, type Target } from './line.ts'
import type { Sweep } from './sweep.ts'

/** Calls that wait for a connection; one more would wait for longer than anybody does. */
const MAX_WAITING = 2_048

export type Pool = {
  send(call: Call): void
  /** A call that waits for a connection is given up. */
  forget(call: Call): void
  /** Idle lines end now, those on their way when they are over. */
  retire(): void
  /** Everything ends now. */
  close(): void
}

/** The connections to one origin, at most `most`. The one used last is used next, so that spare ones grow old and end. */
export function openPool(target: Target, { most, sweep }: { most: number; sweep: Sweep<Line> }): Pool {
  const lines = new Set<Line>()
  const idle: Line[] = []
  const waiting: Call[] = []
  let retired = false

  const told: LineEvents = {
    unsent: (call) => send(call),
    free(line) {
      const next = waiting[0]
      if (next) {
        // One that is found closed tells of it, and another is opened in its place.
        if (line.send(next)) waiting.shift()
      } else if (retired) line.drop('broken', 'the connection is not needed any more')
      else idle.push(line)
    },
    closed(line) {
      lines.delete(line)
      const at = idle.lastIndexOf(line)
      if (at !== -1) idle.splice(at, 1)
      const next = waiting.shift()
      if (next) dial(next)
    },
  }

  const dial = (first: Call): void => void lines.add(openLine(target, { first, sweep, told }))

  const unsent = (call: Call, message: string): void => {
    if (call.over) return
    call.over = true
    call.sink.failed({ kind: 'unsent', message })
  }

  const send = (call: Call): void => {
    for (let line = idle.pop(); line; line = idle.pop()) if (line.send(call)) return
    if (lines.size < most) dial(call)
    else if (waiting.length < MAX_WAITING) waiting.push(call)
    else queueMicrotask(() => unsent(call, 'too many calls wait for a connection'))
  }

  return {
    send,
    forget(call) {
      const at = waiting.indexOf(call)
      if (at !== -1) waiting.splice(at, 1)
      unsent(call, 'the call was given up before it was sent')
    },
    retire() {
      retired = true
      for (const line of idle.splice(0)) line.drop('broken', 'the connection is not needed any more')
    },
    close() {
      retired = true
      for (const call of waiting.splice(0)) unsent(call, 'the gateway is closing')
      for (const line of lines) line.drop('broken', 'the gateway is closing')
    },
  }
}
