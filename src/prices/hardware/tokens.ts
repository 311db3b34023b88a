import { uuidOf } from '#base/id.ts'
import type { DateText, Millis } from '#base/time.ts'

/** What a source showed as a model's list price from a day on, in pico-dollars for one token. */
export type TokenSaid = {
  readonly provider: string
  readonly model: string
  readonly inputPico: bigint
  readonly outputPico: bigint
  /** Null: the source has no price of its own for what is read from the cache. */
  readonly cachedPico: bigint | null
  /** The day it was first seen, or from which it holds: that may lie ahead. */
  readonly effectiveFrom: DateText
  readonly source: string
  readonly revision: string | null
  readonly licence: string
}

export type TokenEvent = TokenSaid & { readonly fact: string; readonly recordedAt: Millis }

export const tokenFactOf = (said: TokenSaid): string =>
  uuidOf(
    'token price',
    said.provider,
    said.model,
    String(said.inputPico),
    String(said.outputPico),
    String(said.cachedPico),
    said.effectiveFrom,
    said.source,
    said.revision ?? '',
  )

/** One price of one route to a model. */
export type TokenPrice = Pick<TokenSaid, 'inputPico' | 'outputPico' | 'cachedPico'> & {
  readonly from: DateText
  /** The last day on which it was still said. */
  readonly lastSaid: DateText
  /** How many rows of the source say so. */
  readonly rows: number
}

/** The prices of a model by one source: one after the other where they changed, side by side where they alternate. */
export type TokenHistory = {
  readonly provider: string
  readonly model: string
  readonly source: string
  readonly licence: string
  /**
   * True where prices come back after others: the name stands for several routes, and no row is a change. Their prices are then in
   * no order.
   */
  readonly flapping: boolean
  readonly prices: readonly TokenPrice[]
}

/**
 * What the rows mean: rows that repeat a price are one; prices that alternate are routes, not changes. Sources are kept apart: one
 * that shows a model late has not seen its price change. Prices of 0 are free routes, and left out.
 */
export function historiesOf(events: readonly TokenEvent[]): readonly TokenHistory[] {
  const groups = Map.groupBy(
    events.filter(({ inputPico, outputPico }) => inputPico > 0n || outputPico > 0n),
    ({ provider, model, source }) => JSON.stringify([provider, model, source]),
  )
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => historyOf(own.toSorted(byDay)))
}

function historyOf(rows: readonly TokenEvent[]): TokenHistory {
  const prices = new Map<string, TokenPrice>()
  let flapping = false
  let before: string | null = null
  for (const row of rows) {
    const { inputPico, outputPico, cachedPico, effectiveFrom } = row
    const key = JSON.stringify([String(inputPico), String(outputPico)])
    const standing = prices.get(key)
    flapping ||= standing !== undefined && before !== key
    prices.set(key, {
      inputPico,
      outputPico,
      cachedPico: cachedPico ?? standing?.cachedPico ?? null,
      from: standing?.from ?? effectiveFrom,
      lastSaid: effectiveFrom,
      rows: (standing?.rows ?? 0) + 1,
    })
    before = key
  }
  const { provider, model, source, licence } = rows[0]!
  return { provider, model, source, licence, flapping, prices: [...prices.values()] }
}

const byDay = (a: TokenEvent, b: TokenEvent): number => {
  if (a.effectiveFrom !== b.effectiveFrom) return a.effectiveFrom < b.effectiveFrom ? -1 : 1
  return a.inputPico < b.inputPico ? -1 : a.inputPico > b.inputPico ? 1 : a.fact < b.fact ? -1 : 1
}

/** The price in force on a day: null before the first, and where routes alternate and none of them is *the* price. */
export function priceOn(history: TokenHistory, day: DateText): TokenPrice | null {
  if (history.flapping) return null
  return history.prices.findLast(({ from }) => from <= day) ?? null
}
