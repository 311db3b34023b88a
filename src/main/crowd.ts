import { setFlagsFromString } from 'node:v8'

/** From so many calls at once on, what they hold is most of a process's memory. */
const MANY = 1_000
/** Clearly below, so that a process at the limit does not go back and forth. */
const FEW = 500
const LOOK_EVERY = 250
/** Percent of what lives by which the heap then grows before it is looked through. */
const NARROW = 25
/** As V8 thinks best: on a large machine up to four times of what lives, which saves time while calls come and go. */
const WIDE = 0

/** Whether many calls stand, given whether it was so before. Pure. */
export const isCrowd = (calls: number, before: boolean): boolean => calls > (before ? FEW : MANY)

/** Lets the heap stay close to what lives while many calls stand at once, as streams do that take minutes. */
export function watchCrowd({
  calls,
  narrow = narrowHeap,
}: {
  /** How many are on their way. */
  calls: () => number
  narrow?: (yes: boolean) => void
}): () => void {
  let crowd = false
  const timer = setInterval(() => {
    const now = isCrowd(calls(), crowd)
    if (now !== crowd) narrow(now)
    crowd = now
  }, LOOK_EVERY).unref()
  return () => clearInterval(timer)
}

function narrowHeap(yes: boolean): void {
  setFlagsFromString(`--heap-growing-percent=${yes ? NARROW : WIDE}`)
  // How far the heap may grow is decided where it was last looked through, which was before.
  if (yes) globalThis.gc?.()
}
