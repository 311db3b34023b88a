import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import { COMPARE_NUMBERS, type CompareAsk, type CompareView } from '#reports/value/compare.ts'
import type { PackageBand } from '#valuation/compare/package.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type Options = Shared & Readonly<Record<string, string | boolean | undefined>>

const optionOf = (name: string): string => `--${name.replaceAll('_', '-')}`
/** As commander names what an option gave: --cliff-months is cliffMonths. */
const keyOf = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** `perq value compare`: compute beside salary, bonus and shares over years. */
export function compareCommand(group: Command, env: Environment): void {
  const command = group
    .command('compare')
    .description('compute beside salary, bonus and shares over years, with how sure each is')
    .option('--accelerator <name>', 'of the hours, such as H100-SXM')
    .option('--tier <name>', 'guaranteed, priority or spot')
    .option('--basis <name>', 'list, replacement, index or cost')
  for (const [name, { says, usual }] of Object.entries(COMPARE_NUMBERS))
    command.option(`${optionOf(name)} <number>`, `${says}; ${usual} when absent`)
  command
    .option('--json', 'one JSON document, amounts in nano-dollars as text')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (_: Options, self: Command) => {
      // The names that the command above has too are given to it: both are read.
      const options = self.optsWithGlobals<Options>()
      await withRooms(env, options, async ({ value, world }) => {
        const view = await named(value.compare(askOf(options, self), world.now()))
        print(options.json ?? false, view, () => lines(view))
      })
    })
}

function askOf(options: Options, self: Command): Partial<CompareAsk> {
  const told = (name: string): string | undefined => {
    const given = options[keyOf(name)]
    return typeof given === 'string' ? given : undefined
  }
  const basis = self.opts<Options>()['basis'] ?? self.parent?.opts<Options>()['basis']
  return {
    ...Object.fromEntries(
      ['accelerator', 'tier', ...Object.keys(COMPARE_NUMBERS)].flatMap((name) => {
        const text = told(name)
        return text === undefined ? [] : [[name, text]]
      }),
    ),
    basis: typeof basis === 'string' ? basis : undefined,
  }
}

async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid' || error.param === null) throw error
    const option = optionOf(error.param)
    throw new Fault('invalid', `${option}: ${error.message}`, { param: option })
  }
}

function lines(view: CompareView): readonly string[] {
  const { today, swap, breakEven, mark, equivalents: same } = view
  const band = (name: string, one: PackageBand | null): string[][] =>
    one ? [[name, formatUsd(one.mean), formatUsd(one.p5), formatUsd(one.p50), formatUsd(one.p95)]] : []
  return [
    `an hour of ${view.accelerator} at ${view.basis}: ${formatUsd(mark.mid)} on ${view.day} (${mark.n} providers, ${mark.stale_days} days old)`,
    '',
    ...table([
      ['year', 'salary', 'bonus', 'shares', 'hours', 'dollars', 'together'],
      ...[...view.years, view.total].map((one) => [
        one.year === 0 ? 'all' : `year ${one.year}`,
        formatUsd(one.salary),
        formatUsd(one.bonus),
        formatUsd(one.equity),
        formatUsd(one.hours),
        formatUsd(one.dollars),
        formatUsd(one.total),
      ]),
    ]),
    '',
    'worth today, after waiting and leaving',
    ...table([
      ['', 'expected', 'p5', 'p50', 'p95'],
      ['cash', formatUsd(today.cash), '', '', ''],
      ['dollars of compute', formatUsd(today.dollars), '', '', ''],
      ...band('hours', today.hours),
      ...band('shares', today.equity),
      ...band('together', today.all),
    ]),
    ...(swap
      ? [
          '',
          `the right to swap shares for hours after a year is worth ${formatUsd(swap.toHours)}, hours for shares ${formatUsd(swap.toEquity)}`,
        ]
      : []),
    ...(view.guard
      ? [
          '',
          `a guarantee that an hour is never worth less than today is worth ${formatUsd(view.guard.floor)}, that it never costs more ${formatUsd(view.guard.cap)}`,
        ]
      : []),
    ...(breakEven === null
      ? []
      : ['', `the compute equals the cash when an hour costs ${formatUsd(breakEven)}`]),
    ...(same
      ? [
          '',
          `the hours are ${same.exaflop_days} exaFLOP-days at a utilisation of ${same.utilisation}, or ${same.gpu_years} GPU-years`,
          `they train ${same.training.map(({ parameters, tokens }) => `a model of ${Number(parameters) / 1e9}B on ${(Number(tokens) / 1e9).toFixed(1)} billion tokens`).join(', or ')}`,
        ]
      : []),
    '',
    `calibration weak: ${view.model.reasons.join('; ')}`,
  ]
}
