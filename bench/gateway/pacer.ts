import { workerData } from 'node:worker_threads'

/**
 * A thread that wakes the load at each time at which something is due: timers know whole milliseconds only, and a loop that looks
 * at the clock would take a core from what is measured.
 */
export type Pace = {
  /** Counts up at each time that is due. */
  readonly turn: Int32Array<SharedArrayBuffer>
  /** Milliseconds: between two times, of the first, of the end; on the clock of `performance` since the epoch. */
  readonly every: number
  readonly from: number
  readonly until: number
}

const { turn, every, from, until } = workerData as Pace
const sleep = new Int32Array(new SharedArrayBuffer(4))

for (let next = from; next < until; next += every) {
  const wait = next - (performance.timeOrigin + performance.now())
  if (wait > 0) Atomics.wait(sleep, 0, 0, wait)
  Atomics.add(turn, 0, 1)
  Atomics.notify(turn, 0)
}
