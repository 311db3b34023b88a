/** How many of a worker's transactions run at once: enough to keep the database busy, few enough to leave it to others. */
const AT_ONCE = 4

/** Does the work for each, a few at once. The first failure is thrown after those that run have ended. */
export async function several<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]()
  const hand = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, hand))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}
