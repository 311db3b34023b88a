import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PriceModel } from '#valuation/price-model.ts'
import { simulate, simulateBlock, type Simulation } from '#valuation/simulate.ts'
import { priceSteps } from '#valuation/steps.ts'
import type { BenchOptions } from './run.ts'
import { markGrants } from './valuation/grants.ts'

const MONTHS = 48
const BLOCKS = 100
const SEED = 7
const MOST_PER_C = 1.2
const MOST_MARKING = 2_000

const MODEL: PriceModel = {
  spot: 2.9,
  deviation: 0.1,
  reversion: 6,
  shortVolatility: 0.6,
  drift: -0.2,
  longVolatility: 0.3,
  correlation: 0.1,
  jumps: { intensity: 0.75, mean: -0.1, deviation: 0.3, lasting: true },
  glut: null,
}
/** An hour a month. */
const HOURS = Array.from({ length: MONTHS + 1 }, (_, month) => (month === 0 ? 0 : 1))
const SIMULATION: Simulation = {
  model: MODEL,
  compute: { quantities: HOURS, weights: HOURS },
  use: null,
  equity: null,
  seed: SEED,
  blocks: BLOCKS,
}

/** What a peer prints. */
type Ran = { readonly milliseconds: number; readonly mean: number }

/**
 * 1,000,000 paths of 48 months on one thread beside the same model in C, and 100,000 grants marked in closed form; both
 * beside numpy where there is one. Times are processor time, the least of all rounds, taking turns.
 */
export async function run({ rounds, log }: BenchOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'perq-valuation-'))
  try {
    const c = compiled(folder)
    const numpy = python()
    const took = { perq: [] as Ran[], c: [] as Ran[], numpy: [] as Ran[] }
    const marks = { perq: [] as Ran[], numpy: [] as Ran[] }
    // One more than is counted: the first warms up what compiles while it runs.
    for (let round = 0; round <= rounds; round += 1) {
      log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
      const own = walkAll()
      const marked = markGrants()
      if (round === 0) continue
      took.perq.push(own)
      marks.perq.push(marked)
      if (c) took.c.push(c())
      if (numpy && round === 1) {
        took.numpy.push(numpy('paths'))
        marks.numpy.push(numpy('grants'))
      }
    }
    return summary(took, marks)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function walkAll(): Ran {
  const from = process.threadCpuUsage()
  let sum = 0
  for (let block = 0; block < BLOCKS; block += 1) {
    const { compute } = simulateBlock(SIMULATION, block)
    for (let path = 0; path < compute.length; path += 1) sum += compute[path]!
  }
  const { user, system } = process.threadCpuUsage(from)
  return { milliseconds: (user + system) / 1_000, mean: sum / (BLOCKS * 10_000) }
}

/** The model in C, compiled here and now; null where there is no compiler. */
function compiled(folder: string): (() => Ran) | null {
  const source = fileURLToPath(new URL('valuation/model.c', import.meta.url))
  const program = join(folder, 'model')
  try {
    execFileSync('cc', ['-O2', '-ffp-contract=off', '-o', program, source, '-lm'], { stdio: 'pipe' })
  } catch {
    return null
  }
  const steps = priceSteps(MODEL)
  const { spot, deviation, drift, reversion, jumps } = MODEL
  const given = [MONTHS, BLOCKS, SEED, spot, deviation, steps.keep, steps.short, steps.tilt, steps.long]
    .concat(drift, reversion, steps.jumpProbability, jumps.mean, jumps.deviation, jumps.lasting ? 1 : 0)
    .map(String)
  return () => JSON.parse(execFileSync(program, given, { encoding: 'utf8' })) as Ran
}

/** The same in numpy, with numpy's own generator; null where python3 has none. */
function python(): ((part: 'paths' | 'grants') => Ran) | null {
  const script = fileURLToPath(new URL('valuation/model.py', import.meta.url))
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' })
  } catch {
    return null
  }
  return (part) => JSON.parse(execFileSync('python3', [script, part], { encoding: 'utf8' })) as Ran
}

function summary(
  took: Readonly<Record<'perq' | 'c' | 'numpy', readonly Ran[]>>,
  marks: Readonly<Record<'perq' | 'numpy', readonly Ran[]>>,
) {
  const [perq, c, numpy] = [least(took.perq), least(took.c), least(took.numpy)]
  const checked = simulate({ ...SIMULATION, blocks: 10 }).compute
  const closed = checked.best.mean
  const mean = perq?.mean ?? NaN
  const perC = perq && c ? perq.milliseconds / c.milliseconds : null
  const [marked, numpyMarked] = [least(marks.perq), least(marks.numpy)]
  // A million paths have a tenth of the variance of a hundred thousand.
  const error = checked.error / Math.sqrt(BLOCKS / 10)
  const agrees =
    Math.abs(mean - closed) <= 4 * error && took.c.every((ran) => Math.abs(ran.mean / mean - 1) < 1e-12)
  return {
    unit: 'milliseconds of processor time, the least of all rounds',
    paths: {
      paths: BLOCKS * 10_000,
      months: MONTHS,
      perq: rounded(perq?.milliseconds ?? null),
      c: rounded(c?.milliseconds ?? null),
      numpy: rounded(numpy?.milliseconds ?? null),
      perqPerC: rounded(perC),
      perqPerNumpy: rounded(perq && numpy ? perq.milliseconds / numpy.milliseconds : null),
      mean,
      meanC: c?.mean ?? null,
      closedForm: closed,
      standardError: rounded(error),
      agrees,
    },
    grants: {
      grants: 100_000,
      parts: 48,
      perq: rounded(marked?.milliseconds ?? null),
      numpy: rounded(numpyMarked?.milliseconds ?? null),
      mean: marked?.mean ?? null,
    },
    peers: { c: c ? 'cc -O2' : 'no C compiler here', numpy: numpy ? 'numpy' : 'no python3 with numpy here' },
    kept: perC !== null && perC <= MOST_PER_C && (marked?.milliseconds ?? Infinity) < MOST_MARKING && agrees,
  }
}

const least = (ran: readonly Ran[]): Ran | null =>
  ran.toSorted((a, b) => a.milliseconds - b.milliseconds)[0] ?? null

const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(3)))
