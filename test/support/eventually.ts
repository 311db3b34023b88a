/** Runs `check` until it no longer throws; after `within` milliseconds its last error is the test's. */
export async function eventually(check: () => unknown, within = 5_000): Promise<void> {
  const end = performance.now() + within
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
