import { Fault } from '#base/fault.ts'
import { DAY, MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import { isConnectionLost, type Db } from '#db/sql.ts'
import type { Log } from '../log.ts'
import * as store from './store.ts'
import type { Attempt, Denial, Denied } from './types.ts'

export type Trail = ReturnType<typeof openTrail>

const KEPT_FOR = 90 * DAY
const EVERY = SECOND
const LONGEST_PAUSE = 10 * SECOND
const BATCH = 2_000
const QUEUE = 10_000
const SAME_WITHIN = MINUTE
const SWEEP_BATCH = 5_000
const MOST_SWEEPS = 20
const LONGEST_TEXT = 200
const LONGEST_MESSAGE = 2_000

/**
 * What came of each sending and what was refused, written behind the calls: nothing here slows a call or fails one.
 * While the database is away the newest are kept, the oldest go and the log says how many.
 */
export function openTrail({ db, world, log }: { db: Db; world: World; log: Log }) {
  const attempts = queue<Attempt>((batch, again) => store.insertAttempts(db, batch, { again }), 'attempts')
  const denials = queue<Denial>((batch) => store.upsertDenials(db, batch), 'denials')
  /** The last of each kind of refusal. Denials of one kind within a minute are one. */
  const recent = new Map<string, Denial>()
  let timer: NodeJS.Timeout | null = null
  let pause = EVERY
  let writing: Promise<void> = Promise.resolve()
  let closed = false

  function queue<T>(write: (batch: readonly T[], again: boolean) => Promise<void>, what: string) {
    let waiting = new Map<unknown, T>()
    /** Among those that wait may be some that stand: their answer was lost, or they were refused. */
    let again = false
    let lost = 0
    return {
      /** One that waits under the same key is replaced. */
      push: (key: unknown, item: T): void => {
        if (waiting.size >= QUEUE && !waiting.has(key)) {
          waiting.delete(waiting.keys().next().value!)
          lost += 1
        }
        waiting.set(key, item)
        if (waiting.size === BATCH && pause === EVERY) void flush()
        else arm()
      },
      /** False when the database could not be reached: what is left waits. */
      flush: async (): Promise<boolean> => {
        if (lost > 0) {
          log('error', `${what} could not be written in time; the oldest were dropped`, { dropped: lost })
          lost = 0
        }
        while (waiting.size > 0) {
          const batch = [...waiting].slice(0, BATCH)
          for (const [key] of batch) waiting.delete(key)
          try {
            await write(
              batch.map(([, item]) => item),
              again,
            )
          } catch (error) {
            const away = isAway(error)
            if (away || !again) {
              waiting = new Map([...batch, ...waiting])
              again = true
              if (away) return false
              continue
            }
            // It would be refused again: better to go on with the next than to stand still.
            log('error', `${what} could not be written`, { dropped: batch.length, error: String(error) })
          }
        }
        again = false
        return true
      },
    }
  }

  /** Does not keep the process alive: `close` writes what is left. */
  function arm(): void {
    if (timer || closed) return
    timer = setTimeout(() => {
      timer = null
      void flush()
    }, pause).unref()
  }

  const write = async (): Promise<void> => {
    const [one, other] = [await attempts.flush(), await denials.flush()]
    pause = one && other ? EVERY : Math.min(pause * 2, LONGEST_PAUSE)
    if (!one || !other) arm()
  }
  const flush = (): Promise<void> => (writing = writing.then(write, write))

  return {
    attempt: (attempt: Attempt): void => {
      const { error } = attempt
      attempts.push(attempt, error === null ? attempt : { ...attempt, error: plain(error, LONGEST_MESSAGE) })
    },

    denied: (denied: Denied): void => {
      const now = world.now()
      const route = plain(denied.route, LONGEST_TEXT)
      const model = denied.model === null ? null : plain(denied.model, LONGEST_TEXT)
      const kind = JSON.stringify([denied.key, denied.door, route, model, denied.code])
      const before = recent.get(kind)
      const same = before !== undefined && now - before.at < SAME_WITHIN
      const message = plain(denied.message, LONGEST_MESSAGE)
      const denial: Denial = same
        ? { ...before, count: before.count + 1 }
        : { ...denied, route, model, message, id: world.id(), at: now, count: 1 }
      recent.delete(kind)
      recent.set(kind, denial)
      if (recent.size > QUEUE) recent.delete(recent.keys().next().value!)
      denials.push(denial.id, denial)
    },

    /** Writes what waits. */
    flush,

    /** Forgets what is older than 90 days. Returns how many rows went. */
    sweep: async (now: Millis): Promise<number> => {
      let gone = 0
      for (let turn = 0; turn < MOST_SWEEPS; turn += 1) {
        const more = await store.sweep(db, now - KEPT_FOR, SWEEP_BATCH)
        gone += more
        if (more === 0) break
      }
      return gone
    },

    close: async (): Promise<void> => {
      closed = true
      if (timer) clearTimeout(timer)
      await flush()
    },
  }
}

const isAway = (error: unknown): boolean =>
  isConnectionLost(error) || (error instanceof Fault && error.code === 'unavailable')

/** As a database can keep it and a terminal can show it. */
const plain = (text: string, most: number): string => text.slice(0, most).replaceAll(/[\p{Cc}\p{Cs}]/gu, '?')
