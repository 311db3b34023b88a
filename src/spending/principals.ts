import { Fault } from '#base/fault.ts'
import { dayOf, SECOND, startOfDay, type DateText, type Millis } from '#base/time.ts'
import type { Principal } from './types.ts'

/** What is known of a live key: enough to answer without the database until it must be looked at again. */
export type Known = {
  readonly principal: Principal
  readonly expiresAt: Millis | null
  /** The first day on which the person no longer works here. */
  readonly leftOn: DateText | null
  /** A key that was made after leaving lives until this day; null: a leaver has no keys. */
  readonly accessUntil: DateText | null
  readonly createdAt: Millis
}

/** Used again after this, an answer is looked at again behind the caller's back. */
const FRESH = 400
/** Those that are looked at again are gathered for so long, so that a thousand busy keys are one reading and not a thousand. */
const GATHER = 100
/** One reading begins so long after another has ended, however many wait: their calls come together into the next. */
const REST = 10
/** Older answers are not used: with the notifications lost, a revocation is still seen within a second. */
const LIVE = 900
/** So long a stranger is refused from memory. */
const STRANGER = SECOND
const KNOWN_LIMIT = 20_000
const STRANGER_LIMIT = 10_000
const BATCH = 2_000
const WAITING_LIMIT = 5_000

type Entry = Known & { readonly readAt: Millis }

/**
 * Who holds which key, in memory. `load` reads many hashes at once; at most one reading is under way, and what waits
 * goes together into the next. An answer counts from the instant before it was read, and what was read before a
 * `forget` is not kept.
 */
export function openPrincipals({
  load,
  now,
  after = inMillis,
}: {
  load: (hashes: readonly string[]) => Promise<ReadonlyMap<string, Known>>
  now: () => Millis
  /** Does it so many milliseconds later. */
  after?: (wait: Millis, work: () => void) => void
}) {
  const known = new Map<string, Entry>()
  const strangers = new Map<string, Millis>()
  const waiting = new Map<string, PromiseWithResolvers<Known | null>>()
  /** Known, and to be looked at again. */
  const ageing = new Map<string, null>()
  let gathered = false
  let generation = 0
  let running = false

  function keep(hash: string, found: Known | undefined, readAt: Millis): void {
    // Taken out first, so that the order of the map is the order of reading and the oldest leaves when it is full.
    known.delete(hash)
    if (found) {
      known.set(hash, { ...found, readAt })
      trim(known, KNOWN_LIMIT)
    } else {
      strangers.set(hash, readAt + STRANGER)
      trim(strangers, STRANGER_LIMIT)
    }
  }

  async function read(): Promise<void> {
    running = true
    // Whoever waits goes first, and takes along those that are about to be read anyway.
    const asked = taken(waiting, BATCH)
    const again = taken(ageing, BATCH - asked.length).map(([hash]) => hash)
    const hashes = [...asked.map(([hash]) => hash), ...again.filter((hash) => known.has(hash))]
    const readAt = now()
    const since = generation
    try {
      const found = hashes.length === 0 ? new Map<string, Known>() : await load(hashes)
      if (since === generation) for (const hash of hashes) keep(hash, found.get(hash), readAt)
      for (const [hash, { resolve }] of asked) resolve(found.get(hash) ?? null)
    } catch (error) {
      for (const [, { reject }] of asked) reject(error)
    }
    after(REST, () => {
      running = false
      if (waiting.size > 0) void read()
      else if (ageing.size > 0) readSoon()
    })
  }

  function readSoon(): void {
    if (gathered) return
    gathered = true
    after(GATHER, () => {
      gathered = false
      if (ageing.size > 0 && !running) void read()
    })
  }

  function ask(hash: string): Promise<Known | null> {
    const asked = waiting.get(hash)
    if (asked) return asked.promise
    if (waiting.size >= WAITING_LIMIT) {
      return Promise.reject(new Fault('unavailable', 'Too many keys are being looked up; try again shortly.'))
    }
    const answer = Promise.withResolvers<Known | null>()
    waiting.set(hash, answer)
    if (!running) void read()
    return answer.promise
  }

  function find(hash: string, at: Millis): Known | null | Promise<Known | null> {
    const entry = known.get(hash)
    if (entry && at - entry.readAt < LIVE) {
      // A reading that fails leaves the answer until it is too old; then the caller hears of the failure.
      if (at - entry.readAt >= FRESH) {
        ageing.set(hash, null)
        readSoon()
      }
      return entry
    }
    if ((strangers.get(hash) ?? 0) > at) return null
    return ask(hash)
  }

  /** Expiry and leaving are looked at on every call: they need no news. */
  function liveAt(found: Known | null, at: Millis): Principal | null {
    if (!found) return null
    if (found.expiresAt !== null && found.expiresAt <= at) return null
    return found.leftOn !== null && isOver(found, dayOf(at)) ? null : found.principal
  }

  return {
    /** The holder of a key that is live now; at once where memory has it. */
    find(hash: string, at: Millis = now()): Principal | null | Promise<Principal | null> {
      const found = find(hash, at)
      return found instanceof Promise ? found.then((later) => liveAt(later, now())) : liveAt(found, at)
    },

    /** Forgets a key, all keys of a person, or everything. */
    forget(what: { key: string } | { person: string } | 'all'): void {
      generation++
      if (what === 'all') return known.clear()
      for (const [hash, { principal }] of known) {
        const same = 'key' in what ? principal.key.id === what.key : principal.person.id === what.person
        if (same) known.delete(hash)
      }
    },
  }
}

/** Every key that stood at leaving is dead from that day on; what was made later lives as long as its owner's access. */
function isOver({ leftOn, accessUntil, createdAt }: Known, today: DateText): boolean {
  if (leftOn === null || leftOn > today) return false
  return accessUntil === null || accessUntil <= today || createdAt < startOfDay(leftOn)
}

const inMillis = (wait: Millis, work: () => void): void => void setTimeout(work, wait)

/** The oldest of a map, at most `most` of them, which leave it. */
function taken<K, V>(from: Map<K, V>, most: number): (readonly [K, V])[] {
  const oldest: (readonly [K, V])[] = []
  for (const entry of from) {
    if (oldest.length >= most) break
    oldest.push(entry)
  }
  for (const [key] of oldest) from.delete(key)
  return oldest
}

function trim(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
