import { createHash } from 'node:crypto'

/**
 * Which statements are prepared on the server: those that come again. Parsing and planning the ledger's large
 * statements costs more than running them. A text earns its name by its third use, so that texts used once do not
 * take a place; both tables are bounded, and when they are full further texts simply stay unnamed.
 */
export function openPrepared({ limit = 256, earnedBy = 3 }: { limit?: number; earnedBy?: number } = {}) {
  const names = new Map<string, string>()
  const uses = new Map<string, number>()
  let generation = 0

  return {
    nameOf(text: string): string | undefined {
      const name = names.get(text)
      if (name !== undefined || names.size >= limit) return name
      const used = (uses.get(text) ?? 0) + 1
      if (used < earnedBy) {
        if (uses.size >= limit * 4) uses.clear()
        uses.set(text, used)
        return undefined
      }
      uses.delete(text)
      const fresh = `perq_${generation}_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
      names.set(text, fresh)
      return fresh
    },
    /** A migration changed what a statement returns: the old names must not be used again. */
    forget(): void {
      generation += 1
      names.clear()
    },
  }
}
