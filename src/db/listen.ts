import pg from 'pg'
import { markLost } from './lost.ts'
import type { Turn } from './sql.ts'

const PING_EVERY = 10_000
const PING_TIMEOUT = 5_000
const FIRST_WAIT = 100
const LONGEST_WAIT = 5_000
/** How often one asks for a lock that another process has. */
const TRY_EVERY = 1_000

type Channel = { readonly heard: (payload: string) => void; readonly gap: () => void }

/**
 * One connection of its own for all that needs a session: the payloads of channels, and locks that last. It opens with
 * the first of them and then again by itself, with growing pauses, until the last one stops. A ping finds a connection
 * that died without a word, which TCP alone would notice only after minutes.
 */
export function openSession(settings: pg.ClientConfig) {
  const channels = new Map<string, Set<Channel>>()
  const turns = new Map<number, { mine: boolean }>()
  let current: pg.Client | undefined
  let opening: Promise<pg.Client> | undefined
  let retry: NodeJS.Timeout | undefined
  let wait = FIRST_WAIT
  let missed = false
  let asking = false

  const needed = (): boolean => channels.size > 0 || turns.size > 0

  async function open(): Promise<pg.Client> {
    const client = new pg.Client({ ...settings, query_timeout: PING_TIMEOUT })
    let ended = false
    const lost = (): void => {
      if (ended) return
      ended = true
      clearInterval(ping)
      clearInterval(trying)
      client.end().catch(() => {})
      if (current !== client) return
      current = undefined
      missed = true
      for (const turn of turns.values()) turn.mine = false
      again()
    }
    const ping = setInterval(() => void client.query('select 1').catch(lost), PING_EVERY)
    const trying = setInterval(() => void askForTurns(client).catch(lost), TRY_EVERY)
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ channel, payload = '' }) => {
      for (const one of channels.get(channel) ?? []) one.heard(payload)
    })
    try {
      await client.connect()
      for (const channel of channels.keys()) await listenTo(client, channel)
      if (ended) throw new Error('Connection terminated before it listened')
    } catch (error) {
      lost()
      throw markLost(error)
    }
    current = client
    wait = FIRST_WAIT
    void askForTurns(client).catch(lost)
    if (missed) for (const all of channels.values()) for (const one of all) one.gap()
    missed = false
    return client
  }

  /** The connection that stands, or the one that is being opened. */
  const session = (): Promise<pg.Client> => {
    if (current) return Promise.resolve(current)
    clearTimeout(retry)
    opening ??= open()
      .catch((error: unknown) => {
        again()
        throw error
      })
      .finally(() => (opening = undefined))
    return opening
  }

  function again(): void {
    clearTimeout(retry)
    if (!needed()) return
    retry = setTimeout(() => void session().catch(() => {}), wait)
    wait = Math.min(wait * 2, LONGEST_WAIT)
  }

  /** One at a time: a session that takes a lock twice would have to give it back twice. */
  async function askForTurns(client: pg.Client): Promise<void> {
    if (asking) return
    asking = true
    try {
      for (const [lock, turn] of turns) {
        if (turn.mine) continue
        const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
          lock,
        ])
        if (!rows[0]?.mine) continue
        if (turns.get(lock) === turn) turn.mine = client === current
        else await client.query('select pg_advisory_unlock($1)', [lock])
      }
    } finally {
      asking = false
    }
  }

  async function endUnneeded(): Promise<void> {
    if (needed()) return
    clearTimeout(retry)
    const client = current
    current = undefined
    await client?.end().catch(() => {})
  }

  return {
    /** The first connection must succeed, or the call throws. Returns the way to stop. */
    async listen(
      channel: string,
      onMessage: (payload: string) => void,
      onGap: () => void,
    ): Promise<() => Promise<void>> {
      const one: Channel = { heard: onMessage, gap: onGap }
      const listeners = channels.get(channel)
      const all = listeners ?? new Set<Channel>()
      all.add(one)
      channels.set(channel, all)
      const leave = (): void => {
        all.delete(one)
        if (all.size === 0 && channels.get(channel) === all) channels.delete(channel)
      }
      try {
        // Twice does no harm: a connection that was opened for it listens already.
        await listenTo(await session(), channel)
      } catch (error) {
        leave()
        await endUnneeded()
        throw markLost(error)
      }
      return async () => {
        leave()
        if (!channels.has(channel))
          await current?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => {})
        await endUnneeded()
      }
    },

    turn(lock: number): Turn {
      const turn = { mine: false }
      turns.set(lock, turn)
      session()
        .then(askForTurns)
        .catch(() => {})
      return {
        mine: () => turn.mine,
        stop: () => {
          turns.delete(lock)
          const had = turn.mine
          turn.mine = false
          if (had) void current?.query('select pg_advisory_unlock($1)', [lock]).catch(() => {})
          void endUnneeded()
        },
      }
    },

    /** Ends whatever still stands. */
    close: async (): Promise<void> => {
      channels.clear()
      turns.clear()
      await endUnneeded()
    },
  }
}

const listenTo = (client: pg.Client, channel: string): Promise<unknown> =>
  client.query(`listen ${client.escapeIdentifier(channel)}`)
