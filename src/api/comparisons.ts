import { createHash } from 'node:crypto'
import { canonicalJson } from '#base/json.ts'
import { DAY, iso, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'

/**
 * Comparisons of offers that somebody chose to keep. Whoever has the address reads it and may end it: 256 random bits, kept as SHA-256.
 */
export type Comparisons = {
  /** The token, here and never again. */
  keep(ask: unknown): Promise<{ readonly token: string; readonly expiresAt: Millis }>
  /** Null when it is unknown, ended or too old. */
  find(token: string): Promise<{ readonly ask: unknown; readonly expiresAt: Millis } | null>
  end(token: string): Promise<boolean>
}

export const COMPARISON_DAYS = 90
export const COMPARISON_BYTES = 64 * 1024
/** Older ones go first when there are so many. */
export const MOST_COMPARISONS = 20_000
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export const openComparisons = ({ db, world }: { db: Db; world: World }): Comparisons => ({
  async keep(ask) {
    const token = Buffer.from(world.random(32)).toString('base64url')
    const now = world.now()
    const expiresAt = now + COMPARISON_DAYS * DAY
    await db.query('insert into api.comparison (hash, ask, created_at, expires_at) values ($1, $2, $3, $4)', [
      hashOf(token),
      canonicalJson(ask),
      iso(now),
      iso(expiresAt),
    ])
    return { token, expiresAt }
  },

  async find(token) {
    if (!TOKEN.test(token)) return null
    const [row] = await db.query<{ ask: string; expires_at: Millis }>(
      'select ask, expires_at from api.comparison where hash = $1',
      [hashOf(token)],
    )
    if (!row || row.expires_at <= world.now()) return null
    return { ask: JSON.parse(row.ask), expiresAt: row.expires_at }
  },

  async end(token) {
    if (!TOKEN.test(token)) return false
    const rows = await db.query('delete from api.comparison where hash = $1 returning 1', [hashOf(token)])
    return rows.length > 0
  },
})

/** Forgets what is too old, and the oldest beyond as many as are kept. Returns how many. */
export async function sweepComparisons(sql: Sql, now: Millis, limit: number): Promise<number> {
  const rows = await sql.query(
    `delete from api.comparison where hash in (
       (select hash from api.comparison where expires_at <= $1 order by expires_at limit $2)
       union all
       (select hash from api.comparison order by expires_at desc offset $3 limit $2))
     returning 1`,
    [iso(now), limit, MOST_COMPARISONS],
  )
  return rows.length
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
