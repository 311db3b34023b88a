import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import type { ForwardView, Numbers } from '#reports/value/forward.ts'
import type { RightsView } from '#reports/value/rights.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type Options = Shared & {
  readonly basis?: string
  readonly curve?: string
  readonly futures?: string
  readonly terms?: string
  readonly accelerator?: string
  readonly set: Numbers
}

/** `--set name=value`, as often as it is given. */
export function collect(text: string, before: Numbers): Numbers {
  const [name, value] = text.split('=')
  if (!name || !value) throw new Fault('invalid', `--set is "${text}"; give name=value`, { param: '--set' })
  return { ...before, [name]: value }
}

/** `perq value forward`: what an hour is expected to cost. `perq value rights`: what rights around hours are worth. */
export function aheadCommands(group: Command, env: Environment): void {
  const shared = (command: Command): Command =>
    command
      .option('--basis <name>', 'list, replacement, index or cost')
      .option('--set <name=value>', 'a number that is assumed; may be given again', collect, {})
      .option('--json', 'one JSON document, amounts in nano-dollars as text')
      .option('--data <folder>', 'data folder of the embedded database')

  shared(
    group
      .command('forward [accelerator]')
      .description('what an hour of an accelerator is expected to cost, month by month, and how sure that is')
      .option('--curve <name>', 'futures, terms, model or flat; the first that there is when absent')
      .option('--futures <points>', 'what is traded, as years:dollars: 1:2.30,2:2.10')
      .option('--terms <points>', 'an hour for who commits, as years:dollars; what is stored when absent'),
  ).action(async (accelerator: string | undefined, _: Options, self: Command) => {
    // Of the names that the command above has too, only what is given after this one's is meant.
    const { set, basis, curve, futures, terms } = self.opts<Options>()
    const options = self.optsWithGlobals<Shared>()
    await withRooms(env, options, async ({ value, world }) => {
      const ask = { accelerator, basis, curve, futures, terms }
      const view = await named(value.forward(ask, set, world.now()), ['basis', 'curve', 'futures', 'terms'])
      print(options.json ?? false, view, () => forwardLines(view))
    })
  })

  shared(
    group
      .command('rights')
      .description('what rights around hours are worth: caps, floors, swaps, a lock-up, interruptions')
      .option('--accelerator <name>', 'of the hours, such as H100-SXM'),
  ).action(async (_: Options, self: Command) => {
    const { set, basis, accelerator } = self.opts<Options>()
    const options = self.optsWithGlobals<Shared>()
    await withRooms(env, options, async ({ value, world }) => {
      const view = await named(value.rights({ accelerator, basis }, set, world.now()), [
        'basis',
        'accelerator',
      ])
      print(options.json ?? false, view, () => rightsLines(view))
    })
  })
}

/** What was typed wrong is bad usage: the fault names the option. */
async function named<T>(work: Promise<T>, options: readonly string[]): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'invalid' || error.param === null) throw error
    const option = options.includes(error.param) ? `--${error.param}` : '--set'
    throw new Fault('invalid', `${option}: ${error.message}`, { param: option })
  }
}

const MONTHS_SHOWN = 6
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const numberLines = ({ numbers }: Pick<ForwardView, 'numbers'> | Pick<RightsView, 'numbers'>): string[] => [
  '',
  ...table([
    ['number', 'value', 'comes from', 'meaning'],
    ...numbers.map(({ name, value, from, says }) => [name, value, from, says]),
  ]),
]

const markLine = ({ accelerator, basis, mark, day }: ForwardView | RightsView): string =>
  `an hour of ${accelerator} at ${basis}: ${formatUsd(mark.mid)} on ${day} (${mark.n} providers, ${mark.stale_days} days old)`

function forwardLines(view: ForwardView): string[] {
  const { curve, calibration, points, strip } = view
  const last = points.at(-1)!.month
  const { fitted } = calibration
  return [
    markLine(view),
    `curve: ${curve.kind}, ${curve.says}`,
    ...curve.without.map((why) => `  ${why}`),
    ...(curve.told < last ? [`  it tells ${curve.told} of ${last} months; after them prices stay`] : []),
    '',
    ...table([
      ['month', 'expected', 'p5', 'p50', 'p95'],
      ...points
        .filter(({ month }) => month % MONTHS_SHOWN === 0 || month === last)
        .map(({ month, expected, p5, p50, p95 }) => [
          String(month),
          ...[expected, p5, p50, p95].map((amount) => formatUsd(amount)),
        ]),
    ]),
    '',
    `the hours, in even parts over ${last} months, are worth ${formatUsd(strip.value)} today; one of twenty outcomes is below ${formatUsd(strip.p5)}, one above ${formatUsd(strip.p95)}`,
    ...(fitted
      ? [
          `fitted on ${calibration.months} months: prices return to ${formatUsd(fitted.level)}, half of the way in ${(fitted.half_life_years * 12).toFixed(1)} months`,
        ]
      : []),
    ...(calibration.weak ? [`calibration weak: ${calibration.reasons.join('; ')}`] : []),
    ...numberLines(view),
  ]
}

function rightsLines(view: RightsView): string[] {
  const { lock_up: lock, interruptions, shares, tokens } = view
  return [
    markLine(view),
    `agreed price ${formatUsd(view.strike)}, expected then ${formatUsd(view.forward)}`,
    '',
    ...table([
      ['right', 'an hour', 'all hours', 'what it is'],
      ...view.rights.map(({ name, an_hour: hour, total, says }) => [
        name,
        formatUsd(hour),
        formatUsd(total),
        says,
      ]),
    ]),
    '',
    `the shares are worth ${formatUsd(shares.value)} today, as ${percent(shares.staying)} of their owners stay; then ${formatUsd(shares.p5)} to ${formatUsd(shares.p95)} to who does`,
    `a lock-up takes ${percent(lock.chaffe.share)} (Chaffe) or ${percent(lock.finnerty.share)} (Finnerty) of hours that may be sold on`,
    interruptions.meantime === null
      ? 'nothing is interrupted'
      : `a machine runs ${interruptions.meantime.toFixed(0)} hours between interruptions: saving every ${interruptions.save_every!.toFixed(0)} minutes, ${percent(interruptions.efficiency)} of the time is work, ${interruptions.effective_hours.toFixed(0)} hours`,
    `the budget buys ${(Number(tokens.bought) / 1e9).toFixed(1)} billion tokens, ${tokens.more.toFixed(2)} times those at today's price; ${formatUsd(tokens.used)} of a year's is expected to be used (${formatUsd(tokens.used_even)} where many even out)`,
    `calibration weak: ${view.reasons.join('; ')}`,
    ...numberLines(view),
  ]
}
