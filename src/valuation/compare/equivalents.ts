import { add, div, mul, rational, type Rational } from '#base/rational.ts'

/** What an amount of compute comes to in other words, each exact under the assumptions that stand beside it. */

/** One billion operations a second, for a day, a billion times: 8.64e22 operations. */
const EXAFLOP_DAY = rational(864n * 10n ** 20n)
const TERA = rational(10n ** 12n)
const HOUR_SECONDS = rational(3_600n)
const YEAR_HOURS = rational(8_760n)
const MILLION = rational(1_000_000n)

export type ComputeAssumptions = {
  /** Dense bf16 peak of the accelerator, in 1e12 operations a second. */
  readonly peakTeraflops: Rational
  /** The share of the peak that real work reaches. */
  readonly utilisation: Rational
  readonly gpusPerNode: bigint
  /** Parameters of models that could be trained with it, at six operations for each parameter and token. */
  readonly modelSizes: readonly bigint[]
}

export type ComputeEquivalents = {
  readonly operations: Rational
  readonly exaflopDays: Rational
  readonly petaflopSecondDays: Rational
  readonly training: readonly { readonly parameters: bigint; readonly tokens: Rational }[]
  readonly gpuYears: Rational
  /** Nodes that it keeps busy for a year. */
  readonly nodeYears: Rational
}

/** What so many hours of one accelerator can do. */
export function computeEquivalents(hours: Rational, by: ComputeAssumptions): ComputeEquivalents {
  const seconds = mul(hours, HOUR_SECONDS)
  const operations = mul(mul(seconds, mul(by.peakTeraflops, TERA)), by.utilisation)
  const gpuYears = div(hours, YEAR_HOURS)
  const exaflopDays = div(operations, EXAFLOP_DAY)
  return {
    operations,
    exaflopDays,
    petaflopSecondDays: mul(exaflopDays, rational(1_000n)),
    training: by.modelSizes.map((parameters) => ({
      parameters,
      tokens: div(operations, rational(6n * parameters)),
    })),
    gpuYears,
    nodeYears: div(gpuYears, rational(by.gpusPerNode)),
  }
}

/** The same work on another accelerator: hours by the ratio of their peaks. */
export const sameWorkHours = (hours: Rational, peak: Rational, otherPeak: Rational): Rational =>
  div(mul(hours, peak), otherPeak)

export type TokenPrice = {
  /** Dollars for a million tokens. */
  readonly input: Rational
  readonly output: Rational
  /** Parts of input for one part of output. */
  readonly inputParts: bigint
}

/** Dollars for a million tokens, input and output together. */
export const blended = ({ input, output, inputParts }: TokenPrice): Rational =>
  div(add(mul(input, rational(inputParts)), output), rational(inputParts + 1n))

/** Tokens that so many dollars buy. Throws RangeError where they cost nothing. */
export const tokensFor = (usd: Rational, price: TokenPrice): Rational =>
  div(mul(usd, MILLION), blended(price))

/** Words of English that so many tokens write. */
export const wordsOf = (tokens: Rational, wordsPerToken: Rational): Rational => mul(tokens, wordsPerToken)

/** Hours that so many dollars buy, and how many GPUs that keeps running for a year. */
export function hoursFor(usd: Rational, perHour: Rational): { hours: Rational; gpuYears: Rational } {
  const hours = div(usd, perHour)
  return { hours, gpuYears: div(hours, YEAR_HOURS) }
}
