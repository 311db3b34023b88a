import type { RequestListener } from 'node:http'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { envelope } from '#api/faults.ts'
import { Fault } from '#base/fault.ts'

/** Bytes. `most` counts everything that the process has; `heapMost` is where V8 gives up. */
export type Memory = {
  readonly heap: number
  readonly heapMost: number
  readonly used: number
  readonly most: number
}

const FULL_PERCENT = 85
/** Clearly below, so that a process at the limit does not say yes and no in turn. */
const FREE_PERCENT = 75
const LOOK_EVERY = 250
const MIB = 1024 * 1024

/** Whether new work is refused, given whether it was so before. Pure. */
export function isFull({ heap, heapMost, used, most }: Memory, before: boolean): boolean {
  const percent = before ? FREE_PERCENT : FULL_PERCENT
  return heap * 100 > heapMost * percent || used * 100 > most * percent
}

/** Looks at the memory of this process, and says when new work must wait before it grows further. */
export function watchMemory({
  most,
  processes,
  told,
  read = readMemory,
}: {
  /** MiB; null: this process's share of what the container or the machine has. */
  most: number | null
  processes: number
  told: (full: boolean) => void
  read?: (most: number) => Memory
}) {
  const bytes = most === null ? whatThereIs() / processes : most * MIB
  let full = false
  const timer = setInterval(() => {
    const now = isFull(read(bytes), full)
    if (now !== full) told(now)
    full = now
  }, LOOK_EVERY).unref()
  return { full: () => full, stop: () => clearInterval(timer) }
}

function readMemory(most: number): Memory {
  const heap = getHeapStatistics()
  return {
    heap: heap.used_heap_size,
    heapMost: heap.heap_size_limit,
    used: process.memoryUsage.rss(),
    most,
  }
}

function whatThereIs(): number {
  const contained = process.constrainedMemory()
  const machine = totalmem()
  return contained > 0 && contained < machine ? contained : machine
}

/** At most so many requests at once; the others, and all while `full` says so, are told to come again. */
export function limited(
  listener: RequestListener,
  {
    most,
    full,
    always,
    id,
  }: {
    most: number
    full: () => boolean
    /** Whoever watches this process must be answered then of all times. */
    always: (url: string) => boolean
    id: () => string
  },
): RequestListener {
  let running = 0
  return (req, res) => {
    if (always(req.url ?? '/')) return listener(req, res)
    if (running >= most || full()) {
      const busy = new Fault(
        'unavailable',
        'Perq has as much to do as it can take. Come again in two seconds.',
      )
      res.writeHead(503, { 'content-type': 'application/json', 'retry-after': '2' })
      res.end(JSON.stringify(envelope(busy, id())))
      return
    }
    running += 1
    res.once('close', () => (running -= 1))
    listener(req, res)
  }
}
