import { openChain, type Linked } from '#base/chain.ts'

/** One call on its way, as whoever may have to end it knows it. */
export interface Ending extends Linked<Ending> {
  readonly person: string
  /** Its person's calls were ended; it goes no further. */
  ended: boolean
  /** Told once when that happens. */
  tell: (() => void) | null
}

export type Endings = ReturnType<typeof openEndings>

/** The calls that run, so that those of one person can be ended when a contract says so. */
export function openEndings() {
  const running = openChain<Ending>()
  return {
    enter(person: string): Ending {
      const own: Ending = { person, ended: false, tell: null, before: null, after: null }
      running.add(own)
      return own
    },

    /** It is over by itself. */
    leave: (own: Ending): void => running.remove(own),

    /** Ends all calls of a person that run here. */
    end(person: string): void {
      const theirs: Ending[] = []
      for (let call = running.first(); call; call = call.after)
        if (call.person === person && !call.ended) theirs.push(call)
      for (const call of theirs) {
        call.ended = true
        call.tell?.()
      }
    },
  }
}

/** Tells of the end of a call: at once when it was ended before. */
export function onEnd(ending: Ending, then: () => void): void {
  ending.tell = then
  if (ending.ended) then()
}
