/** What can stand in a chain: it keeps its neighbours itself. */
export type Linked<Each> = { before: Each | null; after: Each | null }

/**
 * What comes and goes with every call, in the order in which it came. A Set would do the same, but the tables that it leaves
 * behind keep what was in them from being collected young, and a call with all that it holds would grow old in memory.
 */
export function openChain<Each extends Linked<Each>>() {
  let first: Each | null = null
  let last: Each | null = null
  return {
    first: (): Each | null => first,
    isEmpty: (): boolean => first === null,

    add(one: Each): void {
      one.before = last
      if (last) last.after = one
      else first = one
      last = one
    },

    /** Takes it out; one that has left before stays out. */
    remove(one: Each): void {
      const { before, after } = one
      if (before === null && first !== one) return
      if (before) before.after = after
      else first = after
      if (after) after.before = before
      else last = before
      one.before = null
      one.after = null
    },
  }
}
