import { invariant, never } from '#base/invariant.ts'
import { canonicalJson, sha256Hex } from '#base/json.ts'
import { halfEven, mul, rational, sub, type Rational } from '#base/rational.ts'
import { DAY, iso, startOfDay, type DateText } from '#base/time.ts'
import type { Form } from './chips.ts'
import { isUsable, type Said } from './observation.ts'
import { ownershipFloor, type OwnershipTerms } from './ownership.ts'
import { median, outliers, power, quantile } from './statistics.ts'

/** Four answers to "what is an hour worth", never blended: what is posted, what another would cost, what an index says, what owning costs. */
export const BASES = ['list', 'replacement', 'index', 'cost'] as const
export type Basis = (typeof BASES)[number]

/** An hour that stays, or one that can be taken away. */
export const MARK_TIERS = ['on_demand', 'spot'] as const
export type MarkTier = (typeof MARK_TIERS)[number]

export type Question = {
  /** A chip: `H100`. */
  readonly accelerator: string
  /** Null: whatever board it sits on. */
  readonly form: Form | null
  readonly basis: Basis
  readonly tier: MarkTier
  /** Null: anywhere. */
  readonly region: string | null
  /** Of basis `index`: which one; null otherwise. */
  readonly index: string | null
  /** All of this UTC day, and nothing after it. */
  readonly asOf: DateText
}

/** They stand in each mark. A rule that changes is another `format` of inputs, and old marks go on by theirs. */
export const RULES = {
  /** How old a sighting may be and still be a price of today. */
  windowDays: 31,
  /** Independent providers that a market price needs; a posted price and an index stand for themselves. */
  quorum: { replacement: 5, list: 1, index: 1 },
  /** Taken off for each week begun since a price that had to be fetched from earlier. */
  haircutAWeek: '1/100',
  longestWeeks: 52,
  outliers: '3.5 × 1.4826 × MAD',
} as const

export const STEPS = ['region', 'global', 'any_form', 'h100_equivalent', 'stale'] as const
export type Step = (typeof STEPS)[number]

/** Which offers were looked at: those of hours that stay, those that can be taken away, what hyperscalers post, an index. */
export type Book = 'offered' | 'interruptible' | 'posted' | 'index'

/** One look at the market: what was taken from it, and with what it is scaled. Frozen with the mark. */
export type Look = {
  readonly book: Book
  readonly step: Step
  readonly accelerator: string
  readonly form: Form | null
  readonly region: string | null
  readonly at: DateText
  /** Dense bf16 peak over that of an H100; null: the chip's own price. */
  readonly ratio: { readonly n: string; readonly d: string } | null
  /** Weeks begun since then. */
  readonly weeks: number
  /** The last sighting of each series, in the order of their facts. */
  readonly rows: readonly Frozen[]
}

/** An observation as it stands in a mark: times as text, without when it became known here. */
export type Frozen = Omit<Said, 'priceNano' | 'lowNano' | 'highNano' | 'effectiveFrom' | 'observedAt'> & {
  readonly fact: string
  readonly priceNano: string
  readonly lowNano: string
  readonly highNano: string
  readonly effectiveFrom: string
  readonly observedAt: string
}

/** What owning costs, and whose terms those are. */
export type Owning = {
  readonly terms: OwnershipTerms
  readonly source: string
  readonly ratio: { readonly n: string; readonly d: string } | null
}

/** Everything a mark is made of. Its canonical text is what the hash is of, and the mark follows from it alone. */
export type Inputs = {
  readonly format: 1
  readonly question: Question
  readonly rules: typeof RULES
  /** Of the price and the ask; null for basis `cost`. */
  readonly market: Look | null
  /** Of the bid, where it comes from another book. */
  readonly below: Look | null
  readonly owning: Owning | null
  /** What was tried before those looks and why it did not do, in words. */
  readonly tried: readonly string[]
  readonly triedBelow: readonly string[]
}

export type ProviderPrice = {
  readonly provider: string
  /** The median of what it asks, before scaling, in nano-dollars. */
  readonly priceNano: bigint
  /** Farther from the others than the outlier rule lets in. */
  readonly rejected: boolean
  readonly thin: boolean
}

export type Mark = {
  readonly hash: string
  readonly question: Question
  /** Nano-dollars for an hour of one GPU. Null: nobody asks on that side, as `steps` says. */
  readonly bid: bigint | null
  readonly mid: bigint
  readonly ask: bigint | null
  /** Providers behind the mid, after the outlier rule. */
  readonly n: number
  /** In the manner of ASC 820: 2 from quoted prices of the thing itself, 3 where something had to be assumed. */
  readonly level: 2 | 3
  /** Days from the newest sighting behind the mid to the day of the mark; 0 for basis `cost`. */
  readonly staleDays: number
  readonly step: Step | 'owning'
  /** Of the bid, where it comes from another book: it may have had to go further. */
  readonly bidStep: Step | null
  /** How it was come by, in sentences. */
  readonly steps: readonly string[]
  readonly providers: readonly ProviderPrice[]
  readonly sources: readonly { readonly source: string; readonly licence: string; readonly rows: number }[]
  readonly inputs: Inputs
}

/** The mark that follows from inputs: the same inputs give the same mark, to the bit, whenever and wherever. */
export function markFrom(inputs: Inputs): Mark {
  const { question, market, owning, tried } = inputs
  const hash = sha256Hex(canonicalJson(inputs))
  if (owning) return ownedMark(inputs, owning, hash)
  invariant(market, 'a mark of the market has looked at it')
  const seen = weigh(market)
  const kept = seen.filter(({ rejected }) => !rejected).map(({ scaled }) => scaled)
  invariant(kept.length > 0, 'a mark has at least one price')
  const exact = median(kept)
  const [mid, ask] = [halfEven(exact), askOf(question, kept)]
  const steps = [...tried, sentence(market, seen)]
  const bid = bidOf(inputs, { kept, mid, steps })
  const rows = [...market.rows, ...(inputs.below?.rows ?? [])]
  return {
    hash,
    question,
    bid,
    mid,
    ask,
    n: kept.length,
    level: market.step === 'stale' || market.step === 'h100_equivalent' ? 3 : 2,
    staleDays: staleDays(market, question.asOf),
    step: market.step,
    bidStep: inputs.below?.step ?? null,
    steps,
    providers: seen.map(({ provider, price, rejected, thin }) => ({
      provider,
      priceNano: halfEven(price),
      rejected,
      thin,
    })),
    sources: sourcesOf(rows),
    inputs,
  }
}

/** What the whole quantity is worth at a price an hour: one rounding, half to even. */
export const worthOf = (gpuSeconds: bigint, nanoAnHour: bigint): bigint =>
  halfEven(rational(gpuSeconds * nanoAnHour, 3_600n))

type Weighed = {
  readonly provider: string
  readonly price: Rational
  /** With the ratio and the haircut. */
  readonly scaled: Rational
  readonly rejected: boolean
  readonly thin: boolean
}

/** Every provider has one voice: the median of what it asks. The outlier rule then judges providers. */
export function weigh({ rows, ratio, weeks }: Look): readonly Weighed[] {
  const byProvider = Map.groupBy(rows, ({ provider }) => provider)
  const voices = [...byProvider]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, own]) => ({
      provider,
      price: median(own.map(({ priceNano }) => rational(BigInt(priceNano)))),
      thin: own.some(({ quality }) => quality === 'thin'),
    }))
  const odd = outliers(voices.map(({ price }) => price))
  const scale = mul(ratio ? fraction(ratio) : rational(1n), power(sub(rational(1n), HAIRCUT), weeks))
  return voices.map((voice, index) => ({
    ...voice,
    scaled: mul(voice.price, scale),
    rejected: odd.has(index),
  }))
}

/** Providers that count. */
export const voicesOf = (look: Look): number => weigh(look).filter(({ rejected }) => !rejected).length

export function freeze(said: Said & { readonly fact: string }): Frozen {
  invariant(isUsable(said), 'only prices that can be relied on enter a mark')
  return {
    fact: said.fact,
    provider: said.provider,
    accelerator: said.accelerator,
    form: said.form,
    tier: said.tier,
    region: said.region,
    termMonths: said.termMonths,
    offer: said.offer,
    source: said.source,
    licence: said.licence,
    quality: said.quality,
    note: said.note,
    priceNano: String(said.priceNano),
    lowNano: String(said.lowNano),
    highNano: String(said.highNano),
    effectiveFrom: iso(said.effectiveFrom),
    observedAt: iso(said.observedAt),
  }
}

const HAIRCUT = rational(1n, 100n)
const TENTH = rational(1n, 10n)
const NINE_TENTHS = rational(9n, 10n)

const fraction = ({ n, d }: { n: string; d: string }): Rational => rational(BigInt(n), BigInt(d))

const askOf = ({ basis }: Question, kept: readonly Rational[]): bigint | null =>
  basis === 'index' ? null : halfEven(quantile(kept, NINE_TENTHS))

function bidOf(
  { question, below, triedBelow }: Inputs,
  { kept, mid, steps }: { kept: readonly Rational[]; mid: bigint; steps: string[] },
): bigint | null {
  if (question.basis !== 'replacement') return null
  if (question.tier === 'spot') return halfEven(quantile(kept, TENTH))
  steps.push(...triedBelow.map((why) => `bid: ${why}`))
  if (!below) return null
  const seen = weigh(below)
  steps.push(`bid: ${sentence(below, seen)}`)
  const offers = seen.filter(({ rejected }) => !rejected).map(({ scaled }) => scaled)
  const bid = halfEven(quantile(offers, TENTH))
  if (bid <= mid) return bid
  steps.push('bid: what can be taken away is asked above the mid; the mid is taken')
  return mid
}

function ownedMark(inputs: Inputs, { terms, source, ratio }: Owning, hash: string): Mark {
  const { question, tried } = inputs
  const floor = (years: number): bigint => {
    const exact = ownershipFloor(terms, years)
    return halfEven(ratio ? mul(exact, fraction(ratio)) : exact)
  }
  const { lifeYears: years } = terms
  const scaled = ratio ? `, × ${ratio.n}/${ratio.d} as dense bf16 peaks are` : ''
  return {
    hash,
    question,
    bid: floor(years + 1),
    mid: floor(years),
    ask: floor(Math.max(1, years - 1)),
    n: 1,
    level: 3,
    staleDays: 0,
    step: 'owning',
    bidStep: null,
    steps: [
      ...tried,
      `what owning one costs over ${years} years${scaled}; bid and ask with a life of a year more and a year less`,
    ],
    providers: [],
    sources: [{ source, licence: 'own', rows: 1 }],
    inputs,
  }
}

/** A price that held on a day was seen on that day, whatever was seen since. */
const staleDays = ({ rows, at }: Look, asOf: DateText): number => {
  const seen = rows.map(({ observedAt }) => observedAt.slice(0, 10)).map((day) => (day < at ? day : at))
  const newest = seen.reduce((a, b) => (a > b ? a : b))
  return Math.round((startOfDay(asOf) - startOfDay(newest)) / DAY)
}

function sentence(look: Look, seen: readonly Weighed[]): string {
  const rejected = seen.filter((one) => one.rejected).map(({ provider }) => provider)
  const thin = seen.filter((one) => one.thin && !one.rejected).map(({ provider }) => provider)
  const parts = [
    `${scopeOf(look)}: ${voicesText(look.book, seen.length - rejected.length)}`,
    ...(rejected.length > 0 ? [`without ${rejected.join(', ')}, too far from the others`] : []),
    ...(thin.length > 0 ? [`${thin.join(', ')} with few offers`] : []),
    ...(look.ratio ? [`× ${look.ratio.n}/${look.ratio.d} as dense bf16 peaks are`] : []),
    ...(look.weeks > 0 ? [`less 1 % for each of ${count(look.weeks, 'week')}`] : []),
  ]
  return parts.join('; ')
}

/** "H100 SXM in us-east-1 on 2026-05-31". */
export const scopeOf = ({
  accelerator,
  form,
  region,
  at,
}: Pick<Look, 'accelerator' | 'form' | 'region' | 'at'>): string =>
  [accelerator, form, region === null ? 'anywhere' : `in ${region}`, `by ${at}`].filter(Boolean).join(' ')

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** "13 providers", "7 providers of hours that can be taken away". */
export function voicesText(book: Book, voices: number): string {
  switch (book) {
    case 'offered':
      return count(voices, 'provider')
    case 'interruptible':
      return `${count(voices, 'provider')} of hours that can be taken away`
    case 'posted':
      return count(voices, 'hyperscaler')
    case 'index':
      return `${voices === 0 ? 'no' : 'one'} index`
    default:
      return never(book)
  }
}

function sourcesOf(rows: readonly Frozen[]): Mark['sources'] {
  const groups = Map.groupBy(rows, ({ source, licence }) => JSON.stringify([source, licence]))
  return [...groups.values()]
    .map((own) => ({ source: own[0]!.source, licence: own[0]!.licence, rows: own.length }))
    .toSorted((a, b) => b.rows - a.rows || (a.source < b.source ? -1 : 1))
}
