import { createHash } from 'node:crypto'
import { DAY, MINUTE } from '#base/time.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { sweepComparisons } from './comparisons.ts'
import * as store from './store.ts'

export const LINK_MS = 15 * MINUTE
export const SESSION_MS = 30 * DAY
/** A session that nobody used for so long ends before its time. */
export const IDLE_MS = 7 * DAY
/** Answers to Idempotency-Keys are kept at least so long. */
export const ANSWERS_MS = 7 * DAY
const TOUCH_MS = MINUTE
const SWEEP = 1_000

export type Sessions = {
  /** A one-time token for `/signin?token=…`; only its hash is kept. */
  link(person: string, lifetime?: Millis): Promise<string>
  /** Uses up a link's token and opens a session; null when it is unknown, used or too old. */
  signIn(token: string): Promise<{ person: string; secret: string; expiresAt: Millis } | null>
  /** Whether the person ever came in by a link. */
  hasSignedIn(person: string): Promise<boolean>
  /** The person whose session this is; null when it ended. */
  personOf(secret: string): Promise<string | null>
  signOut(secret: string): Promise<void>
  /** Ends every session of a person, as when they leave. */
  endAll(person: string): Promise<void>
  /** Forgets what has run out: links, sessions, old answers, comparisons. Returns how many rows. */
  sweep(): Promise<number>
}

/** Sign-in links and sessions. Tokens are 256 random bits, stored as SHA-256. */
export function openSessions({ db, world }: { db: Db; world: World }): Sessions {
  const fresh = (): string => Buffer.from(world.random(32)).toString('base64url')

  return {
    async link(person, lifetime = LINK_MS) {
      const token = fresh()
      const at = world.now()
      await store.insertToken(db, { hash: hashOf(token), person, at, expiresAt: at + lifetime })
      return token
    },

    async signIn(token) {
      const now = world.now()
      const secret = fresh()
      const expiresAt = now + SESSION_MS
      const person = await db.tx(async (sql) => {
        const owner = await store.consumeToken(sql, hashOf(token), now)
        if (owner === null) return null
        await store.insertSession(sql, { hash: hashOf(secret), person: owner, at: now, expiresAt })
        await store.noteSignedIn(sql, owner, now)
        return owner
      })
      return person === null ? null : { person, secret, expiresAt }
    },

    hasSignedIn: (person) => store.hasSignedIn(db, person),

    async personOf(secret) {
      const now = world.now()
      const hash = hashOf(secret)
      const session = await store.session(db, hash)
      if (!session || session.expires_at <= now || session.last_seen_at + IDLE_MS <= now) return null
      if (session.last_seen_at + TOUCH_MS <= now) await store.touchSession(db, hash, now)
      return session.person_id
    },

    async signOut(secret) {
      await store.deleteSession(db, hashOf(secret))
    },

    async endAll(person) {
      await store.deleteSessionsOf(db, person)
    },

    sweep: async () =>
      (await store.sweep(db, world.now(), world.now() - ANSWERS_MS, SWEEP)) +
      (await sweepComparisons(db, world.now(), SWEEP)),
  }
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
