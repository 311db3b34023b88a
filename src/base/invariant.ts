/**
 * A bug, not a refusal: something the code itself promised does not hold. Callers never catch it to go on;
 * the request dies, the process lives, and the message names the broken promise.
 */
export function invariant(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${promise}`)
}

/** Marks the end of an exhaustive switch: adding a member to the union makes this line a type error. */
export function never(value: never): never {
  throw new Error(`invariant broken: unexpected member ${String(value)}`)
}
