const WITHIN_MS = 120_000
const PAUSE_MS = 100

/**
 * What `look` gives as soon as it gives anything. Each look starts programs, so there is a pause between them; it waits for as
 * long as a loaded machine may take, because it ends as soon as it can.
 */
export async function waitFor<T>(
  what: string | (() => string),
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const end = performance.now() + WITHIN_MS
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
    if (performance.now() > end) {
      const wanted = typeof what === 'string' ? what : what()
      throw new Error(`in ${WITHIN_MS / 1000} s it never came to this: ${wanted}`)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
