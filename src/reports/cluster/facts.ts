import type { DateText, Millis } from '#base/time.ts'
import type { Guarantees } from '#grants/clauses.ts'

/** What the audit reads: facts as the scheduler told them and promises as the contracts say them. All pure data. */

/** One run of a job as the scheduler's accounting has it; a job that was requeued has several. */
export type Run = {
  /** Names the accounting record for ever: the cluster and its own index of the record. */
  readonly id: string
  readonly cluster: string
  /** What the scheduler calls the job; a number may be given to another job later. */
  readonly job: string
  /** In Perq's words: `completed`, `preempted`, `node_failed`, … */
  readonly state: string
  readonly gpus: number
  readonly submittedAt: Millis
  /** When nothing but the queue kept it from starting; null while something else does. */
  readonly eligibleAt: Millis | null
  readonly startedAt: Millis | null
  readonly endedAt: Millis | null
  /** GPU-seconds that the record says it ran. */
  readonly ran: bigint
  /** Of them what was of use: all of a usual run; of one that was lost, or recorded too long, what its person still paid. */
  readonly useful: bigint
  /** GPU-seconds that its person paid in the end, corrections and credits taken off. */
  readonly charged: bigint
}

/** A node that could not be used from one instant to another; null: it still cannot. */
export type Outage = {
  readonly node: string
  readonly gpus: number
  readonly state: string
  readonly reason: string
  readonly planned: boolean
  readonly from: Millis
  readonly until: Millis | null
}

/** What one look at a cluster found of one accelerator; it stands until the next look. GPUs. */
export type Sample = {
  readonly cluster: string
  readonly at: Millis
  /** Of nodes that can be used. */
  readonly up: number
  readonly used: number
  /** Used by jobs that give way. */
  readonly preemptible: number
}

/** A node and the time in which it belonged to what is promised. */
export type PromisedNode = {
  readonly node: string
  readonly gpus: number
  readonly from: Millis
  readonly until: Millis | null
}

/** The guarantees of one contract in one lane, and the days on which they hold: `until` is the first day after. */
export type Pledge = {
  readonly grant: string
  readonly name: string
  /** SHA-256 of what was agreed. */
  readonly contentHash: string
  readonly from: DateText
  readonly until: DateText | null
  readonly guarantees: Guarantees
  /** GPUs of one node, as the contract says or as the cluster has them. */
  readonly gpusPerNode: number
  /** GPUs of what the contract counts: 1, or those of a node. */
  readonly gpusPerUnit: number
}

/** [from, until) of what a report is about. `asOf`: what is known; before `until` the month still runs. */
export type Period = { readonly from: Millis; readonly until: Millis; readonly asOf: Millis }

export const PREEMPTED = 'preempted'

/** Where the period ends for somebody who knows nothing of what comes. */
export const knownUntil = ({ until, asOf }: Period): Millis => Math.min(until, asOf)

/** Whether an instant lies in the period. */
export const within = ({ from, until }: Pick<Period, 'from' | 'until'>, at: Millis | null): boolean =>
  at !== null && at >= from && at < until
