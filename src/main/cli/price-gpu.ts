import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { markedView } from '#api/routes/hardware.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { formatUsd } from '#base/money.ts'
import { parseQuantity } from '#base/quantity.ts'
import { dayOf } from '#base/time.ts'
import { BASES, MARK_TIERS, worthOf, type Basis, type MarkTier } from '#prices/hardware/mark.ts'
import type { Marked } from '#prices/hardware/market.ts'
import { USUAL_TERMS, type OwnershipTerms } from '#prices/hardware/ownership.ts'
import { MOST_BYTES } from '#prices/hardware/csv.ts'
import { feedNamed } from '#prices/hardware/feeds/names.ts'
import type { LoadRow } from '#prices/hardware/store.ts'
import { wholeNumber, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { parseClock } from '../world.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type GpuOptions = Shared & {
  readonly basis?: string
  readonly asOf?: string
  readonly tier: string
  readonly region?: string
  readonly index?: string
  readonly hours: string
}

/** Under `perq price`: what hardware is worth, and where its prices come from. */
export function priceGpuCommands(group: Command, env: Environment): void {
  gpuCommand(group, env)
  importCommand(group, env)
  ownCommand(group, env)
  sourcesCommand(group, env)
}

function gpuCommand(group: Command, env: Environment): void {
  group
    .command('gpu')
    .argument('[accelerator]', 'such as H100 or H100-SXM', 'H100')
    .description('what an hour of one GPU is worth on a day: on one basis, or on all of them side by side')
    .option('--basis <name>', `one of ${BASES.join(', ')}; all when absent`)
    .option('--as-of <day>', 'all of that UTC day; today when absent')
    .option('--tier <tier>', `one of ${MARK_TIERS.join(', ')}`, 'on_demand')
    .option('--region <name>', 'as providers write it; anywhere when absent')
    .option('--index <name>', 'of basis index: whose')
    .option('--hours <count>', 'how many of them', '1')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (accelerator: string, options: GpuOptions) => {
      const seconds = hoursIn(options.hours)
      const tier = oneOf('--tier', options.tier, MARK_TIERS)
      const basis = options.basis === undefined ? null : oneOf('--basis', options.basis, BASES)
      await withRooms(env, options, async (rooms) => {
        const found = await marksOf(rooms, accelerator, { basis, tier, options })
        const marks = found.map((one) => {
          const worth = one.kind === 'mark' ? worthOf(seconds, one.mark.mid) : null
          return { ...markedView(one), worth, worth_text: worth === null ? null : formatUsd(worth) }
        })
        print(options.json ?? false, { asset: 'USD', hours: options.hours, marks }, () =>
          linesOf(found, options.hours, seconds),
        )
      })
    })
}

async function marksOf(
  { hardware, world }: Rooms,
  accelerator: string,
  { basis, tier, options }: { basis: Basis | null; tier: MarkTier; options: GpuOptions },
): Promise<readonly Marked[]> {
  const asOf = options.asOf ?? dayOf(world.now())
  const found: Marked[] = []
  for (const each of basis === null ? BASES : [basis]) {
    const index = basis === null && each !== 'index' ? undefined : options.index
    found.push(await hardware.mark({ accelerator, basis: each, asOf, tier, region: options.region, index }))
  }
  return found
}

function linesOf(found: readonly Marked[], hours: string, seconds: bigint): readonly string[] {
  const text = (nano: bigint | null): string => (nano === null ? '' : formatUsd(nano, 'exact'))
  const rows = found.map((one) => {
    if (one.kind === 'none') return [one.question.basis, '', 'no mark', '', '', '', '', '', '']
    const { question, bid, mid, ask, n, level, staleDays, hash } = one.mark
    return [
      question.basis,
      text(bid),
      text(mid),
      text(ask),
      String(n),
      String(level),
      String(staleDays),
      formatUsd(worthOf(seconds, mid)),
      hash.slice(0, 12),
    ]
  })
  const [first] = found
  const question = first?.kind === 'mark' ? first.mark.question : first?.question
  const title = question
    ? `${question.accelerator}${question.form === null ? '' : ` ${question.form}`}, ${question.tier.replace('_', ' ')}, as of ${question.asOf}: dollars for an hour of one GPU`
    : ''
  return [
    title,
    '',
    ...table([['basis', 'bid', 'mid', 'ask', 'n', 'level', 'days old', `${hours} h`, 'hash'], ...rows]),
    ...found.flatMap((one) => ['', ...whyOf(one)]),
  ]
}

function whyOf(one: Marked): readonly string[] {
  if (one.kind === 'none') return [`${one.question.basis}: none`, ...one.why.map((why) => `  ${why}`)]
  const { question, steps, sources } = one.mark
  return [
    `${question.basis}:`,
    ...steps.map((step) => `  ${step}`),
    ...sources.map(
      ({ source, licence, rows }) =>
        `  from ${source} (${licence}), ${rows} ${rows === 1 ? 'price' : 'prices'}`,
    ),
  ]
}

type ImportOptions = Shared & { readonly as?: string; readonly seen?: string; readonly by: string }

function importCommand(group: Command, env: Environment): void {
  group
    .command('import')
    .argument('<file>', 'a table of prices (CSV, see docs/prices.md), or with --as what a feed answered')
    .description('prices of hardware from a file: all of it or nothing')
    .option('--as <feed>', 'gpuhunt, skypilot, aws, azure, vast, runpod or genai-prices')
    .option('--seen <date>', 'when the feed said so; now when absent')
    .requiredOption('--by <email>', 'who says so')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (file: string, options: ImportOptions) => {
      const bytes = await bytesOf(file)
      await withRooms(env, options, async ({ hardware, world }) => {
        const { load, again } = await (options.as === undefined
          ? hardware.importTable(new TextDecoder().decode(bytes), { name: basename(file), by: options.by })
          : importFeed(hardware, { ...options, as: options.as, file, bytes, now: world.now() }))
        print(options.json ?? false, { ...loadView(load), again }, () => [
          again ? 'these bytes were read before; nothing is new' : `${load.added} prices are new`,
          ...load.skipped.map(
            ({ why, count, examples }) => `left out ${count}: ${why} (${examples.join('; ')})`,
          ),
        ])
      })
    })
}

async function importFeed(
  hardware: Rooms['hardware'],
  {
    as,
    seen,
    by,
    file,
    bytes,
    now,
  }: ImportOptions & { as: string; file: string; bytes: Uint8Array; now: number },
) {
  const name = feedNamed(as, '--as')
  const { FEEDS, readingOf } = await import('#prices/hardware/feeds/feeds.ts')
  const seenAt = seen === undefined ? now : parseClock(seen)
  if (seenAt > now) throw new Fault('invalid', `--seen is "${seen}", which has not come`, { param: '--seen' })
  return hardware.record(readingOf(FEEDS[name], [{ name: basename(file), bytes }], seenAt), by)
}

type OwnOptions = Shared &
  Readonly<Record<Exclude<keyof OwnershipTerms, 'lifeYears'>, string>> & {
    readonly lifeYears: string
    readonly from?: string
    readonly source: string
    readonly by: string
  }

function ownCommand(group: Command, env: Environment): void {
  group
    .command('own')
    .argument('<accelerator>', 'such as H100')
    .description('state what owning one costs, for basis cost: a row is added, never changed')
    .option(
      '--capex-usd <usd>',
      'one GPU with its share of server, network and building',
      USUAL_TERMS.capexUsd,
    )
    .option('--residual-share <share>', 'of its price, at the end of its life', USUAL_TERMS.residualShare)
    .option('--life-years <years>', 'for how long it is used', String(USUAL_TERMS.lifeYears))
    .option('--capital-cost <rate>', 'of the capital, a year', USUAL_TERMS.capitalCost)
    .option('--opex-share <rate>', 'of its price, a year', USUAL_TERMS.opexShare)
    .option('--utilisation <share>', 'of all hours, those that are used', USUAL_TERMS.utilisation)
    .option('--kilowatts <kw>', 'of one GPU with its share of the machine', USUAL_TERMS.kilowatts)
    .option('--pue <factor>', 'of the building; 1 where the kilowatts have it in', USUAL_TERMS.pue)
    .option('--usd-per-kwh <usd>', 'for electricity', USUAL_TERMS.usdPerKwh)
    .option('--from <date>', 'in force from then on; at once when absent')
    .requiredOption('--source <text>', 'where it comes from, such as "asset register 2026"')
    .requiredOption('--by <email>', 'who says so')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (accelerator: string, options: OwnOptions) => {
      const { lifeYears, capexUsd, residualShare, capitalCost, opexShare } = options
      const { utilisation, kilowatts, pue, usdPerKwh } = options
      const years = wholeNumber('--life-years', lifeYears, [1, 20])
      const first = { capexUsd, residualShare, lifeYears: years, capitalCost, opexShare }
      const terms = { ...first, utilisation, kilowatts, pue, usdPerKwh }
      await withRooms(env, options, async ({ hardware, world }) => {
        const row = await hardware.own({
          accelerator,
          terms,
          effectiveFrom: options.from === undefined ? world.now() : parseClock(options.from),
          source: options.source,
          by: options.by,
        })
        print(options.json ?? false, row, () => [`what owning ${row.accelerator} costs stands from now on`])
      })
    })
}

function sourcesCommand(group: Command, env: Environment): void {
  group
    .command('sources')
    .description('what prices of hardware and tokens were loaded from where, and how each feed went')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (options: Shared) => {
      await withRooms(env, options, async ({ hardware }) => {
        const [loads, feeds] = [(await hardware.loads()).map(loadView), await hardware.feedRuns()]
        print(options.json ?? false, { loads, feeds }, () => [
          ...table([
            ['kind', 'name', 'new', 'recorded', 'by'],
            ...loads.map((load) => [
              load.kind,
              load.name,
              String(load.added),
              load.recorded_at,
              load.recorded_by,
            ]),
          ]),
          ...(feeds.length === 0
            ? ['', 'no feed was fetched yet: PERQ_PRICE_FEEDS names those that are']
            : ['']),
          ...feeds.map((run) => `${run.feed} ${new Date(run.at).toISOString()}: ${run.error ?? 'fetched'}`),
        ])
      })
    })
}

const loadView = ({ recordedAt, recordedBy, ...load }: LoadRow) => ({
  ...load,
  recorded_at: new Date(recordedAt).toISOString(),
  recorded_by: recordedBy,
})

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file)
    if (bytes.length <= 8 * MOST_BYTES) return bytes
  } catch (error) {
    throw new Fault('not_found', `${file} cannot be read: ${messageOf(error)}`, {
      param: 'file',
      cause: error,
    })
  }
  throw new Fault('too_large', `${file} has more than ${(8 * MOST_BYTES) / 1_048_576} MiB; split it`, {
    param: 'file',
  })
}

function hoursIn(text: string): bigint {
  const seconds = parseQuantity('gpu_hour', text)
  if (seconds !== null && seconds > 0n) return seconds
  throw new Fault('invalid', `--hours is "${text.slice(0, 60)}"; give hours such as 10000 or 1.5`, {
    param: '--hours',
  })
}

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text)
  if (found) return found
  throw new Fault('invalid', `${flag} is "${text.slice(0, 60)}"; give one of ${known.join(', ')}`, {
    param: flag,
  })
}
