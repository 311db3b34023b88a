import { Fault } from '#base/fault.ts'
import { SECOND, type Millis } from '#base/time.ts'
import type {
  AccountingRecord,
  Allowance,
  Change,
  Gpus,
  JobRef,
  Limits,
  NodeEvent,
  RecordState,
  Scheduler,
  SeenJob,
} from '#cluster/port.ts'

/** A job as a person submits it. */
export type Submission = {
  readonly login: string
  readonly account: string
  readonly allowance: string
  readonly gpus: readonly Gpus[]
  readonly timeLimit: Millis | null
  /** How long it would run if it were left alone. */
  readonly runs: Millis
  readonly comment?: string
  readonly tasks?: number
  /** Submitted by the cluster's own people: it is not held. */
  readonly free?: boolean
  readonly part?: { readonly job: string; readonly index: number }
}

type Job = Submission & {
  readonly id: string
  submittedAt: Millis
  held: boolean
  array: { job: string; task: string } | null
  limit: Millis | null
  restarts: number
  record: string
  startedAt: Millis | null
  eligibleAt: Millis | null
  told: string
}

const WHOLE = (at: Millis): Millis => Math.floor(at / SECOND) * SECOND
/** A job past its limit goes on for so long. */
const OVERRUN = 10 * SECOND

/**
 * A small scheduler behind the port, with jobs, limits, an accounting and the ways in which real ones fail; its time is that of the test.
 * It holds every job of an ordinary person, starts what fits, oldest first, lets what gives way be preempted, and keeps a record of each run.
 */
export function openTestScheduler({
  now,
  gpus,
  killWait = 5 * SECOND,
}: {
  now: () => Millis
  /** Per accelerator. */
  gpus: Readonly<Record<string, bigint>>
  killWait?: Millis
}) {
  let nextJob = 1
  // As long as those of a real accounting: beyond what a number or a signed column holds.
  let nextRecord = 10_270_045_487_769_705_472n
  let live: Job[] = []
  const records = new Map<string, AccountingRecord>()
  const limits: {
    accounts: Map<string, Limits['accounts'][number]>
    allowances: Map<string, Allowance>
    members: Map<string, Limits['members'][number]>
  } = { accounts: new Map(), allowances: new Map(), members: new Map() }
  const events: NodeEvent[] = []
  const faults = { controller: false, accounting: false, changes: Infinity, releases: Infinity }
  const changes: Change[] = []
  let incarnation = 'one'

  const reach = (part: 'controller' | 'accounting'): void => {
    if (faults[part]) throw new Fault('unavailable', `the ${part} cannot be reached`)
  }

  const used = (type: string): bigint =>
    live
      .filter(({ startedAt }) => startedAt !== null)
      .flatMap((job) => job.gpus)
      .filter((one) => (one.type ?? 'h100') === type)
      .reduce((sum, one) => sum + one.count, 0n)

  const fits = (job: Job): boolean =>
    job.gpus.every(({ type, count }) => (gpus[type ?? 'h100'] ?? 0n) - used(type ?? 'h100') >= count)

  const tell = (job: Job, state: RecordState, endedAt: Millis | null): void => {
    records.set(job.record, {
      record: job.record,
      job: job.id,
      submittedAt: job.submittedAt,
      state,
      stateText: state.toUpperCase(),
      name: 'train',
      login: job.login,
      account: job.account,
      allowance: job.allowance,
      partition: 'gpu',
      array: job.array,
      part: job.part ?? null,
      restarts: job.restarts,
      eligibleAt: job.eligibleAt,
      startedAt: job.startedAt,
      endedAt,
      elapsedSeconds:
        job.startedAt === null ? 0n : BigInt(Math.floor(((endedAt ?? now()) - job.startedAt) / SECOND)),
      suspendedSeconds: 0n,
      timeLimit: job.limit,
      requested: job.gpus,
      allocated:
        job.startedAt === null ? [] : job.gpus.map(({ type, count }) => ({ type: type ?? 'h100', count })),
      nodes: job.startedAt === null ? [] : ['n1'],
      exitCode: '0:0',
      comment: job.comment ?? '',
    })
  }

  const end = (job: Job, state: RecordState, at: Millis): void => {
    tell(job, state, WHOLE(at))
    live = live.filter((one) => one !== job)
  }

  const again = (job: Job, state: RecordState, at: Millis): void => {
    end(job, state, at)
    // A requeued job keeps its id; its time of submission and its record are new.
    live.push({
      ...job,
      submittedAt: WHOLE(at),
      restarts: job.restarts + 1,
      record: String(nextRecord++),
      startedAt: null,
      eligibleAt: null,
    })
  }

  const givesWay = (job: Job, to: Job): boolean =>
    job.startedAt !== null && (limits.allowances.get(to.allowance)?.preempts.includes(job.allowance) ?? false)

  /** What has happened by now: ends, starts, preemptions. */
  function tick(): void {
    if (faults.controller) return
    const at = now()
    for (const job of live.slice()) {
      if (job.startedAt === null) continue
      const most = job.limit === null ? Infinity : job.limit + OVERRUN
      const ends = job.startedAt + Math.min(job.runs, most)
      if (ends <= at) end(job, job.runs <= most ? 'completed' : 'timeout', ends)
    }
    for (const job of live.filter(({ startedAt, held }) => startedAt === null && !held)) {
      for (const other of live.filter((one) => givesWay(one, job)))
        if (!fits(job)) again(other, 'preempted', at)
      if (!fits(job)) continue
      job.startedAt = WHOLE(at)
      job.eligibleAt ??= WHOLE(at)
      tell(job, 'running', null)
    }
  }

  const find = ({ job, submittedAt }: JobRef): Job | undefined =>
    live.find((one) => (one.id === job || one.array?.job === job) && one.submittedAt === submittedAt)
  const all = ({ job, submittedAt }: JobRef): Job[] =>
    live.filter((one) => (one.id === job || one.array?.job === job) && one.submittedAt === submittedAt)

  const scheduler: Scheduler = {
    identity: () => Promise.resolve({ cluster: 'test', incarnation, software: 'test scheduler 1', killWait }),
    ping: () => Promise.resolve({ controller: !faults.controller, accounting: !faults.accounting }),

    async limits() {
      reach('accounting')
      return {
        accounts: [...limits.accounts.values()],
        allowances: [...limits.allowances.values()],
        members: [...limits.members.values()],
      }
    },

    async change(_, change) {
      reach('accounting')
      if (faults.changes <= 0) throw new Fault('unavailable', 'the accounting went away')
      faults.changes -= 1
      changes.push(change)
      switch (change.kind) {
        case 'put_account':
          limits.accounts.set(change.account.name, change.account)
          return
        case 'put_allowance':
          for (const name of change.allowance.preempts)
            if (!limits.allowances.has(name)) throw new Fault('invalid', `${name} is no allowance`)
          limits.allowances.set(change.allowance.name, change.allowance)
          return
        case 'put_member':
          if (!limits.accounts.has(change.member.account))
            throw new Fault('invalid', 'there is no such account')
          limits.members.set(`${change.member.login} ${change.member.account}`, change.member)
          return
        case 'drop_member':
          limits.members.delete(`${change.login} ${change.account}`)
          return
        case 'drop_allowance':
          limits.allowances.delete(change.name)
      }
    },

    async jobs() {
      reach('controller')
      tick()
      // Tasks of an array that wait together are one entry.
      const entries = new Map<string, { job: Job; tasks: number }>()
      for (const job of live) {
        const waits = job.startedAt === null && job.array !== null && job.restarts === 0
        const key = waits
          ? `${job.array?.job} ${job.submittedAt} ${job.held}`
          : `${job.id} ${job.submittedAt}`
        const entry = entries.get(key)
        if (entry) entry.tasks += 1
        else entries.set(key, { job, tasks: 1 })
      }
      return [...entries.values()].map(({ job, tasks }): SeenJob => ({
        job: tasks > 1 && job.array ? job.array.job : job.id,
        submittedAt: job.submittedAt,
        state: job.startedAt !== null ? 'running' : job.held ? 'held' : 'waiting',
        name: 'train',
        login: job.login,
        account: job.account,
        allowance: job.allowance,
        partition: 'gpu',
        gpus: job.gpus,
        timeLimit: job.limit,
        tasks,
        array: job.array && { ...job.array, atOnce: null },
        part: job.part ?? null,
        restarts: job.restarts,
        eligibleAt: job.eligibleAt,
        startedAt: job.startedAt,
        expectedAt: null,
        nodes: job.startedAt === null ? [] : ['n1'],
        reason: job.held ? 'JobHeldUser' : 'Priority',
        comment: job.comment ?? '',
      }))
    },

    async release(ref) {
      reach('controller')
      if (faults.releases <= 0) throw new Fault('unavailable', 'the controller went away')
      faults.releases -= 1
      for (const job of all(ref)) {
        job.held = false
        job.eligibleAt = WHOLE(now())
      }
      tick()
    },
    async refuse(ref, reason) {
      reach('controller')
      for (const job of all(ref)) job.told = reason
    },
    async hold(ref, reason) {
      reach('controller')
      for (const job of all(ref)) {
        if (job.startedAt !== null) continue
        job.held = true
        job.told = reason
      }
    },
    async limitTime(ref, timeLimit) {
      reach('controller')
      for (const job of all(ref)) job.limit = timeLimit
    },
    async cancel(ref, reason) {
      reach('controller')
      for (const job of all(ref)) {
        job.told = reason
        end(job, 'cancelled', now())
      }
    },

    async *records({ from, to }) {
      reach('accounting')
      tick()
      const found = [...records.values()].filter(
        ({ endedAt, submittedAt }) => (endedAt ?? to) >= from && submittedAt < to,
      )
      const sorted = found.toSorted((a, b) => (a.endedAt ?? to) - (b.endedAt ?? to))
      for (let start = 0; start < sorted.length; start += 3) yield sorted.slice(start, start + 3)
    },
    nodeEvents: () => Promise.resolve(events),
    nodes: () =>
      Promise.resolve(
        Object.entries(gpus).map(([type, count]) => ({
          node: `n-${type}`,
          up: true,
          state: 'IDLE',
          gpus: [{ type, count }],
          used: [{ type, count: used(type) }],
        })),
      ),
    close: () => Promise.resolve(),
  }

  return {
    scheduler,
    faults,
    limits,
    changes,
    records,
    tick,
    /** What a person reads of a job. */
    told: (ref: JobRef): string => find(ref)?.told ?? '',
    find: (ref: JobRef): { held: boolean; startedAt: Millis | null; limit: Millis | null } | undefined =>
      find(ref),
    live: (): readonly JobRef[] => live.map(({ id, submittedAt }) => ({ job: id, submittedAt })),
    submit(ask: Submission): JobRef {
      reach('controller')
      const submittedAt = WHOLE(now())
      const id = String(nextJob++)
      const tasks = ask.tasks ?? 1
      // Of an array the last task that waits has the id of the whole.
      for (let task = 0; task < tasks; task += 1)
        live.push({
          ...ask,
          id: task === tasks - 1 ? id : String(nextJob++),
          submittedAt,
          held: ask.free !== true,
          array: tasks > 1 ? { job: id, task: String(task) } : null,
          limit: ask.timeLimit,
          restarts: 0,
          record: String(nextRecord++),
          startedAt: null,
          eligibleAt: null,
          told: '',
        })
      return { job: id, submittedAt }
    },
    /** While a job waits its person can raise its limit. */
    raise: (ref: JobRef, limit: Millis): void => {
      const job = find(ref)
      if (job) job.limit = limit
    },
    /** The controller dies: what was submitted in that instant is forgotten everywhere, and its id is given to the next job. */
    crash(lost: readonly JobRef[] = []): void {
      faults.controller = true
      const ids = new Set(lost.map(({ job }) => job))
      for (const job of live) if (ids.has(job.id)) records.delete(job.record)
      live = live.filter(({ id }) => !ids.has(id))
      nextJob -= ids.size
    },
    /** It comes back, and learns only now what ended meanwhile. */
    recover(): void {
      faults.controller = false
      for (const job of live.slice())
        if (job.startedAt !== null && job.startedAt + job.runs <= now()) end(job, 'completed', now())
    },
    failNode(): void {
      for (const job of live.slice()) if (job.startedAt !== null) again(job, 'node_failed', now())
    },
    /** The controller forgets a job that the accounting goes on to count. */
    forget: (ref: JobRef): void =>
      void (live = live.filter(({ id, submittedAt }) => id !== ref.job || submittedAt !== ref.submittedAt)),
    renew: (): void => void (incarnation = 'two'),
  }
}
