import type { Millis } from '#base/time.ts'
import { knownUntil, within, type Period, type Run } from './facts.ts'
import type { Wait } from './wait.ts'

/** One run's wait, and whether the guarantee speaks of it. */
export type QueueWait = Wait & {
  readonly run: Run
  readonly eligibleAt: Millis
  /** False: with it the person had more at once than the contract guarantees. */
  readonly guaranteed: boolean
}

/**
 * The waits of all runs that became eligible in the period, in that order. A run is within the guarantee when its GPUs, and those
 * that the same person's runs used or waited for within the guarantee when it became eligible, are at most `atOnce` (null: no
 * limit was agreed, so all of them are).
 */
export function queueWaits(
  runs: readonly Run[],
  period: Period,
  atOnce: number | null,
): readonly QueueWait[] {
  const until = knownUntil(period)
  const line = runs
    .flatMap((run) => (run.eligibleAt === null ? [] : [{ run, eligibleAt: run.eligibleAt }]))
    .filter(({ eligibleAt }) => eligibleAt < until)
    .toSorted((a, b) => a.eligibleAt - b.eligibleAt || (a.run.id < b.run.id ? -1 : 1))
  let before: { run: Run; guaranteed: boolean }[] = []
  const waits: QueueWait[] = []
  for (const { run, eligibleAt } of line) {
    before = before.filter((other) => !isOver(other.run, eligibleAt))
    const taken = before.reduce(
      (sum, other) => (other.guaranteed || hasStarted(other.run, eligibleAt) ? sum + other.run.gpus : sum),
      0,
    )
    const guaranteed = atOnce === null || taken + run.gpus <= atOnce
    before.push({ run, guaranteed })
    if (within(period, eligibleAt))
      waits.push({ run, eligibleAt, guaranteed, ...waitOf(run, eligibleAt, period.asOf) })
  }
  return waits
}

const hasStarted = ({ startedAt }: Run, at: Millis): boolean => startedAt !== null && startedAt <= at
const isOver = ({ endedAt }: Run, at: Millis): boolean => endedAt !== null && endedAt <= at

/** What had not started when it was cancelled, or when the report was made, waited at least so long. */
function waitOf({ startedAt, endedAt }: Run, eligibleAt: Millis, asOf: Millis): Wait {
  if (startedAt !== null && startedAt <= asOf)
    return { wait: Math.max(0, startedAt - eligibleAt), over: true }
  return { wait: Math.max(0, Math.min(endedAt ?? asOf, asOf) - eligibleAt), over: false }
}
