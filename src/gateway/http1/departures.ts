/** Somebody with something to write. */
export type Departing = { depart(): void }

let waiting: Departing[] = []

function leave(): void {
  const all = waiting
  waiting = []
  for (const each of all) each.depart()
}

/**
 * Lets it write when everything that came in this turn of the event loop is worked off. Writes that follow each other
 * closely cost half: the first wakes up whoever reads on the other side, and the others find it awake.
 */
export function departLater(each: Departing): void {
  if (waiting.length === 0) setImmediate(leave)
  waiting.push(each)
}
