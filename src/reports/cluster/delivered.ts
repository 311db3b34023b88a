import { SECOND, type Millis } from '#base/time.ts'
import { knownUntil, within, PREEMPTED, type Period, type Run } from './facts.ts'

/** GPU-seconds of a period. */
export type Delivered = {
  /** That were of use, by when they ran. */
  readonly delivered: bigint
  /** Of runs that ended in the period: what their person paid for them. */
  readonly charged: bigint
  /** Thrown away because the run was preempted in the period. */
  readonly lost: bigint
  /** Recorded and of no use for another reason, such as a node that failed. */
  readonly failed: bigint
}

/** What a person got, and what was lost. */
export function delivered(runs: readonly Run[], period: Period): Delivered {
  const end = knownUntil(period)
  const total = { delivered: 0n, charged: 0n, lost: 0n, failed: 0n }
  for (const run of runs) {
    total.delivered += usefulBy(run, end) - usefulBy(run, period.from)
    if (!within(period, run.endedAt)) continue
    total.charged += run.charged
    if (run.state === PREEMPTED) total.lost += run.ran - run.useful
    else total.failed += run.ran - run.useful
  }
  return total
}

/**
 * GPU-seconds of use of what ran before an instant: what was of none is the end of the run. Grows from 0 to `useful`,
 * whichever instants it is asked for, so the parts of a run in two months sum to it.
 */
function usefulBy({ startedAt, gpus, useful }: Run, at: Millis): bigint {
  if (startedAt === null || at <= startedAt) return 0n
  const ran = (BigInt(gpus) * BigInt(at - startedAt)) / BigInt(SECOND)
  return ran < useful ? ran : useful
}
