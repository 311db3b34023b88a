import type { Command } from 'commander'
import { rowView } from '#api/routes/exchange.ts'
import { Fault } from '#base/fault.ts'
import type { ExchangeAsk } from '#prices/exchange-ask.ts'
import { decimalText } from '#prices/exchange.ts'
import type { Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { parseClock } from '../world.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type SetOptions = Shared & {
  readonly rate?: string
  readonly end?: boolean
  readonly mfu?: string
  readonly from?: string
  readonly source: string
  readonly by: string
}

/** `perq exchange list` and `perq exchange set`: what one asset is worth in another. */
export function exchangeCommand(program: Command, env: Environment): void {
  const group = program.command('exchange').description('what one asset is worth in another')

  group
    .command('list')
    .description('what was stated, and what utilisation each accelerator is reckoned with')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared) => {
      await withRooms(env, options, async (rooms) => {
        const rows = viewsOf(rooms)
        print(options.json ?? false, { rows, accelerators: acceleratorsOf(rooms) }, () => [
          ...table([
            ['what', 'worth', 'from', 'source', 'in force'],
            ...rows.map((row) => [
              row.kind === 'rate' ? `${row.from} → ${row.to}` : `MFU of ${row.accelerator ?? 'all others'}`,
              row.kind === 'rate' ? `${row.rate ?? 'no'} ${row.unit}` : row.share,
              row.effective_from.slice(0, 10),
              `${row.source} (${row.recorded_by})`,
              row.in_force ? 'yes' : 'no',
            ]),
          ]),
          '',
          ...table([
            ['accelerator', 'peak TFLOP/s', 'MFU', 'why'],
            ...acceleratorsOf(rooms).map(({ id, peak, mfu, basis }) => [id, peak, mfu, basis]),
          ]),
        ])
      })
    })

  group
    .command('set')
    .argument(
      '<from>',
      'an asset, such as GPU_SECOND/H100-SXM/guaranteed or CUR/EUR; with --mfu an accelerator or "all"',
    )
    .argument('[to]', 'an asset, such as USD')
    .description('state a rate or a utilisation: a row is added, never changed')
    .option('--rate <number>', 'whole units for one whole unit, such as dollars for a GPU-hour: 2.50 or 1/3')
    .option('--end', 'the pair is not exchanged from then on')
    .option('--mfu <share>', 'the share of its peak that an accelerator reaches, such as 0.4')
    .option('--from <date>', 'in force from then on; at once when absent')
    .requiredOption('--source <text>', 'where it comes from, such as "contract 2026-14"')
    .requiredOption('--by <email>', 'who says so')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (from: string, to: string | undefined, options: SetOptions) => {
      const what = asked(from, to, options)
      await withRooms(env, options, async ({ exchange, world }) => {
        const effectiveFrom = options.from === undefined ? world.now() : parseClock(options.from)
        const row = await exchange.record({ ...what, effectiveFrom, source: options.source }, options.by)
        const view = rowView(row, exchange.standing(world.now()))
        print(options.json ?? false, view, () => [
          view.kind === 'rate'
            ? `${view.from} → ${view.to}: ${view.rate ?? 'no'} ${view.unit} from ${view.effective_from}`
            : `MFU of ${view.accelerator ?? 'all others'}: ${view.share} from ${view.effective_from}`,
        ])
      })
    })
}

type What =
  | Omit<Extract<ExchangeAsk, { kind: 'rate' }>, 'effectiveFrom' | 'source'>
  | Omit<Extract<ExchangeAsk, { kind: 'utilisation' }>, 'effectiveFrom' | 'source'>

function asked(from: string, to: string | undefined, { rate, end, mfu }: SetOptions): What {
  const said = [rate, end === true ? 'end' : undefined, mfu].filter((one) => one !== undefined)
  if (said.length !== 1)
    throw new Fault('invalid', 'give one of --rate, --end and --mfu', { param: '--rate' })
  if (mfu !== undefined) {
    if (to !== undefined)
      throw new Fault('invalid', 'a utilisation is of one accelerator: leave the second name away', {
        param: '--mfu',
      })
    return { kind: 'utilisation', accelerator: from === 'all' ? null : from, share: mfu }
  }
  if (to === undefined)
    throw new Fault('invalid', `name what ${from} is exchanged into, such as USD`, { param: '--rate' })
  return { kind: 'rate', from, to, rate: rate ?? null }
}

const viewsOf = ({ exchange, world }: Rooms) => {
  const standing = exchange.standing(world.now())
  return exchange.rows().map((row) => rowView(row, standing))
}

const acceleratorsOf = ({ exchange, world }: Rooms) =>
  [...exchange.accelerators.values()].map(({ id, peakBf16 }) => {
    const { share, basis } = exchange.utilisation(id, world.now())
    return { id, peak: decimalText(peakBf16), mfu: decimalText(share), basis }
  })
