import { Fault } from '#base/fault.ts'
import { fromDecimal, mul, rational, type Rational } from '#base/rational.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import { BASES, type Basis } from '#prices/hardware/mark.ts'
import { TIERS, type Tier } from '#base/asset.ts'
import { blended, computeEquivalents, tokensFor, wordsOf } from '#valuation/compare/equivalents.ts'
import { packageValue, type PackageValue } from '#valuation/compare/package.ts'
import { hazardOfTurnover } from '#valuation/turnover.ts'
import { usdOfNano } from '#valuation/money.ts'
import type { PriceModel } from '#valuation/price-model.ts'
import { DELIVERED, INTEREST } from './assumptions.ts'
import type { PriceRooms } from './prices.ts'
import { markFacts, type MarkFacts } from './views.ts'

/** An offer as people type it: decimals as text, dollars unless they say otherwise. */
export type CompareAsk = Readonly<Record<CompareField, string | undefined>>

type Field = {
  readonly usual: string
  readonly least: string
  readonly most: string
  readonly says: string
}
const field = (usual: string, least: string, most: string, says: string): Field => ({
  usual,
  least,
  most,
  says,
})

/** Everything that an offer is made of, and everything that is assumed of it. */
export const COMPARE_NUMBERS = {
  years: field('4', '1', '10', 'whole years that are compared'),
  salary: field('0', '0', '100000000', 'dollars in the first year'),
  raise: field('0.03', '-0.2', '0.5', 'raise a year'),
  bonus: field('0', '0', '5', 'target bonus, of the salary'),
  equity: field('0', '0', '1000000000', 'dollars of shares at today’s price, over all years'),
  equity_volatility: field('0.5', '0', '2', 'how much the share moves in a year'),
  correlation: field('0.3', '-1', '1', 'of the share with the price of compute'),
  hours: field('10000', '0', '1000000000', 'GPU-hours over all years'),
  dollars: field('0', '0', '1000000000', 'dollars of inference over all years'),
  used: field('1', '0', '1', 'share of hours and dollars that is expected to be used'),
  cliff_months: field('0', '0', '120', 'months before anything of shares and compute vests'),
  cash: field('0', '0', '1000000000', 'dollars of today offered in place of the compute; 0: none'),
  leaving: field('0.12', '0', '0.9', 'share of people who leave within a year'),
  interest: field(String(INTEREST), '0', '0.5', 'a year, continuous'),
  drift: field('0', '-2', '1', 'expected change of the price of an hour in a year, continuous'),
} as const satisfies Record<string, Field>
export type CompareNumber = keyof typeof COMPARE_NUMBERS
export type CompareField = CompareNumber | 'accelerator' | 'tier' | 'basis'

export type EquivalentsView = {
  readonly utilisation: string
  readonly utilisation_basis: string
  readonly peak_teraflops: string
  readonly exaflop_days: string
  readonly gpu_years: string
  readonly node_years: string
  readonly training: readonly { readonly parameters: string; readonly tokens: string }[]
  /** What the hours’ price buys of a flagship model. */
  readonly tokens: string
  readonly words: string
  readonly tokens_of: string
}

export type CompareView = {
  readonly day: DateText
  readonly basis: Basis
  readonly accelerator: string
  readonly tier: Tier
  readonly mark: MarkFacts
  readonly numbers: readonly (Field & { readonly name: CompareNumber; readonly value: string })[]
  readonly model: {
    readonly reversion: number
    readonly short_volatility: number
    readonly long_volatility: number
    readonly drift: number
    readonly weak: true
    readonly reasons: readonly string[]
  }
  readonly delivered: { readonly share: number; readonly why: string }
  readonly equivalents: EquivalentsView | null
} & PackageValue

/** How market prices of hours move. Samples are months long: shown wherever it is used, with that said. */
const MOVES = { reversion: 6, short: 0.6, long: 0.3 } as const
const REASONS = [
  'fitted on a few months of market offers; half of a shock is taken to fade in six weeks',
  'where prices go in the long run cannot be told from the data: the drift is an assumption',
]

/** The flagship that "tokens" are told in, at its list price. */
const FLAGSHIP = {
  name: 'gpt-5.5 at 5 and 30 dollars for a million tokens, three of input to one of output',
  input: rational(5n),
  output: rational(30n),
  inputParts: 3n,
}
const WORDS_PER_TOKEN = rational(3n, 4n)
const MODEL_SIZES = [8_000_000_000n, 70_000_000_000n]
const GPUS_PER_NODE = 8n

/** Compute beside salary, bonus and shares: what each comes to, how sure that is, and at which price it would equal cash. */
export async function compare(
  { hardware, exchange }: PriceRooms,
  ask: Partial<CompareAsk>,
  now: Millis,
): Promise<CompareView> {
  const { accelerator = 'H100-SXM' } = ask
  const tier = oneOf('tier', ask.tier ?? 'guaranteed', TIERS)
  const basis = oneOf('basis', ask.basis ?? 'replacement', BASES)
  const numbers = (Object.keys(COMPARE_NUMBERS) as CompareNumber[]).map((name) => ({
    name,
    ...COMPARE_NUMBERS[name],
    value: ask[name] ?? COMPARE_NUMBERS[name].usual,
  }))
  const exact = new Map(
    numbers.map(({ name, value, least, most }) => [name, within(name, value, least, most)]),
  )
  const of = (name: CompareNumber): number => float(exact.get(name)!)
  if (exact.get('years')!.d !== 1n || exact.get('cliff_months')!.d !== 1n)
    throw new Fault('invalid', 'years and cliff_months are whole numbers', { param: 'years' })

  const day = dayOf(now)
  const market = tier === 'spot' ? 'spot' : 'on_demand'
  const found = await hardware.mark({ accelerator, basis, tier: market, asOf: day })
  if (found.kind === 'none') throw new Fault('not_found', found.why.join('; '), { param: 'accelerator' })
  const { mark } = found
  const { availability, efficiency, why } = DELIVERED[tier]
  const drift = of('drift')
  const price: PriceModel = {
    spot: usdOfNano(mark.mid),
    // What the noise of a fading shock adds to the mean, taken back: the expected price is today's and its drift.
    deviation: MOVES.short ** 2 / (4 * MOVES.reversion),
    reversion: MOVES.reversion,
    shortVolatility: MOVES.short,
    // So that the expected level grows by the drift and by nothing else.
    drift: drift - MOVES.long ** 2 / 2,
    longVolatility: MOVES.long,
    correlation: 0,
    jumps: { intensity: 0, mean: 0, deviation: 0, lasting: true },
    glut: null,
  }
  const cash = of('cash')
  const value = packageValue(
    {
      years: of('years'),
      salary: of('salary'),
      raise: of('raise'),
      bonus: of('bonus'),
      equity:
        of('equity') === 0
          ? null
          : {
              value: of('equity'),
              volatility: of('equity_volatility'),
              correlation: of('correlation'),
            },
      compute:
        of('hours') === 0 && of('dollars') === 0
          ? null
          : {
              hours: of('hours'),
              delivered: availability * efficiency,
              used: of('used'),
              price,
              dollars: of('dollars'),
              dollarsUsed: of('used'),
            },
      cliffMonths: of('cliff_months'),
      hazard: hazardOfTurnover(of('leaving')),
      interest: of('interest'),
    },
    cash === 0 ? null : cash,
  )
  return {
    day,
    basis,
    accelerator,
    tier,
    mark: markFacts(mark),
    numbers,
    model: {
      reversion: MOVES.reversion,
      short_volatility: MOVES.short,
      long_volatility: MOVES.long,
      drift,
      weak: true,
      reasons: REASONS,
    },
    delivered: { share: availability * efficiency, why },
    equivalents: equivalents(exchange, { accelerator, hours: exact.get('hours')!, mid: mark.mid, now }),
    ...value,
  }
}

function equivalents(
  exchange: PriceRooms['exchange'],
  { accelerator, hours, mid, now }: { accelerator: string; hours: Rational; mid: bigint; now: Millis },
): EquivalentsView | null {
  const known = exchange.accelerators.get(accelerator)
  if (!known || hours.n === 0n) return null
  const { share, basis } = exchange.utilisation(accelerator, now)
  const found = computeEquivalents(hours, {
    peakTeraflops: known.peakBf16,
    utilisation: share,
    gpusPerNode: GPUS_PER_NODE,
    modelSizes: MODEL_SIZES,
  })
  const usd = mul(hours, rational(mid, 1_000_000_000n))
  const tokens = tokensFor(usd, FLAGSHIP)
  return {
    utilisation: decimal(share),
    utilisation_basis: basis,
    peak_teraflops: decimal(known.peakBf16),
    exaflop_days: decimal(found.exaflopDays),
    gpu_years: decimal(found.gpuYears),
    node_years: decimal(found.nodeYears),
    training: found.training.map((one) => ({
      parameters: String(one.parameters),
      tokens: whole(one.tokens),
    })),
    tokens: whole(tokens),
    words: whole(wordsOf(tokens, WORDS_PER_TOKEN)),
    tokens_of: `${FLAGSHIP.name}: ${decimal(blended(FLAGSHIP))} a million; 0.75 words a token`,
  }
}

function within(param: string, text: string, least: string, most: string): Rational {
  const value = fromDecimal(text.trim())
  const [low, high] = [fromDecimal(least)!, fromDecimal(most)!]
  if (value && float(value) >= float(low) && float(value) <= float(high)) return value
  throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give a number from ${least} to ${most}`, {
    param,
  })
}

function oneOf<T extends string>(param: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found) return found
  throw new Fault('invalid', `${param} is "${text.slice(0, 40)}"; give one of ${known.join(', ')}`, { param })
}

const float = ({ n, d }: Rational): number => Number(n) / Number(d)
const whole = ({ n, d }: Rational): string => String(n / d)
/** Six places, rounded down: for words. */
function decimal({ n, d }: Rational): string {
  const scaled = (n * 1_000_000n) / d
  return `${scaled / 1_000_000n}.${String(scaled % 1_000_000n).padStart(6, '0')}`.replace(/\.?0+$/, '')
}
