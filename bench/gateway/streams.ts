import type { Child } from './child.ts'
import type { StreamsAnswer, StreamsAsk } from './hold-streams.ts'
import { askProvider } from './measure.ts'
import { cpuOf, memoryOf, mostFiles, pin } from './processes.ts'
import type { Subject, SubjectName } from './subject.ts'

export type Streams = StreamsAnswer & {
  readonly subject: SubjectName
  readonly asked: number
  /** Fewer than asked where the system does not allow so many open files. */
  readonly tried: number
  readonly reached: number
  /** Most that the provider had open at once: a gateway may let streams wait. */
  readonly atOnce: number
  /** Most that one of the gateway's processes had in memory; null where there is none or the system does not tell. */
  readonly memoryBytes: number | null
  /** CPU microseconds of the gateway for each event, opening and settling included. */
  readonly gatewayUsPerEvent: number | null
}

const STREAMS = 5_000
const RAMP_MS = 6_000
const EVENTS = 14
const EVERY_MS = 1_000
const OWN_FILES = 500
const LOOK_MS = 200

/** A gateway has two files open for each stream, and some for itself. */
const openable = (): number => Math.floor(((mostFiles() ?? Number.POSITIVE_INFINITY) - OWN_FILES) / 2)

/** Thousands of slow streams through one process. All share all cores. */
export async function measureStreams(
  { load, provider, cores }: { load: Child; provider: Child; cores: number },
  subject: Subject,
): Promise<Streams> {
  const streams = Math.min(STREAMS, openable())
  if (cores > 1) pin([...subject.pids(), load.pid, provider.pid], `0-${cores - 1}`)
  const ask: StreamsAsk = {
    do: 'streams',
    target: subject.target,
    streams,
    rampMs: RAMP_MS,
    events: EVENTS,
    everyMs: EVERY_MS,
  }
  let most = 0
  const pids = subject.pids()
  const timer = setInterval(() => {
    for (const pid of pids) most = Math.max(most, memoryOf(pid) ?? 0)
  }, LOOK_MS)
  const atFirst = await askProvider(provider)
  const before = cpuOf(pids)
  try {
    const answer = await load.ask<StreamsAnswer>(ask)
    const after = cpuOf(pids)
    const told = await askProvider(provider)
    return {
      ...answer,
      subject: subject.name,
      asked: STREAMS,
      tried: streams,
      reached: told.requests - atFirst.requests,
      atOnce: told.mostStreams,
      memoryBytes: most === 0 ? null : most,
      gatewayUsPerEvent:
        before === null || after === null || answer.events === 0 ? null : (after - before) / answer.events,
    }
  } finally {
    clearInterval(timer)
  }
}
