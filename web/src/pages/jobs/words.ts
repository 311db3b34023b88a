import type { GpuJob, GpuRun } from '../../lib/cluster.ts'
import { gpus } from '../../lib/hours.ts'

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

/** What a job does, for a badge. */
export function jobState(job: GpuJob): { readonly text: string; readonly tone: Tone } {
  if (job.verdict === 'refused') return { text: 'refused', tone: 'bad' }
  switch (job.state) {
    case 'running':
      return { text: 'running', tone: 'good' }
    case 'ending':
      return { text: 'ending', tone: 'plain' }
    case 'suspended':
      return { text: 'suspended', tone: 'warn' }
    case 'held':
      return { text: 'waits for its hold', tone: 'plain' }
    case 'waiting':
      return { text: 'queued', tone: 'accent' }
  }
}

const STATES: Readonly<Record<string, { readonly text: string; readonly tone: Tone }>> = {
  completed: { text: 'completed', tone: 'good' },
  cancelled: { text: 'cancelled', tone: 'plain' },
  preempted: { text: 'preempted', tone: 'warn' },
  node_failed: { text: 'node failed', tone: 'bad' },
  boot_failed: { text: 'node did not boot', tone: 'bad' },
  failed: { text: 'failed', tone: 'bad' },
  timeout: { text: 'time limit', tone: 'warn' },
  out_of_memory: { text: 'out of memory', tone: 'bad' },
}
export const runState = (run: Pick<GpuRun, 'state' | 'state_text'>): { text: string; tone: Tone } =>
  STATES[run.state] ?? { text: run.state_text.toLowerCase() || run.state, tone: 'plain' }

/** Why the person did not pay for all of a run. */
export const CLASS_WORDS: Readonly<Record<string, string>> = {
  preempted: 'It was preempted, so the company paid.',
  node_failed: 'Its node failed, so the company paid.',
  boot_failed: 'Its node did not boot, so the company paid.',
  launch_failed: 'It could not be launched, so the company paid.',
  other_gpus: 'It did not get the GPUs that it asked for, so the company paid.',
  outage: 'The controller could not be seen when it ended; what was recorded beyond is the company’s.',
  history: 'It ran before this cluster was charged for.',
  credited: 'It was credited.',
}

const isRunning = ({ state }: GpuJob): boolean =>
  state === 'running' || state === 'ending' || state === 'suspended'

export const jobCounts = (
  jobs: readonly GpuJob[],
): {
  readonly gpus: number
  readonly running: number
  readonly waiting: number
  readonly refused: number
} => {
  const live = jobs.filter((job) => job.verdict !== 'refused')
  const running = live.filter(isRunning)
  return {
    gpus: running.reduce((sum, job) => sum + job.gpus * job.tasks, 0),
    running: running.reduce((sum, { tasks }) => sum + tasks, 0),
    waiting: live.filter((job) => !isRunning(job)).reduce((sum, { tasks }) => sum + tasks, 0),
    refused: jobs.length - live.length,
  }
}

const jobsWords = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`)

/** The sentence under the first number. */
export function jobsAnswer(jobs: readonly GpuJob[]): string {
  const { running, waiting, refused } = jobCounts(jobs)
  const odd =
    refused === 0
      ? ''
      : ` ${jobsWords(refused)} cannot run as submitted: open ${refused === 1 ? 'it' : 'them'} to see why.`
  if (running === 0 && waiting === 0) return `Nothing runs and nothing waits.${odd}`
  const runs = running === 0 ? 'Nothing runs' : `${jobsWords(running)} ${running === 1 ? 'runs' : 'run'}`
  const waits = waiting === 0 ? 'nothing waits' : `${jobsWords(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`
  return `${runs}, ${waits}. What a job holds and does not use comes back when it ends.${odd}`
}

export const sizeWords = (job: Pick<GpuJob, 'gpus' | 'tasks'>): string =>
  job.tasks === 1 ? gpus(job.gpus) : `${job.tasks} × ${gpus(job.gpus)}`
