import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Fault, FAULTS } from '#base/fault.ts'
import type { FaultCode } from '#base/fault.ts'
import { uuidOf } from '#base/id.ts'
import { canonicalJson, toJson } from '#base/json.ts'
import { SECOND } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
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
  readonly work: Work
}

/** `within` commits the command and its answer together; `once` must do nothing twice under the same id. */
export type Work =
  | { readonly kind: 'within'; readonly run: (sql: Sql) => Promise<Answer> }
  | { readonly kind: 'once'; readonly run: (id: string) => Promise<Answer> }

/** `body` as JSON reads it: amounts are text. */
export type Outcome = { readonly status: number; readonly body: unknown; readonly replayed: boolean }

/**
 * Runs a command once for each (principal, key). The same key and body get the first answer again, be it a refusal;
 * another body or route is a conflict. The claim is committed before the command starts. When a process dies before
 * the answer stands, the next attempt runs the command again: nothing of it was done (`within`), or it has the same id
 * and recognises itself (`once`).
 */
export function openIdempotency({ db, world }: { db: Db; world: World }) {
  /** Null when this request is the one that runs the command. */
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
    if (known.status !== null && known.response !== null) return replay(known.status, known.response)
    if (known.claimed_until > now || !(await store.retake(db, claim, known.claimed_until, now + CLAIM_MS)))
      throw stillRunning()
    return null
  }

  const perform = async (work: Work, id: string, keep: (sql: Sql, answer: Answer) => Promise<unknown>) => {
    if (work.kind === 'within')
      return db.tx(async (sql) => {
        const answer = await work.run(sql)
        await keep(sql, answer)
        return outcomeOf(answer)
      })
    const answer = await work.run(id)
    await keep(db, answer)
    return outcomeOf(answer)
  }

  const runClaimed = async (work: Work, claim: store.Claim): Promise<Outcome> => {
    try {
      return await perform(work, uuidOf('api', claim.principal, claim.key), (sql, answer) =>
        store.answer(sql, claim, answer.status, toJson(answer.repeat ?? answer.body)),
      )
    } catch (error) {
      // A refusal did nothing and stays the answer; after anything else the outcome is open, so the next attempt runs it.
      if (error instanceof Fault && error.status < 500 && error.status !== 429)
        await store.answer(db, claim, error.status, refusalText(error))
      else await store.yieldClaim(db, claim, world.now()).catch(() => undefined)
      throw error
    }
  }

  return async ({ principal, key, route, body, work }: Command): Promise<Outcome> => {
    if (key === null) return perform(work, world.id(), () => Promise.resolve())
    if (!/^[\x21-\x7e]+$/.test(key) || key.length > KEY_MAX)
      throw new Fault('invalid', `The Idempotency-Key must be 1 to ${KEY_MAX} visible ASCII characters.`, {
        param: 'idempotency-key',
      })
    const bodyHash = createHash('sha256').update(canonicalJson(body)).digest()
    const claim = { principal, key, route, bodyHash }
    return (await start(claim)) ?? (await runClaimed(work, claim))
  }
}

const outcomeOf = ({ status, body }: Answer): Outcome => ({
  status,
  body: JSON.parse(toJson(body)),
  replayed: false,
})

const isFaultCode = (code: string): code is FaultCode => Object.hasOwn(FAULTS, code)
const refusalSchema = z.object({
  code: z.string().refine(isFaultCode),
  message: z.string(),
  param: z.string().nullable(),
})

const refusalText = ({ code, message, param }: Fault): string => toJson({ code, message, param })

function replay(status: number, text: string): Outcome {
  const body: unknown = JSON.parse(text)
  if (status < 400) return { status, body, replayed: true }
  const { code, message, param } = refusalSchema.parse(body)
  throw new Fault(code, message, param === null ? {} : { param })
}

const stillRunning = (): Fault =>
  new Fault('conflict', 'A request with this Idempotency-Key is still at work. Try again in a few seconds.', {
    param: 'idempotency-key',
  })
