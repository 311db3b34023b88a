import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatUsd, picoToNano } from '#base/money.ts'
import { batchPrice } from '#prices/cost.ts'
import { explain } from '#prices/explain.ts'
import type { Price } from '#prices/types.ts'
import { wholeNumber, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { parseClock } from '../world.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'
import { priceGpuCommands } from './price-gpu.ts'

type Options = Shared & {
  readonly in: string
  readonly out: string
  readonly cacheRead: string
  readonly cacheWrite5m: string
  readonly cacheWrite1h: string
  readonly audioIn: string
  readonly audioCacheRead: string
  readonly searches: string
  readonly batch?: boolean
  readonly provider?: string
  readonly at?: string
}

const PROVIDERS: readonly Price['provider'][] = ['openai', 'anthropic', 'google']
const MOST = 999_999_999

/** `perq price MODEL --in N --out N …`: a cost, line by line, exactly as a call would be charged; `perq price gpu`: hardware. */
export function priceCommand(program: Command, env: Environment): void {
  const group = program.command('price')
  group.enablePositionalOptions()
  priceGpuCommands(group, env)
  group
    .argument('<model>', 'a model name, as a client would send it')
    .description('what a call costs, line by line')
    .option('--in <tokens>', 'uncached input', '0')
    .option('--out <tokens>', 'output, reasoning included', '0')
    .option('--cache-read <tokens>', 'input read from the cache', '0')
    .option('--cache-write-5m <tokens>', 'input written to the cache for five minutes', '0')
    .option('--cache-write-1h <tokens>', 'input written to the cache for an hour', '0')
    .option('--audio-in <tokens>', 'uncached input that is sound', '0')
    .option('--audio-cache-read <tokens>', 'sound read from the cache', '0')
    .option('--searches <count>', 'searches of the web that the provider runs', '0')
    .option('--batch', 'as part of a batch: half of every token rate')
    .option('--provider <name>', `one of ${PROVIDERS.join(', ')}, when a name stands with several`)
    .option('--at <date>', 'the price in force then, instead of now')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (model: string, options: Options) => {
      const tokens = {
        input: wholeNumber('--in', options.in, [0, MOST]),
        output: wholeNumber('--out', options.out, [0, MOST]),
        cacheRead: wholeNumber('--cache-read', options.cacheRead, [0, MOST]),
        cacheWrite5m: wholeNumber('--cache-write-5m', options.cacheWrite5m, [0, MOST]),
        cacheWrite1h: wholeNumber('--cache-write-1h', options.cacheWrite1h, [0, MOST]),
        audioInput: wholeNumber('--audio-in', options.audioIn, [0, MOST]),
        audioCacheRead: wholeNumber('--audio-cache-read', options.audioCacheRead, [0, MOST]),
        searches: wholeNumber('--searches', options.searches, [0, MOST]),
      }
      await withRooms(env, options, async (rooms) => {
        const found = find(rooms, model, options)
        if (tokens.searches > 0 && found.fees?.webSearch === undefined) {
          throw new Fault(
            'not_found',
            `the price book has no fee for searches of ${found.model}; they are refused`,
            {
              param: '--searches',
            },
          )
        }
        const price = options.batch ? batchPrice(found) : found
        const explained = explain(price, tokens)
        print(options.json ?? false, { asset: 'USD', ...explained }, () => [
          `${explained.provider} ${explained.model} (${explained.class}), price version ${explained.version} from ${explained.source}${explained.variant === 'batch' ? ', in a batch' : ''}`,
          ...(explained.tierAbove === null
            ? []
            : [`long-context rates: more than ${explained.tierAbove} tokens of input`]),
          '',
          ...table([
            ['item', 'count', 'rate', 'cost'],
            ...explained.lines.map((line) => [
              line.item.replaceAll('_', ' '),
              String(line.tokens),
              `${line.rate} / ${line.per}`,
              formatUsd(picoToNano(line.costPico), 'exact'),
            ]),
          ]),
          '',
          `costs ${explained.cost}`,
        ])
      })
    })
}

function find({ prices, world }: Rooms, model: string, options: Options): Price {
  const at = options.at === undefined ? world.now() : parseClock(options.at)
  const wanted = PROVIDERS.filter(
    (provider) => options.provider === undefined || provider === options.provider,
  )
  if (wanted.length === 0) {
    throw new Fault('invalid', `--provider is "${options.provider}"; give one of ${PROVIDERS.join(', ')}`, {
      param: '--provider',
    })
  }
  const [price] = wanted.flatMap((provider) => prices.resolve(provider, model, at) ?? [])
  if (price) return price
  throw new Fault('unknown_model', `the price book has no price for "${model}"; calls to it are refused`, {
    param: 'model',
  })
}
