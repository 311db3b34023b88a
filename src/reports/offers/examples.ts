import { parseAsset } from '#base/asset.ts'
import { formatUsd, NANO_PER_USD } from '#base/money.ts'
import { PER_UNIT } from '#base/quantity.ts'
import { compare, div, floor, mul, rational, type Rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import type { LineWorth } from '#offers/worth.ts'
import type { Exchange } from '#prices/exchanges.ts'
import type { Prices } from '#prices/prices.ts'
import { computeEquivalents, tokensFor, type TokenPrice } from '#valuation/compare/equivalents.ts'
import { snapshot } from '../snapshot.ts'
import { useOfMonth, type UseOfMonth } from './usage.ts'

/** What the compute of an offer buys, in words. Exact arithmetic; only the words are rounded, and always down. */
export type OfferExample = {
  readonly kind: 'months' | 'agent_days' | 'tokens' | 'gpu_hours' | 'training'
  /** The grant that it is about; null: all dollars of the offer. */
  readonly line: number | null
  readonly says: string
  /** The figure of the sentence: an integer, or a fraction "n/d". */
  readonly value: string
  readonly unit: string
  readonly basis: string
}

/** What is published, where the company's own people are too few. Nano-dollars. */
const PUBLISHED = {
  month: {
    amount: 611n * NANO_PER_USD,
    basis: 'Ramp AI Index, June 2026: nine of ten firms spend at most $611 for an employee in a month',
  },
  day: {
    amount: 13n * NANO_PER_USD,
    basis: 'Claude Code documentation: $13 for a developer on a day of use, on average',
  },
} as const

/** The model that tokens are told in, and how a conversation with it is made up. */
const MODEL = { provider: 'anthropic', name: 'claude-sonnet-5', inputParts: 3n } as const
const NODE_GPUS = 8n
const WEEK_HOURS = 168n
const TRAINED = { parameters: 8_000_000_000n, tokens: 160_000_000_000n }

type ExampleRooms = {
  readonly db: Db
  readonly prices: Pick<Prices, 'resolve'>
  readonly exchange: Pick<Exchange, 'accelerators' | 'utilisation'>
}
export type ExamplesAsk = {
  readonly lines: readonly LineWorth[]
  readonly level: string
  readonly now: Millis
}

/** Compared with what people of the level really spend; where they are too few, everybody; else with what is published. */
export const openOfferExamples =
  ({ db, prices, exchange }: ExampleRooms) =>
  async ({ lines, level, now }: ExamplesAsk): Promise<readonly OfferExample[]> => {
    const dollars = lines
      .filter(({ asset }) => asset === 'USD')
      .reduce((sum, { total }) => sum + total.quantity, 0n)
    const gpus = lines.flatMap((line) => gpuExamples(line, exchange, now))
    if (dollars === 0n) return gpus
    const use = await snapshot(db, async (sql) => {
      const peers = await useOfMonth(sql, { level, now })
      if (peers) return { ...peers, level }
      const all = await useOfMonth(sql, { level: null, now })
      return all && { ...all, level: null }
    })
    return [
      ...monthExamples(dollars, use),
      agentDays(dollars),
      ...tokenExample(dollars, prices, now),
      ...gpus,
    ]
  }

type Peers = UseOfMonth & { readonly level: string | null }

export function monthExamples(dollars: bigint, use: Peers | null): readonly OfferExample[] {
  const of = (amount: bigint, says: (months: string) => string, basis: string): OfferExample => {
    const value = rational(dollars, amount)
    return {
      kind: 'months',
      line: null,
      says: says(inWords(value)),
      value: exact(value),
      unit: 'month',
      basis,
    }
  }
  if (use === null) {
    const { amount, basis } = PUBLISHED.month
    return [
      of(
        amount,
        (n) =>
          `Covers ${n} months at ${whole(amount)} a month, more than nine of ten firms spend for an employee.`,
        basis,
      ),
    ]
  }
  const who = use.level === null ? 'people here' : `people of level ${use.level} here`
  const basis = `what ${use.people} ${who} spent in each of the last six whole months, rounded up to two digits`
  const nine = of(
    use.nineOfTen,
    (n) => `Covers ${n} months of what nine of ten ${who} stay within (${whole(use.nineOfTen)} a month).`,
    basis,
  )
  if (use.half === 0n) return [nine]
  return [
    nine,
    of(
      use.half,
      (n) => `Covers ${n} months of what half of the ${who} stay within (${whole(use.half)} a month).`,
      basis,
    ),
  ]
}

function agentDays(dollars: bigint): OfferExample {
  const { amount, basis } = PUBLISHED.day
  const value = rational(dollars, amount)
  const says = `Pays for ${inWords(value)} days of work with a coding agent, at ${whole(amount)} a day.`
  return { kind: 'agent_days', line: null, says, value: exact(value), unit: 'day', basis }
}

function tokenExample(dollars: bigint, prices: ExampleRooms['prices'], now: Millis): readonly OfferExample[] {
  const price = prices.resolve(MODEL.provider, MODEL.name, now)
  if (!price) return []
  const { input, output } = price.rates
  // Pico-dollars for a token are micro-dollars for a million.
  const of = (rate: bigint): Rational => rational(rate, 1_000_000n)
  const each: TokenPrice = { input: of(input), output: of(output), inputParts: MODEL.inputParts }
  const value = tokensFor(rational(dollars, NANO_PER_USD), each)
  return [
    {
      kind: 'tokens',
      line: null,
      says: `Buys ${scaled(value)} tokens of ${price.model}, three of input to one of output.`,
      value: exact(value),
      unit: 'token',
      basis: `the price book: ${perMillion(input)} for a million tokens of input, ${perMillion(output)} of output`,
    },
  ]
}

function gpuExamples(
  { n, asset, total }: LineWorth,
  exchange: ExampleRooms['exchange'],
  now: Millis,
): readonly OfferExample[] {
  const { accelerator, tier, gpusPerNode } = parseAsset(asset)?.unit ?? {}
  if (accelerator === undefined || tier === undefined || total.quantity === 0n) return []
  const size = gpusPerNode === undefined ? NODE_GPUS : BigInt(gpusPerNode)
  const hours = rational(total.quantity * BigInt(gpusPerNode ?? 1), PER_UNIT.gpu_hour)
  const weeks = div(hours, rational(size * WEEK_HOURS))
  const node: OfferExample = {
    kind: 'gpu_hours',
    line: n,
    says: `Keeps a node of ${size} ${accelerator} busy, day and night, for ${inWords(weeks)} weeks.`,
    value: exact(weeks),
    unit: 'week',
    basis: `${inWords(hours)} GPU-hours, ${size} GPUs, 168 hours a week`,
  }
  const known = exchange.accelerators.get(accelerator)
  if (!known) return [node]
  const { share, basis } = exchange.utilisation(accelerator, now)
  const { training } = computeEquivalents(hours, {
    peakTeraflops: known.peakBf16,
    utilisation: share,
    gpusPerNode: size,
    modelSizes: [TRAINED.parameters],
  })
  const times = div(training[0]!.tokens, rational(TRAINED.tokens))
  const model = 'a model of 8 billion parameters'
  return [
    node,
    {
      kind: 'training',
      line: n,
      says:
        compare(times, rational(1n)) >= 0
          ? `Trains ${model} on 160 billion tokens ${inWords(times)} times.`
          : `Trains ${model} on ${scaled(training[0]!.tokens)} tokens.`,
      value: exact(times),
      unit: 'training',
      basis: `six operations for each parameter and token, at the share of the peak that work reaches: ${basis}`,
    },
  ]
}

const exact = ({ n, d }: Rational): string => (d === 1n ? String(n) : `${n}/${d}`)
const grouped = (value: bigint): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
const whole = (nano: bigint): string => formatUsd(nano).replace(/\.00$/, '')
const perMillion = (pico: bigint): string => whole(pico * 1_000n)

/** Rounded down: below ten to a tenth, above a thousand to three digits. */
export function inWords(value: Rational): string {
  const size = floor(value)
  if (size < 10n) {
    const tenths = floor(mul(value, rational(10n)))
    return tenths % 10n === 0n ? String(tenths / 10n) : `${tenths / 10n}.${tenths % 10n}`
  }
  const unit = 10n ** BigInt(Math.max(0, String(size).length - 3))
  return grouped((size / unit) * unit)
}

const SCALES = [
  [1_000_000_000_000n, 'trillion'],
  [1_000_000_000n, 'billion'],
  [1_000_000n, 'million'],
] as const

function scaled(value: Rational): string {
  const found = SCALES.find(([least]) => floor(value) >= least)
  return found ? `${inWords(div(value, rational(found[0])))} ${found[1]}` : inWords(value)
}
