import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { addressOf, type Address } from './address.ts'
import * as store from './store.ts'
import { open, seal } from './vault.ts'

/** As people see it: whether there is a key, never the key. */
export type UpstreamView = {
  readonly id: string
  readonly name: string
  readonly protocol: store.UpstreamRow['protocol']
  readonly baseUrl: string
  readonly hasKey: boolean
  readonly enabled: boolean
  readonly priority: number
  readonly createdAt: Millis
}

/** As the relay uses it. */
export type Upstream = Address & { readonly id: string; readonly name: string; readonly key: string | null }

export type Upstreams = Awaited<ReturnType<typeof openUpstreams>>

const NONCE_BYTES = 12
const RELOAD_AFTER = SECOND

const view = (row: store.UpstreamRow): UpstreamView => ({
  id: row.id,
  name: row.name,
  protocol: row.protocol,
  baseUrl: row.base_url,
  hasKey: row.sealed_key !== null,
  enabled: row.enabled,
  priority: row.priority,
  createdAt: row.created_at,
})

/**
 * The upstreams, kept in memory and read again when the table changes. `masterKey` (32 bytes) seals their keys;
 * `plainHttp` allows http to other machines.
 */
export async function openUpstreams({
  db,
  world,
  masterKey,
  plainHttp = false,
}: {
  db: Db
  world: World
  masterKey: Uint8Array
  plainHttp?: boolean
}) {
  let chosen = new Map<string, Upstream>()
  let retry: NodeJS.Timeout | undefined
  let closed = false
  let reading: Promise<void> = Promise.resolve()

  const opened = (row: store.UpstreamRow): Upstream => ({
    ...addressOf(row.base_url, { plainHttp }),
    id: row.id,
    name: row.name,
    key: row.sealed_key === null ? null : open(masterKey, row.id, row.sealed_key),
  })

  const read = async (): Promise<void> => {
    const next = new Map<string, Upstream>()
    for (const row of await store.all(db)) {
      if (!row.enabled || next.has(row.protocol)) continue
      try {
        next.set(row.protocol, opened(row))
      } catch (error) {
        // One that cannot be used must not take the others with it; calls to it say that none is set up.
        if (!(error instanceof Fault)) throw error
      }
    }
    chosen = next
  }

  /** One read after another, so that an older one never replaces a newer. */
  const load = (): Promise<void> => (reading = reading.then(read, read))

  /** A failed read leaves the last known list in use and is tried again. */
  const reload = (): void => {
    load().catch(() => {
      clearTimeout(retry)
      if (!closed) retry = setTimeout(reload, RELOAD_AFTER).unref()
    })
  }

  const sealed = (id: string, key: string | null): Buffer | null =>
    key === null ? null : seal(masterKey, world.random(NONCE_BYTES), id, key)

  await load()
  const stop = await db.listen('perq_gateway', reload, reload)

  return {
    /** The enabled upstream of a protocol with the lowest priority number, or null. In memory. */
    pick: (protocol: store.UpstreamRow['protocol']): Upstream | null => chosen.get(protocol) ?? null,

    list: async (): Promise<readonly UpstreamView[]> => (await store.all(db)).map(view),

    /** Throws Fault `invalid` for a base URL that cannot be used, `conflict` for a name that is taken. */
    create: async (ask: {
      name: string
      protocol: store.UpstreamRow['protocol']
      baseUrl: string
      key: string | null
      priority?: number
      enabled?: boolean
    }): Promise<UpstreamView> => {
      addressOf(ask.baseUrl, { plainHttp })
      const id = world.id()
      const now = world.now()
      const row = await store.insert(db, {
        id,
        name: ask.name,
        protocol: ask.protocol,
        base_url: ask.baseUrl,
        sealed_key: sealed(id, ask.key),
        enabled: ask.enabled ?? true,
        priority: ask.priority ?? 50,
        created_at: now,
        updated_at: now,
      })
      if (!row)
        throw new Fault('conflict', `an upstream named ${JSON.stringify(ask.name)} stands already`, {
          param: 'name',
        })
      await load()
      return view(row)
    },

    /** What is left out stays; `key: null` takes the key away. Throws Fault `not_found`, `invalid`. */
    change: async (
      id: string,
      ask: { baseUrl?: string; key?: string | null; priority?: number; enabled?: boolean },
    ): Promise<UpstreamView> => {
      if (ask.baseUrl !== undefined) addressOf(ask.baseUrl, { plainHttp })
      const row = await db.tx(async (sql) => {
        const standing = await store.lock(sql, id)
        if (!standing) return null
        return store.update(
          sql,
          {
            ...standing,
            base_url: ask.baseUrl ?? standing.base_url,
            sealed_key: ask.key === undefined ? standing.sealed_key : sealed(id, ask.key),
            enabled: ask.enabled ?? standing.enabled,
            priority: ask.priority ?? standing.priority,
          },
          world.now(),
        )
      })
      if (!row) throw new Fault('not_found', `there is no upstream ${id}`)
      await load()
      return view(row)
    },

    close: async (): Promise<void> => {
      closed = true
      clearTimeout(retry)
      await stop()
    },
  }
}
