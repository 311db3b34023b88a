import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromDecimal, mul, rational, type Rational } from '#base/rational.ts'
import { blended, computeEquivalents, hoursFor, sameWorkHours, tokensFor, wordsOf } from './equivalents.ts'

type Row = {
  flop: number
  exaflop_days: number
  petaflop_s_days: number
  train_tokens_8B_6ND: number
  train_tokens_70B_6ND: number
  dense_gpu_years: number
  nodes8_continuous_for_1y: number
}
const fixture = JSON.parse(
  readFileSync(new URL('../../../data/gpu-prices/conversions.json', import.meta.url), 'utf8'),
) as Record<string, Row> & {
  h100_equivalent_hours_of_10000_B200_h_bf16: number
  '250k_usd': Record<string, number>
  words: Record<string, number>
}

const decimal = (text: string): Rational => fromDecimal(text)!
const float = ({ n, d }: Rational): number => Number((n * 10n ** 20n) / d) / 1e20
const near = (actual: Rational, expected: number, what: string): void =>
  assert.ok(Math.abs(float(actual) / expected - 1) < 1e-12, `${what}: ${float(actual)} is not ${expected}`)

const PEAKS: Readonly<Record<string, bigint>> = {
  'H100-SXM': 989n,
  'H200-SXM': 989n,
  B200: 2_250n,
  MI300X: 1_307n,
  'A100-80GB-SXM': 312n,
}
const assume = (accelerator: string, utilisation: string) => ({
  peakTeraflops: rational(PEAKS[accelerator]!),
  utilisation: decimal(utilisation),
  gpusPerNode: 8n,
  modelSizes: [8_000_000_000n, 70_000_000_000n],
})

function holds(row: Row, hours: bigint, by: ReturnType<typeof assume>, what: string): void {
  const found = computeEquivalents(rational(hours), by)
  near(found.operations, row.flop, `${what} flop`)
  near(found.exaflopDays, row.exaflop_days, `${what} exaFLOP-days`)
  near(found.petaflopSecondDays, row.petaflop_s_days, `${what} petaFLOP/s-days`)
  near(found.training[0]!.tokens, row.train_tokens_8B_6ND, `${what} tokens of 8B`)
  near(found.training[1]!.tokens, row.train_tokens_70B_6ND, `${what} tokens of 70B`)
  near(found.gpuYears, row.dense_gpu_years, `${what} GPU-years`)
  near(found.nodeYears, row.nodes8_continuous_for_1y, `${what} nodes`)
}

test('ten thousand hours are what the worked conversions say, at the peak and at the usual utilisation', () => {
  for (const accelerator of Object.keys(PEAKS)) {
    holds(fixture[`10000 h ${accelerator} peak`]!, 10_000n, assume(accelerator, '1'), accelerator)
    holds(fixture[`10000 h ${accelerator} mfu=.40`]!, 10_000n, assume(accelerator, '0.40'), accelerator)
  }
  holds(fixture['500 x H100 x 4y']!, 500n * 4n * 8_760n, assume('H100-SXM', '0.40'), 'four years of 500')
  const b200 = sameWorkHours(rational(10_000n), rational(2_250n), rational(989n))
  near(b200, fixture.h100_equivalent_hours_of_10000_B200_h_bf16, 'the same work in H100 hours')
})

test('dollars buy the hours, tokens and words that the worked conversions say', () => {
  const rows = fixture['250k_usd']
  const usd = rational(250_000n)
  near(hoursFor(usd, decimal('2.90')).hours, rows['h100_hours@2.90']!, 'hours')
  near(hoursFor(usd, decimal('6.88')).hours, rows['h100_hours@6.88']!, 'hours')
  near(hoursFor(usd, decimal('2.90')).gpuYears, rows['h100_continuous@2.90']!, 'GPUs for a year')
  for (const [name, input, output] of [
    ['gpt-5(1.25/10)', '1.25', '10'],
    ['gpt-5.5(5/30)', '5', '30'],
    ['claude-opus-4.8(5/25)', '5', '25'],
    ['claude-sonnet-4.6(3/15)', '3', '15'],
  ] as const) {
    const price = { input: decimal(input), output: decimal(output), inputParts: 3n }
    near(tokensFor(usd, price), rows[`mtok_blended_3to1@${name}`]! * 1e6, name)
  }
  const flat = (price: string) => ({ input: decimal(price), output: decimal(price), inputParts: 3n })
  near(tokensFor(rational(150_000n), flat('3')), fixture.words['$150000 at $3/Mtok (tokens)']!, 'tokens')
  near(tokensFor(rational(150_000n), flat('6')), fixture.words['$150000 at $6/Mtok (tokens)']!, 'tokens')
  near(wordsOf(rational(1_000_000n), decimal('0.75')), fixture.words['1e6 tokens * 0.75']!, 'words')
})

test('equivalents are linear: twice the hours do twice the work, and a blend lies between its prices', () => {
  const positive = fc.bigInt({ min: 1n, max: 10n ** 9n })
  fc.assert(
    fc.property(positive, positive, positive, (hours, input, output) => {
      const by = assume('H100-SXM', '0.40')
      const once = computeEquivalents(rational(hours), by)
      const twice = computeEquivalents(rational(2n * hours), by)
      assert.deepEqual(twice.operations, mul(once.operations, rational(2n)))
      assert.deepEqual(twice.training[1]!.tokens, mul(once.training[1]!.tokens, rational(2n)))
      const price = float(blended({ input: rational(input), output: rational(output), inputParts: 3n }))
      const [low, high] = [Number(input), Number(output)].toSorted((a, b) => a - b)
      assert.ok(price >= low! * (1 - 1e-12) && price <= high! * (1 + 1e-12))
    }),
  )
})
