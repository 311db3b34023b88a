import { Fault } from '#base/fault.ts'
import { NANO_PER_USD } from '#base/money.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Purpose } from '#ledger/types.ts'
import { PURPOSES } from './policy.ts'
import { hashSecret, newSecret, prefixOf } from './secret.ts'
import * as store from './store.ts'
import type { Key, KeyChange, KeyLimit } from './types.ts'

export type KeyAsk = {
  readonly name: string
  readonly purpose: Purpose
  readonly models: readonly string[] | null
  readonly expiresAt: Millis | null
  readonly limit?: KeyLimit | null
}

const LIVE_LIMIT = 50
const LIST_LIMIT = 500
const NAME_LIMIT = 80
const GLOBS_LIMIT = 50
/** A billion dollars: a slip of the decimal point, and safely within a column. */
const AMOUNT_LIMIT = 1_000_000_000n * NANO_PER_USD
const PERIODS: readonly KeyLimit['period'][] = ['day', 'week', 'month', null]

/** Making, listing, changing and revoking keys. What is changed in a transaction is announced in that transaction. */
export function openKeys({
  db,
  ledger,
  world,
}: {
  db: Db
  ledger: Pick<Ledger, 'openWallet' | 'setCap' | 'capsOf'>
  world: World
}) {
  const within = <T>(sql: Sql | undefined, work: (tx: Sql) => Promise<T>): Promise<T> =>
    sql ? work(sql) : db.tx(work)

  async function withLimits(sql: Sql, rows: readonly store.KeyRow[]): Promise<readonly Key[]> {
    const caps = await ledger.capsOf(
      sql,
      rows.map(({ id }) => id),
      world.now(),
    )
    return rows.map((row) => ({ ...row, limit: caps.get(row.id) ?? null }))
  }
  const withLimit = async (sql: Sql, row: store.KeyRow): Promise<Key> => (await withLimits(sql, [row]))[0]!

  return {
    create: (person: string, ask: KeyAsk, sql?: Sql): Promise<{ key: Key; secret: string }> =>
      within(sql, async (tx) => {
        const now = world.now()
        const { name, models } = checkAsk(ask, now)
        const { limit = null } = ask
        const spender = await store.spender(tx, person)
        if (!spender) throw new Fault('not_found', `There is no person ${person}.`, { param: 'person' })
        refuseNewcomer(spender, dayOf(now))
        refuseLeaver(spender, ask.purpose, dayOf(now))
        if ((await store.liveKeys(tx, person, now)) >= LIVE_LIMIT) {
          throw new Fault('conflict', `Nobody has more than ${LIVE_LIMIT} live keys: revoke one first.`)
        }
        // A key without a wallet could say nothing but "unknown"; with one it says what is missing.
        const wallet = await ledger.openWallet(tx, { id: world.id(), person, asset: 'USD' })
        const secret = newSecret(world.random)
        const key: store.KeyRow = {
          id: world.id(),
          person,
          name,
          prefix: prefixOf(secret),
          purpose: ask.purpose,
          models,
          createdAt: now,
          expiresAt: ask.expiresAt,
          revokedAt: null,
          firstUsedAt: null,
          lastUsedAt: null,
        }
        await store.insertKey(tx, key, hashSecret(secret))
        if (limit) await ledger.setCap(tx, now, { key: key.id, wallet, limit })
        return { key: await withLimit(tx, key), secret }
      }),

    list: async (person: string, sql: Sql = db): Promise<readonly Key[]> =>
      withLimits(sql, await store.keysOf(sql, person, LIST_LIMIT)),

    find: async (id: string): Promise<Key | null> => {
      const row = await store.key(db, id)
      return row && withLimit(db, row)
    },

    change: (id: string, change: KeyChange, sql?: Sql): Promise<Key> =>
      within(sql, async (tx) => {
        const now = world.now()
        const row = await store.lockedKey(tx, id)
        if (!row) throw new Fault('not_found', `There is no key ${id}.`, { param: 'id' })
        if (row.revokedAt !== null) {
          throw new Fault(
            'conflict',
            'The key is revoked; a revoked key is never used again, so make a new one.',
          )
        }
        const { name = row.name, models = row.models, expiresAt = row.expiresAt, limit } = change
        const asked = checkAsk(
          { name, models, purpose: row.purpose, expiresAt: change.expiresAt ?? null, limit: limit ?? null },
          now,
        )
        const changed = { ...row, ...asked, expiresAt }
        await store.updateKey(tx, changed)
        if (limit !== undefined) {
          const wallet = await ledger.openWallet(tx, { id: world.id(), person: row.person, asset: 'USD' })
          await ledger.setCap(tx, now, { key: id, wallet, limit })
        }
        await store.announce(tx, `key:${id}`)
        return withLimit(tx, changed)
      }),

    revoke: (id: string, sql?: Sql): Promise<Key> =>
      within(sql, async (tx) => {
        const key = await store.revokeKey(tx, id, world.now())
        if (!key) throw new Fault('not_found', `There is no key ${id}.`, { param: 'id' })
        await store.announce(tx, `key:${id}`)
        return withLimit(tx, key)
      }),

    revokeAll: (person: string, sql?: Sql): Promise<number> =>
      within(sql, async (tx) => {
        const count = await store.revokeKeysOf(tx, person, world.now())
        await store.announce(tx, `person:${person}`)
        return count
      }),
  }
}

/** Whoever has not begun has nothing to spend, and nothing of the company's either. */
function refuseNewcomer({ hiredOn }: store.Spender, today: DateText): void {
  if (hiredOn <= today) return
  throw new Fault('conflict', `Work begins on ${hiredOn}; keys are made from that day on.`)
}

/** After leaving, keys are made only while something stays usable, and only for what it stays usable for. */
function refuseLeaver(
  { leftOn, accessUntil, accessPurposes }: store.Spender,
  purpose: Purpose,
  today: DateText,
): void {
  if (leftOn === null || leftOn > today) return
  if (accessUntil === null || accessUntil <= today)
    throw new Fault('forbidden', `The person left on ${leftOn}; leavers have no keys.`)
  if (accessPurposes === null || accessPurposes.includes(purpose)) return
  const named = accessPurposes.join(', ')
  throw new Fault('forbidden', `The person left on ${leftOn}; what stays usable is for ${named}.`, {
    param: 'purpose',
  })
}

function checkAsk(ask: KeyAsk, now: Millis): { name: string; models: readonly string[] | null } {
  const name = ask.name.trim()
  if (name === '' || name.length > NAME_LIMIT || /\p{Cc}/u.test(name)) {
    throw invalid('name', `A key's name has 1 to ${NAME_LIMIT} visible characters, for example "Laptop".`)
  }
  if (!PURPOSES.includes(ask.purpose)) {
    throw invalid('purpose', `"${String(ask.purpose).slice(0, 40)}" is none of ${PURPOSES.join(', ')}.`)
  }
  if (ask.expiresAt !== null && !(Number.isSafeInteger(ask.expiresAt) && ask.expiresAt > now)) {
    throw invalid('expires_at', 'A key expires in the future, or never (null).')
  }
  checkLimit(ask.limit ?? null)
  const { models } = ask
  if (models === null) return { name, models }
  if (models.length < 1 || models.length > GLOBS_LIMIT) {
    throw invalid('models', `Give 1 to ${GLOBS_LIMIT} model names, or null for all.`)
  }
  const bad = models.find((glob) => !/^[!-~]{1,100}$/.test(glob))
  if (bad !== undefined) {
    throw invalid(
      'models',
      `"${bad.slice(0, 40)}" is no model name; "*" stands for any part, as in claude-*.`,
    )
  }
  return { name, models }
}

function checkLimit(limit: KeyLimit | null): void {
  if (limit === null) return
  if (limit.amount <= 0n || limit.amount > AMOUNT_LIMIT) {
    throw invalid(
      'limit.amount',
      'A limit is above 0 and at most a billion dollars, in nano-dollars; null for none.',
    )
  }
  if (!PERIODS.includes(limit.period)) {
    throw invalid(
      'limit.period',
      `"${String(limit.period).slice(0, 40)}" is none of day, week, month; null for ever.`,
    )
  }
}

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
