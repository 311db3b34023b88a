import { Fault } from '#base/fault.ts'
import { iso, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import { parseFacts, type Alert, type AlertFacts } from './alert.ts'
import * as store from './store.ts'

export type AlertPage = { readonly alerts: readonly Alert[]; readonly next: string | null }
export type AlertAsk = { readonly limit: number; readonly cursor?: string | undefined }

/** Alerts of people. Who may read them is decided at the door. */
export type Alerts = {
  /** In the caller's transaction. False when the same cause has alerted before. */
  record(sql: Sql, alert: NewAlert): Promise<boolean>
  /** Did a cause that begins so alert the person since then? */
  toldSince(sql: Sql, ask: { person: string; begins: string; since: Millis }): Promise<boolean>
  /** Newest first. Throws Fault `invalid` for a cursor that no page gave. */
  list(person: string | null, ask: AlertAsk): Promise<AlertPage>
  unseen(person: string): Promise<number>
  /** `ids` null: all. Alerts of others among them stay as they are. */
  markSeen(person: string, ids: readonly string[] | null): Promise<void>
}

export type NewAlert = {
  readonly person: string | null
  readonly at: Millis
  readonly facts: AlertFacts
  /** Two alerts of one cause are one. */
  readonly cause: string | null
}

export function openAlerts({ db, world }: { db: Db; world: World }): Alerts {
  return {
    record(sql, { person, at, facts, cause }) {
      const { kind, ...body } = facts
      return store.insert(sql, { id: world.id(), person, kind, at, body, cause })
    },

    toldSince: async (sql, ask) => (await store.causesSince(sql, ask)).length > 0,

    async list(person, { limit, cursor }) {
      const before = cursor === undefined ? null : decode(cursor)
      const rows = await store.list(db, { person, limit: limit + 1, before })
      const kept = rows.slice(0, limit)
      const last = kept.at(-1)
      return {
        alerts: kept.map(alertOf),
        next: rows.length > limit && last ? `${iso(last.at)}_${last.id}` : null,
      }
    },

    unseen: (person) => store.unseen(db, person),

    async markSeen(person, ids) {
      await store.markSeen(db, { person, ids, now: world.now() })
    },
  }
}

const alertOf = (row: store.AlertRow): Alert => ({
  id: row.id,
  at: row.at,
  person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? '' },
  facts: parseFacts(row.kind, row.body),
  seenAt: row.seen_at,
})

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function decode(cursor: string): store.Cursor {
  const match = CURSOR.exec(cursor)
  if (match) return { at: match[1]!, id: match[2]! }
  throw new Fault('invalid', 'The cursor is not one that an answer gave. Start again without it.', {
    param: 'cursor',
  })
}
