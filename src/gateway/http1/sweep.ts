import { SECOND, type Millis } from '#base/time.ts'

/** Something that must not wait for ever. */
export type Timed = {
  /** In turns of its sweep; `NEVER` while nothing is awaited. */
  deadline: number
  late(): void
}

/** More turns than there will be; a whole number that stands in its place and not beside it. */
export const NEVER = 2 ** 31 - 1

/**
 * Deadlines of many connections for the price of a number each: nothing is armed or cleared for a request, and one look
 * a second finds who is late.
 */
export type Sweep<Each extends Timed> = {
  /** The deadline that is `span` from now, or up to two turns later; never earlier. */
  after(span: Millis): number
  /** The deadline that is `span` from now, or up to a turn earlier; never later. */
  within(span: Millis): number
  /** Counts up, once a turn. */
  turn(): number
  add(each: Each): void
  remove(each: Each): void
  readonly all: ReadonlySet<Each>
  stop(): void
}

/** A turn stands for a second; `lasts` is how long it is. It keeps no process alive. */
export function openSweep<Each extends Timed>(lasts: Millis = SECOND): Sweep<Each> {
  const all = new Set<Each>()
  let turn = 0
  const timer = setInterval(() => {
    turn += 1
    for (const each of all) if (each.deadline <= turn) each.late()
  }, lasts)
  timer.unref()
  return {
    after: (span) => turn + Math.ceil(span / SECOND) + 1,
    within: (span) => turn + Math.floor(span / SECOND),
    turn: () => turn,
    add: (each) => void all.add(each),
    remove: (each) => void all.delete(each),
    all,
    stop: () => clearInterval(timer),
  }
}
