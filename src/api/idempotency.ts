import { createHash } from 'node:crypto'
import { Fault } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson, toJson } from '#base/json.ts'
import { SECOND } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import * as store from './store.ts'

/** A command that has not answered for so long died with its process. */
export const CLAIM_MS = 60 * SECOND
const KEY_MAX = 255

export type Answer = {
  readonly status: number
  readonly body: unknown
  /** What a repetition gets where the first answer held a secret; the secret is never stored. */
  readonly repeat?: unknown
}

export type Command = {
  /** The person who commands. */
  readonly principal: string
  /** The Idempotency-Key, or null when none came. */
  readonly key: string | null
  /** Method and path, with ids. */
  readonly route: string
  readonly body: unknown
  /** A refusal as it would be answered: a repetition is refused with the same words. */
  readonly refusal: (fault: Fault) => unknown
  /** Runs the command under `id`: the same id must never do it twice. */
  readonly run: (id: string) => Promise<Answer>
}

export type Outcome = { readonly status: number; readonly text: string; readonly replayed: boolean }

/**
 * Runs a command once for each (principal, key). The same key and body get the first answer again, another body or
 * route is a conflict. The claim is committed before the command starts and answered after it; when a process dies in
 * between, the next attempt runs the command again under the same id, which the command recognises.
 */
export function openIdempotency({ db, world }: { db: Db; world: World }) {
  const start = async (claim: store.Claim): Promise<Outcome | null> => {
    const now = world.now()
    if (await store.claim(db, claim, now, now + CLAIM_MS)) return null
    const known = await store.claimed(db, claim)
    if (!known) throw stillRunning()
    if (known.route !== claim.route || !known.body_hash.equals(claim.bodyHash))
      throw new Fault(
        'idempotency_conflict',
        `The Idempotency-Key ${claim.key} was used for another request. Use a new key for a new command.`,
        { param: 'idempotency-key' },
      )
    if (known.status !== null && known.response !== null)
      return { status: known.status, text: known.response, replayed: true }
    if (known.claimed_until > now || !(await store.retake(db, claim, known.claimed_until, now + CLAIM_MS)))
      throw stillRunning()
    return null
  }

  const runClaimed = async (command: Command, claim: store.Claim): Promise<Outcome> => {
    const id = uuidOf('api', claim.principal, claim.key)
    try {
      const answer = await command.run(id)
      await store.answer(db, claim, answer.status, toJson(answer.repeat ?? answer.body))
      return { status: answer.status, text: toJson(answer.body), replayed: false }
    } catch (error) {
      // A refusal did nothing and stays the answer; after anything else the outcome is open, so the next attempt runs it.
      if (error instanceof Fault && error.status < 500 && error.status !== 429)
        await store.answer(db, claim, error.status, toJson(command.refusal(error)))
      else await store.yieldClaim(db, claim, world.now()).catch(() => undefined)
      throw error
    }
  }

  return async (command: Command): Promise<Outcome> => {
    if (command.key === null) {
      const answer = await command.run(world.id())
      return { status: answer.status, text: toJson(answer.body), replayed: false }
    }
    const { principal, key, route } = command
    if (!/^[\x21-\x7e]+$/.test(key) || key.length > KEY_MAX)
      throw new Fault('invalid', `The Idempotency-Key must be 1 to ${KEY_MAX} visible ASCII characters.`, {
        param: 'idempotency-key',
      })
    const bodyHash = createHash('sha256').update(canonicalJson(command.body)).digest()
    const claim = { principal, key, route, bodyHash }
    return (await start(claim)) ?? (await runClaimed(command, claim))
  }
}

const stillRunning = (): Fault =>
  new Fault('conflict', 'A request with this Idempotency-Key is still at work. Try again in a few seconds.', {
    param: 'idempotency-key',
  })
