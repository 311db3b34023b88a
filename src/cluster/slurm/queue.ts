import { z } from 'zod'
import { Fault } from '#base/fault.ts'
import { MINUTE, SECOND, type Millis } from '#base/time.ts'
import type { Gpus, JobState, SeenJob } from '../port.ts'
import { gpusOf, readNodes, readTasks } from './words.ts'

/** A number as 22.05 writes it, null for none, or as later versions do, with whether it is set. */
const number = z.union([
  z.number(),
  z.null(),
  z.object({ set: z.boolean(), infinite: z.boolean().optional(), number: z.number() }),
])
const words = z.union([z.string(), z.array(z.string()), z.null()])

const jobShape = z.object({
  job_id: z.number(),
  job_state: words,
  state_reason: z.string(),
  name: z.string(),
  user_name: z.string(),
  account: z.string(),
  qos: z.string(),
  partition: z.string(),
  priority: number,
  shared: words,
  time_limit: number,
  submit_time: number,
  eligible_time: number,
  start_time: number,
  restart_cnt: z.number(),
  array_job_id: number,
  array_task_id: number,
  array_task_string: z.string(),
  array_max_tasks: number,
  het_job_id: number,
  het_job_offset: number,
  nodes: z.string(),
  tres_req_str: z.string(),
  tres_alloc_str: z.string(),
  comment: z.string(),
})
const answerShape = z.object({ jobs: z.array(jobShape), errors: z.array(z.unknown()).optional() })

type Job = z.infer<typeof jobShape>

/** What `squeue --json` says, of 22.05 and of 24.11: jobs that have not ended. */
export function readQueue(text: string): SeenJob[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Fault('unavailable', 'squeue --json did not answer with JSON.', { cause })
  }
  const read = answerShape.safeParse(value)
  if (!read.success) {
    const [first] = read.error.issues
    throw new Fault('unavailable', `squeue --json: ${first?.path.join('.')}: ${first?.message}`)
  }
  // 22.05 says that there are no jobs, and ends well, when nobody answered it.
  if ((read.data.errors ?? []).length > 0)
    throw new Fault('unavailable', `squeue --json: ${JSON.stringify(read.data.errors).slice(0, 500)}`)
  return read.data.jobs.flatMap((job) => {
    const state = stateOf(job)
    return state === null ? [] : [seen(job, state)]
  })
}

const PENDING = new Set(['PENDING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'SPECIAL_EXIT'])
const RUNNING = new Set(['RUNNING', 'CONFIGURING', 'RESIZING', 'SIGNALING', 'STAGE_OUT'])

/** 22.05 says one word, of which a flag hides the state; later ones say all. Null: it has ended. */
function stateOf(job: Job): JobState | null {
  const states = wordsOf(job.job_state)
  const has = (names: ReadonlySet<string>): boolean => states.some((state) => names.has(state))
  if (states.includes('COMPLETING')) return 'ending'
  if (states.includes('SUSPENDED') || states.includes('STOPPED')) return 'suspended'
  if (has(PENDING)) return valueOf(job.priority) === 0 ? 'held' : 'waiting'
  if (has(RUNNING)) return 'running'
  return null
}

function seen(job: Job, state: JobState): SeenJob {
  const waits = state === 'held' || state === 'waiting'
  const start = timeOf(job.start_time)
  const limit = valueOf(job.time_limit)
  const rest = job.array_task_string === '' ? null : readTasks(job.array_task_string)
  return {
    job: String(job.job_id),
    submittedAt: timeOf(job.submit_time) ?? 0,
    state,
    name: job.name,
    login: job.user_name,
    account: job.account,
    allowance: job.qos,
    partition: job.partition,
    gpus: waits || job.tres_alloc_str === '' ? requested(job) : gpusOf(job.tres_alloc_str),
    // 0 is how no limit at all is written where there is no better word.
    timeLimit: limit === null || limit === 0 ? null : limit * MINUTE,
    tasks: rest?.tasks ?? 1,
    array: arrayOf(job, rest),
    part: partOf(job),
    restarts: job.restart_cnt,
    eligibleAt: timeOf(job.eligible_time),
    startedAt: waits ? null : start,
    expectedAt: waits ? start : null,
    nodes: readNodes(job.nodes),
    reason: job.state_reason,
    comment: job.comment,
  }
}

/** A job that wants its nodes for itself is given all their GPUs, whatever it asks for: nobody knows how many. */
function requested(job: Job): readonly Gpus[] {
  const gpus = gpusOf(job.tres_req_str)
  const alone = wordsOf(job.shared).some((word) => word.toLowerCase() === 'none')
  return alone ? gpus.map(({ count }) => ({ type: null, count })) : gpus
}

function arrayOf(job: Job, rest: { readonly atOnce: number | null } | null): SeenJob['array'] {
  const array = valueOf(job.array_job_id)
  if (array === null || array === 0) return null
  const atOnce = valueOf(job.array_max_tasks)
  return {
    job: String(array),
    task: rest ? job.array_task_string : String(valueOf(job.array_task_id) ?? ''),
    atOnce: atOnce === null || atOnce === 0 ? (rest?.atOnce ?? null) : atOnce,
  }
}

function partOf(job: Job): SeenJob['part'] {
  const whole = valueOf(job.het_job_id)
  return whole === null || whole === 0
    ? null
    : { job: String(whole), index: valueOf(job.het_job_offset) ?? 0 }
}

function valueOf(value: z.infer<typeof number>): number | null {
  if (value === null || typeof value === 'number') return value
  return value.set && value.infinite !== true ? value.number : null
}

const timeOf = (value: z.infer<typeof number>): Millis | null => {
  const seconds = valueOf(value)
  return seconds === null || seconds === 0 ? null : seconds * SECOND
}

const wordsOf = (value: z.infer<typeof words>): readonly string[] =>
  value === null ? [] : typeof value === 'string' ? [value] : value
