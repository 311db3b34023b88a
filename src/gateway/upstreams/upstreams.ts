import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import { globMatches } from '#spending/policy.ts'
import { addressOf, type Address } from './address.ts'
import { openCircuit, type Circuit } from './circuit.ts'
import * as store from './store.ts'
import { open, seal } from '#base/vault.ts'

/** As people see it: whether there is a key, never the key. */
export type UpstreamView = {
  readonly id: string
  readonly name: string
  readonly protocol: store.UpstreamRow['protocol']
  readonly baseUrl: string
  readonly hasKey: boolean
  readonly enabled: boolean
  readonly priority: number
  /** Globs of model names; null serves every model. */
  readonly models: readonly string[] | null
  /** Takes calls only while no other upstream of its protocol is enabled. */
  readonly standIn: boolean
  readonly createdAt: Millis
}

/** As the relay uses it. */
export type Upstream = Address & {
  readonly id: string
  readonly name: string
  readonly protocol: store.UpstreamRow['protocol']
  readonly key: string | null
  readonly models: readonly string[] | null
}

/** What an upstream can be told to be. */
type Ask = {
  readonly baseUrl: string
  readonly key: string | null
  readonly priority?: number
  readonly models?: readonly string[] | null
  readonly enabled?: boolean
  readonly standIn?: boolean
}

type Protocol = store.UpstreamRow['protocol']

/** Who serves a model under either of two names. */
type Serving = { readonly protocol: Protocol; readonly last: string; readonly found: readonly Upstream[] }

export type Upstreams = Awaited<ReturnType<typeof openUpstreams>>

const NONCE_BYTES = 12
const RELOAD_AFTER = SECOND
const MOST_MODELS = 1_000

const view = (row: store.UpstreamRow): UpstreamView => ({
  id: row.id,
  name: row.name,
  protocol: row.protocol,
  baseUrl: row.base_url,
  hasKey: row.sealed_key !== null,
  enabled: row.enabled,
  priority: row.priority,
  models: row.models,
  standIn: row.stand_in,
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
  let usable: readonly Upstream[] = []
  /** Who of them serves a model, by the name that was asked for; emptied with every reading, and when somebody makes up names. */
  const servers = new Map<string, Serving>()
  const circuit = openCircuit(world.now)
  const told: Pick<Circuit, 'begun' | 'answered' | 'failed' | 'standing'> = circuit
  let retry: NodeJS.Timeout | undefined
  let closed = false
  let reading: Promise<void> = Promise.resolve()

  const opened = (row: store.UpstreamRow): Upstream => ({
    ...addressOf(row.base_url, { plainHttp }),
    id: row.id,
    name: row.name,
    protocol: row.protocol,
    models: row.models,
    key: row.sealed_key === null ? null : open(masterKey, row.id, row.sealed_key),
  })

  const read = async (): Promise<void> => {
    const rows = (await store.all(db)).filter(({ enabled }) => enabled)
    const real = new Set(rows.filter((row) => !row.stand_in).map(({ protocol }) => protocol))
    const next: Upstream[] = []
    for (const row of rows) {
      if (row.stand_in && real.has(row.protocol)) continue
      try {
        next.push(opened(row))
      } catch (error) {
        // One that cannot be used must not take the others with it; calls to it say that none is set up.
        if (!(error instanceof Fault)) throw error
      }
    }
    usable = next
    servers.clear()
  }

  function serving(protocol: Protocol, names: readonly [string, string]): readonly Upstream[] {
    const [asked, last] = names
    const known = servers.get(asked)
    if (known && known.protocol === protocol && known.last === last) return known.found
    const found = usable.filter((one) => one.protocol === protocol && serves(one, names))
    if (servers.size >= MOST_MODELS) servers.clear()
    servers.set(asked, { protocol, last, found })
    return found
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
    /**
     * The enabled upstreams of a protocol that serve a model under one of its two names, in the order to try them: by
     * priority, those that are spared last. In memory.
     */
    candidates: (protocol: Protocol, names: readonly [string, string]): readonly Upstream[] =>
      circuit.order(serving(protocol, names)),

    /** Is there anybody for a model? In memory. */
    serves: (protocol: Protocol, model: string): boolean =>
      usable.some((one) => one.protocol === protocol && serves(one, [model])),

    /** The first of a protocol whatever it serves, or null: for what concerns no model. */
    pick: (protocol: Protocol): Upstream | null =>
      circuit.order(usable.filter((one) => one.protocol === protocol))[0] ?? null,

    /** The upstream as it can be called, also when it is switched off; null when there is none. Throws Fault. */
    callable: async (id: string): Promise<Upstream | null> => {
      const row = (await store.all(db)).find((each) => each.id === id)
      return row ? opened(row) : null
    },

    /** How each call to them went. */
    circuit: told,

    list: async (): Promise<readonly UpstreamView[]> => (await store.all(db)).map(view),

    /** Throws Fault `invalid` for a base URL that cannot be used, `conflict` for a name that is taken. */
    create: async (ask: Ask & { name: string; protocol: Protocol }, sql: Sql = db): Promise<UpstreamView> => {
      addressOf(ask.baseUrl, { plainHttp })
      const id = world.id()
      const now = world.now()
      const row = await store.insert(sql, {
        id,
        name: nameOf(ask.name),
        protocol: ask.protocol,
        base_url: ask.baseUrl,
        sealed_key: sealed(id, ask.key),
        enabled: ask.enabled ?? true,
        priority: priorityOf(ask.priority ?? 50),
        models: globsOf(ask.models ?? null),
        stand_in: ask.standIn ?? false,
        created_at: now,
        updated_at: now,
      })
      if (!row)
        throw new Fault('conflict', `an upstream named ${JSON.stringify(ask.name)} stands already`, {
          param: 'name',
        })
      // In somebody's transaction it is told by the database when it stands.
      if (sql === db) await load()
      return view(row)
    },

    /** What is left out stays; `key: null` takes the key away. Throws Fault `not_found`, `invalid`. */
    change: async (id: string, ask: Partial<Ask>): Promise<UpstreamView> => {
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
            priority: priorityOf(ask.priority ?? standing.priority),
            models: ask.models === undefined ? standing.models : globsOf(ask.models),
            stand_in: ask.standIn ?? standing.stand_in,
          },
          world.now(),
        )
      })
      if (!row) throw new Fault('not_found', `there is no upstream ${id}`)
      circuit.forget(id)
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

const serves = ({ models }: Upstream, names: readonly string[]): boolean =>
  models === null || models.some((glob) => names.some((name) => globMatches(glob, name)))

const MOST_GLOBS = 100
const LONGEST_NAME = 100

function nameOf(name: string): string {
  if (/^[\x20-\x7e]+$/.test(name) && name.length <= LONGEST_NAME && name.trim() === name) return name
  throw new Fault('invalid', `name has 1 to ${LONGEST_NAME} plain characters`, { param: 'name' })
}

function priorityOf(priority: number): number {
  if (Number.isInteger(priority) && priority >= 0 && priority <= 100) return priority
  throw new Fault('invalid', `priority is ${priority}; give a whole number from 0 to 100`, {
    param: 'priority',
  })
}

function globsOf(models: readonly string[] | null): readonly string[] | null {
  if (models === null) return null
  const odd = models.find((glob) => !/^[!-~]{1,200}$/.test(glob))
  if (odd !== undefined || models.length === 0 || models.length > MOST_GLOBS)
    throw new Fault(
      'invalid',
      `models takes 1 to ${MOST_GLOBS} names or globs without spaces; null serves every model`,
      { param: 'models' },
    )
  return models
}
