import { SECOND, type Millis } from '#base/time.ts'
import type { DurableOwner } from './types.ts'

/** They have no heart that could stop: only the expiry of what they hold counts. */
export const DURABLE_OWNERS: readonly DurableOwner[] = ['batches', 'cluster']

/** An owner whose heartbeat stood still for so long is dead: its holds lapse. */
export const OWNER_DEAD_AFTER = 20 * SECOND
/** A longer pause between two looks means that this process slept; then it knows nothing of the others. */
const LOOK_GAP = 12 * SECOND

type Sight = { readonly seenAt: Millis; readonly since: Millis }

/**
 * Tells which owners are dead, from one look to the next. Only this process's own clock counts: a heartbeat is alive as long
 * as it changes, whatever time it carries, so replicas whose clocks differ never lapse each other's calls. Itself it never
 * calls dead.
 */
export function watchOwners(self: string) {
  let sights = new Map<string, Sight>()
  let lastLook = Number.NEGATIVE_INFINITY
  return (owners: readonly { id: string; seen_at: Millis }[], now: Millis): readonly string[] => {
    const slept = now - lastLook > LOOK_GAP
    lastLook = now
    const before = sights
    sights = new Map(
      owners.map(({ id, seen_at: seenAt }) => {
        const last = before.get(id)
        const stood = last !== undefined && last.seenAt === seenAt && !slept
        return [id, { seenAt, since: stood ? last.since : now }]
      }),
    )
    return [...sights]
      .filter(([id, { since }]) => id !== self && now - since >= OWNER_DEAD_AFTER)
      .map(([id]) => id)
  }
}
