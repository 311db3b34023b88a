import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import { givenAsAsked } from './gpus.ts'
import type { AccountingRecord, RecordState } from './port.ts'
import type { Mishap, Rules } from './rules.ts'

/** What a record says, apart from whose it is: whether it can be settled, what it used, and who pays by the rules. */

export type Span = { readonly from: Millis; readonly to: Millis | null }

/** Why a person does not pay for all of a run; `usual` says nothing of it. */
export type RunClass = 'usual' | Mishap

export type Verdict = {
  readonly class: RunClass
  /** What it used: elapsed less suspended, times its GPUs. */
  readonly gpuSeconds: bigint
  /** Of that, what its person pays at most. */
  readonly share: bigint
  /** Work that came to nothing. */
  readonly lost: bigint
  /** What somebody should look at, in GPU-seconds, and whether a rule has decided it; null: nothing. */
  readonly review: { readonly kind: Mishap; readonly gpuSeconds: bigint; readonly decided: boolean } | null
  readonly inOutage: boolean
}

const ENDED: ReadonlySet<RecordState> = new Set([
  'completed',
  'failed',
  'cancelled',
  'timeout',
  'out_of_memory',
  'deadline',
  'preempted',
  'node_failed',
  'boot_failed',
  'requeued',
])

/** A state alone says too little: while the accounting catches up, jobs are COMPLETED without an end, and still count on. */
export const hasEnded = (record: Pick<AccountingRecord, 'state' | 'endedAt'>): boolean =>
  ENDED.has(record.state) && record.endedAt !== null

/** For so long after the controller is back, the ends that it tells may be the time at which it learned of them. */
const LEARNS_WITHIN = MINUTE

/** The seconds at the end of a run that the controller did not see: the run may have ended anywhere in them. */
export function unseenSeconds(
  { startedAt, endedAt }: Pick<AccountingRecord, 'startedAt' | 'endedAt'>,
  outages: readonly Span[],
): bigint {
  if (startedAt === null || endedAt === null) return 0n
  return outages.reduce((most, { from, to }) => {
    const learned = endedAt > from && (to === null || endedAt <= to + LEARNS_WITHIN)
    if (!learned) return most
    const unseen = BigInt(Math.floor((endedAt - Math.max(from, startedAt)) / SECOND))
    return unseen > most ? unseen : most
  }, 0n)
}

/** `outages` are those of the controller. */
export function verdictOf(record: AccountingRecord, rules: Rules, outages: readonly Span[]): Verdict {
  const gpus = record.allocated.reduce((sum, { count }) => sum + count, 0n)
  const ran = record.elapsedSeconds - record.suspendedSeconds
  const gpuSeconds = gpus * (ran > 0n ? ran : 0n)
  const unseen = least(unseenSeconds(record, outages), ran > 0n ? ran : 0n) * gpus
  const inOutage = unseen > 0n
  const mishap = mishapOf(record, gpuSeconds)
  if (mishap !== null) {
    const payer = rules.payers[mishap]
    const looked = mishap === 'other_gpus' || mishap === 'launch_failed' || payer === 'review'
    return {
      class: mishap,
      gpuSeconds,
      share: payer === 'company' ? 0n : gpuSeconds,
      lost: mishap === 'other_gpus' ? 0n : gpuSeconds,
      review: looked ? { kind: mishap, gpuSeconds, decided: payer !== 'review' } : null,
      inOutage,
    }
  }
  if (unseen === 0n)
    return { class: 'usual', gpuSeconds, share: gpuSeconds, lost: 0n, review: null, inOutage }
  const payer = rules.payers.outage
  return {
    class: 'outage',
    gpuSeconds,
    share: payer === 'company' ? gpuSeconds - unseen : gpuSeconds,
    lost: 0n,
    review: { kind: 'outage', gpuSeconds: unseen, decided: payer !== 'review' },
    inOutage,
  }
}

const MISHAP_OF: Readonly<Partial<Record<RecordState, Exclude<Mishap, 'outage'>>>> = {
  preempted: 'preempted',
  node_failed: 'node_failed',
  boot_failed: 'boot_failed',
}

/** Seconds within which a launch fails, where it fails. */
const LAUNCHES_WITHIN = 30n

function mishapOf(record: AccountingRecord, gpuSeconds: bigint): Exclude<Mishap, 'outage'> | null {
  const mishap = MISHAP_OF[record.state]
  if (mishap) return mishap
  // Anybody may begin a job of theirs anew; one that had run by then is not one that never came to run.
  if (record.state === 'requeued' && record.elapsedSeconds <= LAUNCHES_WITHIN) return 'launch_failed'
  // What never began was given nothing.
  const began = record.startedAt !== null && record.elapsedSeconds > 0n
  return began &&
    (gpuSeconds > 0n || record.allocated.length === 0) &&
    !givenAsAsked(record.requested, record.allocated)
    ? 'other_gpus'
    : null
}

/** What of a run is charged to its person, and what the company pays. */
export type Parts = { readonly charged: bigint; readonly absorbed: bigint }

/**
 * How the parts of a run change when the accounting, or a rule, says something else of it: what was charged too much goes back, what the
 * company paid too much comes back, and only what is used beyond all that was told before is charged anew, up to the person's share.
 */
export function corrected(
  { charged, absorbed }: Parts,
  { share, total }: { share: bigint; total: bigint },
): Parts {
  const more = total - charged - absorbed
  const charge = share < charged ? share : more > 0n ? least(share, charged + more) : least(charged, total)
  return { charged: charge, absorbed: total - charge }
}

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
