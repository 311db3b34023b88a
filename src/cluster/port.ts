import type { Millis } from '#base/time.ts'

/**
 * The seam to whatever schedules jobs on GPUs. Everything above speaks these words and no scheduler's own; an adapter translates.
 * Ids are text, because schedulers count beyond 2^63. GPU time is in GPU-seconds as bigint. `type` is the scheduler's own word for
 * an accelerator, such as `h100`; the room maps it.
 *
 * Every write says the state that shall be, so that it may be repeated after any failure; whether it was done is only
 * known from `limits()`, never from the answer of the write.
 */
export interface Scheduler {
  /** What a lost or restored accounting would change; a job id or a record id means something only together with it. */
  identity(): Promise<Identity>
  /** Who answers. Never throws for a part that is down: that is what it tells. */
  ping(): Promise<Health>

  /** The limits that stand: everything below the root account, every allowance that begins with the prefix, and every membership of these logins. */
  limits(realm: Realm): Promise<Limits>
  /** One change. Throws Fault `unavailable` when the scheduler cannot be reached, `invalid` when it will never take it. */
  change(realm: Realm, change: Change): Promise<void>

  /** Jobs that the controller knows and that have not ended, in no order. Of a job array the tasks that wait are one entry. */
  jobs(): Promise<readonly SeenJob[]>
  /** Lets a held job wait for its turn. A job that is not held any more, or gone, is no error. */
  release(job: JobRef): Promise<void>
  /** Leaves a job held and puts the reason where its person reads it. */
  refuse(job: JobRef, reason: string): Promise<void>
  /** Holds a job that waits again, as one that came back after preemption. Running jobs are left alone. */
  hold(job: JobRef, reason: string): Promise<void>
  /** Sets the time limit of a job back to what was paid for. A job that has ended is no error. */
  limitTime(job: JobRef, timeLimit: Millis): Promise<void>
  /** Ends a job, or takes it out of the queue. */
  cancel(job: JobRef, reason: string): Promise<void>

  /**
   * Accounting records that ended, or are not known to have ended, in [from, to), oldest first, in pages, so that a million of them never lie in
   * memory together. Requeued runs and tasks of arrays are records of their own; steps are none.
   */
  records(window: { readonly from: Millis; readonly to: Millis }): AsyncIterable<readonly AccountingRecord[]>
  /** Times in which nodes did not serve, that overlap [from, to). */
  nodeEvents(window: { readonly from: Millis; readonly to: Millis }): Promise<readonly NodeEvent[]>
  /** The nodes as they are now. */
  nodes(): Promise<readonly NodeState[]>

  close(): Promise<void>
}

export type Identity = {
  /** The scheduler's own name of the cluster. */
  readonly cluster: string
  /** Changes when job ids or record ids begin anew. */
  readonly incarnation: string
  /** Kind and version, for people: `slurm 24.11.5`. */
  readonly software: string
  /** How long a job past its limit is given to end, beyond which nothing of it runs. */
  readonly killWait: Millis
  /** What in its configuration breaks what is promised, in words for whoever runs it. */
  readonly shortcomings?: readonly string[]
}

export type Health = { readonly controller: boolean; readonly accounting: boolean }

/** What of a cluster is ours to keep. */
export type Realm = {
  /** The account under which every account of ours lies. */
  readonly root: string
  /** What the names of our allowances begin with. */
  readonly prefix: string
  /** Logins of people we know, wherever they belong. */
  readonly logins: readonly string[]
}

export type Limits = {
  readonly accounts: readonly Account[]
  readonly allowances: readonly Allowance[]
  readonly members: readonly Member[]
}

/** A person's place at the cluster. */
export type Account = {
  readonly name: string
  readonly parent: string
  /** False: nobody can submit to it. Jobs that run go on. */
  readonly open: boolean
}

/** What jobs may name to be run under: a tier, or one person's bank within a tier. Nothing in it is ever forgotten with time. */
export type Allowance = {
  readonly name: string
  /** Higher goes first. */
  readonly priority: number
  /** Names of allowances whose jobs give way; sorted. */
  readonly preempts: readonly string[]
  /** For so long a job of this allowance does not give way. */
  readonly exempt: Millis
  /** By accelerator: minutes that all jobs of all time may use together; an absent one is not limited. A job that does not fit is refused at submit. */
  readonly gpuMinutes: Readonly<Record<string, bigint>>
  /** By accelerator: GPUs at once; an absent one is not limited. */
  readonly gpusAtOnce: Readonly<Record<string, bigint>>
  /** The longest job; null: as the cluster says. */
  readonly longest: Millis | null
}

/** A login that may submit to an account, and under what. */
export type Member = {
  readonly login: string
  readonly account: string
  /** Names, sorted. */
  readonly allowances: readonly string[]
  /** One of them; null when there are none. */
  readonly usual: string | null
}

export type Change =
  | { readonly kind: 'put_account'; readonly account: Account }
  | { readonly kind: 'put_allowance'; readonly allowance: Allowance }
  | { readonly kind: 'put_member'; readonly member: Member }
  | { readonly kind: 'drop_member'; readonly login: string; readonly account: string }
  | { readonly kind: 'drop_allowance'; readonly name: string }

/**
 * Which run of a job is meant: an id alone may be given to another job after a crash, and a job that is begun anew keeps its id and
 * gets another time of submission.
 */
export type JobRef = { readonly job: string; readonly submittedAt: Millis }

export type Gpus = {
  /** Null: the request does not say which. */
  readonly type: string | null
  readonly count: bigint
}

export type JobState =
  /** Waits for us. */
  | 'held'
  /** Waits for its turn, or for a time, or for another job. */
  | 'waiting'
  | 'running'
  | 'suspended'
  /** Its nodes are being cleaned. */
  | 'ending'

/** A job as the controller has it now. */
export type SeenJob = JobRef & {
  readonly state: JobState
  readonly name: string
  readonly login: string
  readonly account: string
  readonly allowance: string
  readonly partition: string
  /** What all tasks of the entry have each, over all its nodes. */
  readonly gpus: readonly Gpus[]
  /** Null: not said, or without limit. */
  readonly timeLimit: Millis | null
  /** Tasks that this entry stands for: 1, or those of an array that wait together. */
  readonly tasks: number
  /** The array that a task, or its waiting rest, belongs to; `atOnce` null: as many as there is room for. */
  readonly array: { readonly job: string; readonly task: string; readonly atOnce: number | null } | null
  /** The job whose part this is, counted from 0. All parts run together or not at all. */
  readonly part: { readonly job: string; readonly index: number } | null
  /** How often it was begun anew. */
  readonly restarts: number
  readonly eligibleAt: Millis | null
  readonly startedAt: Millis | null
  /** When it is expected to start; null: nobody knows. */
  readonly expectedAt: Millis | null
  readonly nodes: readonly string[]
  /** Why it waits, in the scheduler's words. */
  readonly reason: string
  /** What the person wrote. Never to be trusted. */
  readonly comment: string
}

export type RecordState =
  | 'pending'
  | 'running'
  | 'suspended'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'timeout'
  | 'out_of_memory'
  | 'deadline'
  /** Gave way to another job. */
  | 'preempted'
  | 'node_failed'
  | 'boot_failed'
  /** Began anew for another reason, as when its launch failed. */
  | 'requeued'
  /** Any other; not settled before it is known what it means. */
  | 'other'

/** One run of one task, as the accounting has it. A later reading may say something else. */
export type AccountingRecord = JobRef & {
  /** The accounting's own key. */
  readonly record: string
  readonly state: RecordState
  /** In the scheduler's words. */
  readonly stateText: string
  readonly name: string
  readonly login: string
  readonly account: string
  readonly allowance: string
  readonly partition: string
  readonly array: { readonly job: string; readonly task: string } | null
  readonly part: { readonly job: string; readonly index: number } | null
  /** Null where the accounting does not count them. */
  readonly restarts: number | null
  readonly eligibleAt: Millis | null
  readonly startedAt: Millis | null
  /** Null: not known, whatever the state says. */
  readonly endedAt: Millis | null
  readonly elapsedSeconds: bigint
  readonly suspendedSeconds: bigint
  readonly timeLimit: Millis | null
  readonly requested: readonly Gpus[]
  readonly allocated: readonly Gpus[]
  readonly nodes: readonly string[]
  readonly exitCode: string
  readonly comment: string
}

export type NodeEvent = {
  readonly node: string
  /** In the scheduler's words: DOWN, DRAIN, FAIL. */
  readonly state: string
  readonly from: Millis
  /** Null: still so. */
  readonly to: Millis | null
  readonly planned: boolean
  readonly reason: string
  readonly gpus: readonly Gpus[]
}

export type NodeState = {
  readonly node: string
  readonly up: boolean
  readonly state: string
  readonly gpus: readonly Gpus[]
  readonly used: readonly Gpus[]
}
