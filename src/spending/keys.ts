import { Fault } from '#base/fault.ts'
import { dayOf, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { Purpose } from '#ledger/types.ts'
import { PURPOSES } from './policy.ts'
import { hashSecret, newSecret, prefixOf } from './secret.ts'
import * as store from './store.ts'
import type { Key } from './types.ts'

export type KeyAsk = {
  readonly name: string
  readonly purpose: Purpose
  readonly models: readonly string[] | null
  readonly expiresAt: Millis | null
}

const LIVE_LIMIT = 50
const LIST_LIMIT = 500
const NAME_LIMIT = 80
const GLOBS_LIMIT = 50

/** Making, listing and revoking keys. What is changed in a transaction is announced in that transaction. */
export function openKeys({
  db,
  ledger,
  world,
}: {
  db: Db
  ledger: Pick<Ledger, 'openWallet'>
  world: World
}) {
  const within = <T>(sql: Sql | undefined, work: (tx: Sql) => Promise<T>): Promise<T> =>
    sql ? work(sql) : db.tx(work)

  return {
    create: (person: string, ask: KeyAsk, sql?: Sql): Promise<{ key: Key; secret: string }> =>
      within(sql, async (tx) => {
        const now = world.now()
        const { name, models } = checkAsk(ask, now)
        const spender = await store.spender(tx, person)
        if (!spender) throw new Fault('not_found', `There is no person ${person}.`, { param: 'person' })
        if (spender.leftOn !== null && spender.leftOn <= dayOf(now)) {
          throw new Fault('forbidden', `The person left on ${spender.leftOn}; leavers have no keys.`)
        }
        if ((await store.liveKeys(tx, person, now)) >= LIVE_LIMIT) {
          throw new Fault('conflict', `Nobody has more than ${LIVE_LIMIT} live keys: revoke one first.`)
        }
        // A key without a wallet could say nothing but "unknown"; with one it says what is missing.
        await ledger.openWallet(tx, { id: world.id(), person, asset: 'USD' })
        const secret = newSecret(world.random)
        const key: Key = {
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
        return { key, secret }
      }),

    list: (person: string): Promise<readonly Key[]> => store.keysOf(db, person, LIST_LIMIT),
    find: (id: string): Promise<Key | null> => store.key(db, id),

    revoke: (id: string, sql?: Sql): Promise<Key> =>
      within(sql, async (tx) => {
        const key = await store.revokeKey(tx, id, world.now())
        if (!key) throw new Fault('not_found', `There is no key ${id}.`, { param: 'id' })
        await store.announce(tx, `key:${id}`)
        return key
      }),

    revokeAll: (person: string, sql?: Sql): Promise<number> =>
      within(sql, async (tx) => {
        const count = await store.revokeKeysOf(tx, person, world.now())
        await store.announce(tx, `person:${person}`)
        return count
      }),
  }
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

const invalid = (param: string, message: string): Fault => new Fault('invalid', message, { param })
