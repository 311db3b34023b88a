/**
 * Group commit. Operations that arrive while a batch is in flight, or within the same turns of the event loop, go together
 * in the next one: one batch in flight, at most `limit` operations each, the queue bounded by the callers, who each wait for their own answer.
 */
export type Lane<Op, Answer> = {
  submit(op: Op): Promise<Answer>
  /** Waits until everything submitted so far is answered. */
  drain(): Promise<void>
  readonly waiting: () => number
  /** Since it was opened. */
  readonly counts: () => LaneCounts
}

export type LaneCounts = {
  readonly batches: number
  readonly operations: number
  /** Time that batches took, milliseconds. */
  readonly took: number
}

/** How many turns of the event loop a batch waits at most, as long as each brings more. */
const TURNS = 6

type Waiting<Op, Answer> = { op: Op; resolve: (answer: Answer) => void; reject: (error: unknown) => void }

export function openLane<Op, Answer>(options: {
  readonly limit: number
  /** Two operations of one key never share a batch: a batch sees only what was committed before it. */
  readonly keyOf: (op: Op) => string
  readonly run: (ops: readonly Op[]) => Promise<readonly Answer[]>
  /** True when a batch may have failed because of one of its operations: it is then halved until that one is found. */
  readonly isPoison: (error: unknown) => boolean
}): Lane<Op, Answer> {
  let queue: Waiting<Op, Answer>[] = []
  let running: Promise<void> | null = null
  let [batches, operations, took] = [0, 0, 0]

  const takeBatch = (): Waiting<Op, Answer>[] => {
    const keys = new Set<string>()
    const batch: Waiting<Op, Answer>[] = []
    const later: Waiting<Op, Answer>[] = []
    for (const item of queue) {
      const key = options.keyOf(item.op)
      if (batch.length < options.limit && !keys.has(key)) batch.push(item)
      else later.push(item)
      keys.add(key)
    }
    queue = later
    return batch
  }

  const answer = async (batch: readonly Waiting<Op, Answer>[]): Promise<void> => {
    try {
      const answers = await options.run(batch.map((item) => item.op))
      batch.forEach((item, index) => item.resolve(answers[index]!))
    } catch (error) {
      if (batch.length === 1 || !options.isPoison(error)) return batch.forEach((item) => item.reject(error))
      const half = batch.length >> 1
      await answer(batch.slice(0, half))
      await answer(batch.slice(half))
    }
  }

  // Whoever is ready to ask joins: a batch costs much before its first operation. An operation alone waits one turn of the event loop.
  const gather = async (): Promise<void> => {
    for (
      let turn = 0, had = 0;
      turn < TURNS && had < queue.length && queue.length < options.limit;
      turn += 1
    ) {
      had = queue.length
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      await gather()
      const batch = takeBatch()
      const began = performance.now()
      await answer(batch)
      took += performance.now() - began
      batches += 1
      operations += batch.length
    }
    running = null
  }

  return {
    submit: (op) =>
      new Promise((resolve, reject) => {
        queue.push({ op, resolve, reject })
        running ??= work()
      }),
    drain: async () => {
      while (running) await running
    },
    waiting: () => queue.length,
    counts: () => ({ batches, operations, took }),
  }
}
