/**
 * Group commit. Operations that arrive while batches are in flight, or within the same turns of the event loop, go together
 * in the next one: at most `atOnce` batches in flight and `limit` operations each, the queue bounded by the callers, who each wait for
 * their own answer. A second batch sets off beside the first when many wait: it is worked on while the first is being written.
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
  /** Time that batches took, milliseconds. Those in flight together both count. */
  readonly took: number
}

/** Turns of the event loop a batch waits at most, as long as each brings more. */
const TURNS = 6
/** So many have to wait before a batch sets off beside another: each costs much before its first operation. */
const MANY = 32

type Waiting<Op, Answer> = {
  readonly op: Op
  readonly key: string
  /** As it was when its batch set off. */
  group: string | null
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

export function openLane<Op, Answer>(options: {
  readonly limit: number
  readonly atOnce: number
  /** Two operations of one key are never in flight together: the later sees what the earlier did. */
  readonly keyOf: (op: Op) => string
  /** Two batches in flight never have operations of one group; within a batch they may be. Null: of none. */
  readonly groupOf: (op: Op) => string | null
  readonly run: (ops: readonly Op[]) => Promise<readonly Answer[]>
  /** True when a batch may have failed because of one of its operations: it is then halved until that one is found. */
  readonly isPoison: (error: unknown) => boolean
}): Lane<Op, Answer> {
  type Batch = readonly Waiting<Op, Answer>[]
  let queue: Waiting<Op, Answer>[] = []
  let flying = 0
  let gathering = false
  const busy = new Set<string>()
  const busyGroups = new Set<string>()
  let drained: (() => void)[] = []
  let [batches, operations, took] = [0, 0, 0]

  const takeBatch = (most: number): Batch => {
    const keys = new Set<string>()
    const batch: Waiting<Op, Answer>[] = []
    const later: Waiting<Op, Answer>[] = []
    for (const item of queue) {
      const { key } = item
      item.group = options.groupOf(item.op)
      const isFree = !keys.has(key) && !busy.has(key) && (item.group === null || !busyGroups.has(item.group))
      if (isFree && batch.length < most) batch.push(item)
      else later.push(item)
      keys.add(key)
    }
    queue = later
    return batch
  }

  const run = async (batch: Batch): Promise<readonly Answer[]> => {
    const began = performance.now()
    try {
      return await options.run(batch.map((item) => item.op))
    } finally {
      took += performance.now() - began
      batches += 1
      operations += batch.length
    }
  }

  const tell = (batch: Batch, answers: readonly Answer[]): void =>
    batch.forEach((item, index) => item.resolve(answers[index]!))

  /** Each half of a batch that failed by itself, and so on, down to the operation that is poisonous. */
  const salvage = async (batch: Batch, error: unknown): Promise<void> => {
    if (batch.length === 1 || !options.isPoison(error)) return batch.forEach((item) => item.reject(error))
    const half = batch.length >> 1
    for (const part of [batch.slice(0, half), batch.slice(half)]) {
      try {
        tell(part, await run(part))
      } catch (again) {
        await salvage(part, again)
      }
    }
  }

  const fly = async (batch: Batch): Promise<void> => {
    flying += 1
    for (const { key, group } of batch) {
      busy.add(key)
      if (group !== null) busyGroups.add(group)
    }
    let answers: readonly Answer[] | null = null
    try {
      answers = await run(batch)
    } catch (error) {
      await salvage(batch, error)
    }
    flying -= 1
    for (const { key, group } of batch) {
      busy.delete(key)
      if (group !== null) busyGroups.delete(group)
    }
    // Where many wait, the next batch is on its way before the answers of this one are told: the database works while its callers do.
    if (2 * queue.length >= batch.length) setOff()
    if (answers) tell(batch, answers)
    void gather()
  }

  const worth = (): boolean =>
    queue.length > 0 && (flying === 0 || (flying < options.atOnce && queue.length >= MANY))

  const setOff = (): void => {
    while (worth()) {
      const half = options.atOnce > 1 && flying === 0 && queue.length >= 2 * MANY
      const batch = takeBatch(half ? Math.min((queue.length + 1) >> 1, options.limit) : options.limit)
      // Each of them waits for one of its key that is in flight.
      if (batch.length === 0) return
      void fly(batch)
    }
  }

  // Whoever is ready to ask joins: a batch costs much before its first operation. An operation alone waits one turn of the event loop.
  const gather = async (): Promise<void> => {
    if (gathering) return
    gathering = true
    for (
      let turn = 0, had = -1;
      turn < TURNS && had < queue.length && queue.length > 0 && queue.length < options.limit;
      turn += 1
    ) {
      had = queue.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    gathering = false
    setOff()
    if (flying === 0 && queue.length === 0) {
      for (const one of drained) one()
      drained = []
    }
  }

  return {
    submit: (op) =>
      new Promise((resolve, reject) => {
        queue.push({ op, key: options.keyOf(op), group: null, resolve, reject })
        if (worth()) void gather()
      }),
    drain: async () => {
      if (flying > 0 || queue.length > 0) await new Promise<void>((resolve) => void drained.push(resolve))
    },
    waiting: () => queue.length,
    counts: () => ({ batches, operations, took }),
  }
}
