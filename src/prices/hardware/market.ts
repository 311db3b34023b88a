import { canonicalJson } from '#base/json.ts'
import { div, type Rational } from '#base/rational.ts'
import type { Accelerator } from '../accelerators.ts'
import { CHIPS } from './chips.ts'
import { climb, YARDSTICK } from './ladder.ts'
import { markFrom, RULES, type Basis, type Book, type Inputs, type Mark, type Question } from './mark.ts'
import type { Observation } from './observation.ts'

/** A mark, or why there is none: never a price of 0. */
export type Marked =
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'none'; readonly question: Question; readonly why: readonly string[] }

/** The price of the market on one of its bases; pure. */
export function ofMarket(
  question: MarketQuestion,
  observations: readonly Observation[],
  ratio: Rational | null,
): Marked {
  const book = bookOf(question)
  const found = climb(question, book, { observations, ratio })
  if (!found.look) return { kind: 'none', question, why: found.tried }
  const bids = question.basis === 'replacement' && question.tier === 'on_demand'
  const below = bids ? climb(question, 'interruptible', { observations, ratio }) : null
  return marked({
    format: 1,
    question,
    rules: RULES,
    market: found.look,
    below: below?.look ?? null,
    owning: null,
    tried: found.tried,
    triedBelow: below?.tried ?? [],
  })
}

/** Whether a mark, its bid, or that there is none rests on days before the last month. */
export function looksBack(found: Marked): boolean {
  if (found.kind === 'none') return true
  const { question, market, below } = found.mark.inputs
  const bids = question.basis === 'replacement' && question.tier === 'on_demand'
  return market?.step === 'stale' || (bids && (below === null || below.step === 'stale'))
}

export type MarketQuestion = Question & { readonly basis: Exclude<Basis, 'cost'> }

function bookOf({ basis, tier }: MarketQuestion): Book {
  switch (basis) {
    case 'list':
      return 'posted'
    case 'replacement':
      return tier === 'spot' ? 'interruptible' : 'offered'
    case 'index':
      return 'index'
  }
}

export const marked = (inputs: Inputs): Marked => ({ kind: 'mark', mark: markFrom(inputs) })

/** Dense bf16 peak over an H100's. */
export function ratioOf(peaks: ReadonlyMap<string, Accelerator>, accelerator: string): Rational | null {
  const peak = (id: string): Rational | null => peaks.get(CHIPS.get(id)?.reference ?? '')?.peakBf16 ?? null
  const [own, yardstick] = [peak(accelerator), peak(YARDSTICK)]
  return own && yardstick ? div(own, yardstick) : null
}

/** A mark without what it was made of, as it is kept beside that. */
export const outcomeText = (mark: Mark): string => canonicalJson({ ...mark, inputs: undefined })
