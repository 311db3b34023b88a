import { NANO_PER_USD } from '#base/money.ts'
import { startOfDay } from '#base/time.ts'
import { CHIPS } from './chips.ts'
import type { Quality, Said } from './observation.ts'

/** Public "data" that was made up, by where it lies: a seed in the code, rows that call themselves estimates, demo values. */
const SYNTHETIC: readonly RegExp[] = [
  /kuanhuang1-code\/gpu-pricing-tracker/i,
  /hemgo-lexsi\/gpu-price-dashboard/i,
  /gpumarkets\.dev/i,
  /ifeanyinwanegbo/i,
  /historical_estimate|seed: ?true|\bsynthetic\b/i,
]

/** Who sells on what others offer: the price is no market of its own. */
const RESELLERS: ReadonlySet<string> = new Set(['dataoorts'])

const HALF_A_DOLLAR = NANO_PER_USD / 2n

/** From then on this source's column of RunPod's spot prices holds community prices. */
const COLUMN_CHANGED = startOfDay('2026-05-01')

export type Judged = { readonly quality: Quality; readonly note: string | null }
type Draft = Omit<Said, 'quality'>

/** Whether an observation can be relied on, and why not. What cannot is kept and shown, and enters no mark. */
export function judge(draft: Draft): Judged {
  const note = draft.note
  const chip = CHIPS.get(draft.accelerator)
  if (SYNTHETIC.some((pattern) => pattern.test(draft.source) || pattern.test(note ?? '')))
    return { quality: 'synthetic', note: note ?? 'made up, not observed' }
  if (RESELLERS.has(draft.provider)) return { quality: 'resold', note: note ?? 'sells on what others offer' }
  if (isRunpodPlaceholder(draft))
    return { quality: 'not_offered', note: '0.50 stands where RunPod does not offer the chip' }
  if (draft.provider === 'runpod' && draft.tier === 'spot' && changedMeaning(draft))
    return {
      quality: 'other_meaning',
      note: 'the source shows community prices in this column since May 2026',
    }
  if (chip && draft.priceNano < chip.floorNano)
    return { quality: 'below_floor', note: note ?? 'less than any such chip is offered for' }
  if (chip && draft.priceNano > chip.ceilingNano)
    return {
      quality: 'above_ceiling',
      note: note ?? 'more than any such chip costs: perhaps an instance of several',
    }
  if (draft.tier === 'marketplace_ask_min' || draft.tier === 'marketplace_ask_median')
    return { quality: 'thin', note: note ?? 'a book of a few offers' }
  return { quality: 'ok', note }
}

const isRunpodPlaceholder = ({ provider, priceNano, accelerator }: Draft): boolean =>
  provider === 'runpod' &&
  priceNano === HALF_A_DOLLAR &&
  (CHIPS.get(accelerator)?.floorNano ?? 0n) > HALF_A_DOLLAR

const changedMeaning = ({ source, observedAt }: Draft): boolean =>
  source.includes('nixj9/gpu-market-intel') && observedAt >= COLUMN_CHANGED

const GH200_AT_LAMBDA: ReadonlySet<bigint> = new Set([1_990_000_000n, 2_290_000_000n])

/** What the source calls by another chip's name, under its own. */
export function relabel<Each extends Draft>(draft: Each): Each {
  const mislabelled =
    draft.provider === 'lambda' && draft.accelerator === 'H200' && GH200_AT_LAMBDA.has(draft.priceNano)
  if (!mislabelled) return draft
  return {
    ...draft,
    accelerator: 'GH200',
    form: null,
    note: 'shown as H200 by the source; the price is that of Lambda’s GH200',
  }
}

export function judged(draft: Draft): Said {
  const named = relabel(draft)
  return { ...named, ...judge(named) }
}
