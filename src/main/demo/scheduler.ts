import type { Tier } from '#base/asset.ts'
import { HOUR, MINUTE, type Millis } from '#base/time.ts'
import type { Account, Allowance, Change, Member, Scheduler, SeenJob } from '#cluster/port.ts'

/** A job that runs, or waits, when somebody looks at the demo. */
export type DemoJob = {
  readonly job: string
  readonly login: string
  readonly name: string
  readonly tier: Tier
  readonly gpus: bigint
  readonly limit: Millis
  /** For its turn, once it has been let go. */
  readonly waits: boolean
}

/** So long after it was let go a job starts. */
const STARTS_AFTER = MINUTE
/** Jobs are submitted a little before somebody looks. */
const SUBMITTED_BEFORE = 2 * MINUTE

/**
 * Stands where a scheduler would, for as long as the demo company is made: it remembers the limits that it is given, and lets its jobs go
 * when it is told to.
 */
export function demoScheduler({
  now,
  jobs,
  nodes,
  gpus,
}: {
  now: () => Millis
  jobs: readonly DemoJob[]
  nodes: readonly string[]
  gpus: bigint
}): Scheduler {
  const accounts = new Map<string, Account>()
  const allowances = new Map<string, Allowance>()
  const members = new Map<string, Member>()
  const released = new Map<string, Millis>()
  let submittedAt: Millis | null = null

  function apply(change: Change): void {
    switch (change.kind) {
      case 'put_account':
        return void accounts.set(change.account.name, change.account)
      case 'put_allowance':
        return void allowances.set(change.allowance.name, change.allowance)
      case 'put_member':
        return void members.set(`${change.member.login} ${change.member.account}`, change.member)
      case 'drop_member':
        return void members.delete(`${change.login} ${change.account}`)
      case 'drop_allowance':
        return void allowances.delete(change.name)
    }
  }

  function seen(job: DemoJob, at: Millis): SeenJob {
    const free = released.get(job.job) ?? null
    const started = free === null || job.waits ? null : free + STARTS_AFTER
    const running = started !== null && started <= now()
    return {
      job: job.job,
      submittedAt: at,
      state: free === null ? 'held' : running ? 'running' : 'waiting',
      name: job.name,
      login: job.login,
      account: `emp-${job.login}`,
      allowance: job.tier,
      partition: 'gpu',
      gpus: [{ type: 'h100', count: job.gpus }],
      timeLimit: job.limit,
      tasks: 1,
      array: null,
      part: null,
      restarts: 0,
      eligibleAt: free,
      startedAt: running ? started : null,
      expectedAt: free !== null && !running ? now() + 2 * HOUR : null,
      nodes: running ? [nodes[Number(job.job) % nodes.length] ?? ''] : [],
      reason: free === null ? 'JobHeldAdmin' : running ? 'None' : 'QOSMaxGRESPerUser',
      comment: '',
    }
  }

  return {
    identity: () =>
      Promise.resolve({
        cluster: 'fernhill',
        incarnation: 'export',
        software: 'records from a file',
        killWait: 30_000,
      }),
    ping: () => Promise.resolve({ controller: true, accounting: true }),
    limits: () =>
      Promise.resolve({
        accounts: [...accounts.values()],
        allowances: [...allowances.values()],
        members: [...members.values()],
      }),
    change: (_realm, change) => Promise.resolve(apply(change)),
    jobs: () => {
      const at = (submittedAt ??= now() - SUBMITTED_BEFORE)
      return Promise.resolve(jobs.map((job) => seen(job, at)))
    },
    release: ({ job }) => Promise.resolve(void released.set(job, now())),
    refuse: () => Promise.resolve(),
    hold: () => Promise.resolve(),
    cancel: () => Promise.resolve(),
    limitTime: () => Promise.resolve(),
    // What has ended is told page by page, from the file.
    async *records() {},
    nodeEvents: () => Promise.resolve([]),
    nodes: () =>
      Promise.resolve(
        nodes.map((node) => ({
          node,
          up: true,
          state: 'mixed',
          gpus: [{ type: 'h100', count: gpus }],
          used: [],
        })),
      ),
    close: () => Promise.resolve(),
  }
}
