/** One call on its way, as whoever may have to end it knows it. */
export type Ending = {
  /** Its person's calls were ended; it goes no further. */
  readonly ended: () => boolean
  /** At once when it was ended before. */
  onEnd(then: () => void): void
  /** It is over by itself. */
  leave(): void
}

export type Endings = ReturnType<typeof openEndings>

type Running = { ended: boolean; tell: () => void }

/** The running calls of each person, so that they can be ended when a contract says so. */
export function openEndings() {
  const running = new Map<string, Set<Running>>()
  return {
    enter(person: string): Ending {
      const own: Running = { ended: false, tell: () => {} }
      const calls = running.get(person) ?? new Set()
      running.set(person, calls.add(own))
      return {
        ended: () => own.ended,
        onEnd(then) {
          own.tell = then
          if (own.ended) then()
        },
        leave() {
          calls.delete(own)
          if (calls.size === 0 && running.get(person) === calls) running.delete(person)
        },
      }
    },

    /** Ends all calls of a person that run here. */
    end(person: string): void {
      for (const call of running.get(person) ?? []) {
        if (call.ended) continue
        call.ended = true
        call.tell()
      }
    },
  }
}
