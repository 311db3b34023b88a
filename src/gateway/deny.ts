import { answerFailure } from './answer.ts'
import type { Parts, Visit } from './call.ts'
import type { Failure } from './door.ts'

/** Perq's own no to a key that it knows: told to the client, counted, and kept where its owner can read it. */
export function deny(
  { trail, watch }: Pick<Parts, 'trail' | 'watch'>,
  { door, reply, caller, who, route }: Visit,
  failure: Failure,
  { model = null, short = null }: { model?: string | null; short?: bigint | null } = {},
): void {
  const { code, message } = failure
  watch.refused(code)
  const about = { person: who.person.id, key: who.key.id, door: door.protocol, route, model }
  trail.denied({ ...about, code, message, short })
  answerFailure(reply, door, failure, caller)
}
