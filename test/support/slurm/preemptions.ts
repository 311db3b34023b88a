/** Who had to give way to whom stands in the controller's log alone: not in the accounting, not in the queue. */
export type Preemption = {
  readonly job: string
  readonly by: string
  /** The job waits again, or it was ended. */
  readonly outcome: 'requeued' | 'ended'
}

const LINE =
  /preempted JobId=(\d+)(?:_\d+(?:\((\d+)\))?)? has been (requeued|killed|checkpointed|suspended)? ?.*?to reclaim resources for JobId=(\d+)(?:_\d+(?:\((\d+)\))?)?/g

/** Job ids as the accounting has them, also of tasks of arrays, which the log names as `7_1(9)`. */
export const readPreemptions = (log: string): Preemption[] =>
  [...log.matchAll(LINE)].map(([, job = '', rawJob, how, by = '', rawBy]) => ({
    job: rawJob ?? job,
    by: rawBy ?? by,
    outcome: how === 'requeued' ? 'requeued' : 'ended',
  }))
