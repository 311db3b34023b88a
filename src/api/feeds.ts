import { createHash } from 'node:crypto'
import { iso, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'

/**
 * Secret addresses of calendars: calendar programs cannot sign in, so whoever knows the address reads the dates and
 * nothing else. 256 random bits, kept as SHA-256; a person has at most one.
 */
export type Feeds = {
  /** Ends the one before and gives the new token, here and never again. */
  make(person: string): Promise<{ readonly token: string; readonly createdAt: Millis }>
  /** When the person's was made; null when they have none. */
  madeAt(person: string): Promise<Millis | null>
  end(person: string): Promise<void>
  personOf(token: string): Promise<string | null>
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function openFeeds({ db, world }: { db: Db; world: World }): Feeds {
  return {
    async make(person) {
      const token = Buffer.from(world.random(32)).toString('base64url')
      const createdAt = world.now()
      await db.query(
        `insert into api.calendar_feed (person_id, hash, created_at) values ($1, $2, $3)
         on conflict (person_id) do update set hash = excluded.hash, created_at = excluded.created_at`,
        [person, hashOf(token), iso(createdAt)],
      )
      return { token, createdAt }
    },

    async madeAt(person) {
      const rows = await read(db, 'select created_at from api.calendar_feed where person_id = $1', person)
      return rows[0]?.created_at ?? null
    },

    async end(person) {
      await db.query('delete from api.calendar_feed where person_id = $1', [person])
    },

    async personOf(token) {
      if (!TOKEN.test(token)) return null
      const rows = await db.query<{ person_id: string }>(
        'select person_id from api.calendar_feed where hash = $1',
        [hashOf(token)],
      )
      return rows[0]?.person_id ?? null
    },
  }
}

const read = (sql: Sql, text: string, person: string): Promise<{ created_at: Millis }[]> =>
  sql.query<{ created_at: Millis }>(text, [person])

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
