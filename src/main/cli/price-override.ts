import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { iso } from '#base/time.ts'
import type { ModelClass, Price } from '#prices/types.ts'
import { wholeNumber, type Environment } from '../config.ts'
import { parseClock } from '../world.ts'
import { withRooms, type Shared } from './context.ts'
import { print } from './output.ts'

type Options = Shared & {
  readonly provider: string
  readonly input: string
  readonly output: string
  readonly cacheRead?: string
  readonly cacheWrite5m?: string
  readonly cacheWrite1h?: string
  readonly audioIn?: string
  readonly audioCacheRead?: string
  readonly webSearches?: string
  readonly class?: string
  readonly maxOutput?: string
  readonly contextWindow?: string
  readonly from?: string
  readonly reason: string
  readonly by: string
}

const PROVIDERS: readonly Price['provider'][] = ['openai', 'anthropic', 'google']
const CLASSES: readonly ModelClass[] = ['small', 'standard', 'frontier', 'embedding']
const TOKENS: readonly [number, number] = [1, 100_000_000]

const oneOf = <T extends string>(flag: string, text: string, known: readonly T[]): T => {
  const found = known.find((each) => each === text)
  if (found) return found
  throw new Fault('invalid', `${flag} is "${text}"; give one of ${known.join(', ')}`, { param: flag })
}

/** `perq price-override MODEL`: a price of the company's own, for a contract or for a model that the book does not have. */
export function priceOverrideCommand(program: Command, env: Environment): void {
  program
    .command('price-override')
    .argument('<model>')
    .description('record a price of your own: it is added, never changed, and stamps the calls it prices')
    .requiredOption('--provider <name>', PROVIDERS.join(', '))
    .requiredOption('--input <usd>', 'dollars per million tokens, like 1.75')
    .requiredOption('--output <usd>', 'dollars per million tokens')
    .requiredOption('--reason <text>', 'why this price holds, for example "contract 2026-14"')
    .requiredOption('--by <email>', 'who says so')
    .option('--cache-read <usd>', 'as input when absent')
    .option('--cache-write-5m <usd>', 'as input when absent')
    .option('--cache-write-1h <usd>', 'as input when absent')
    .option('--audio-in <usd>', 'sound; as input when absent')
    .option('--audio-cache-read <usd>', 'sound from the cache; as sound when absent')
    .option('--web-searches <usd>', 'dollars for a thousand; as the book when absent')
    .option('--class <name>', `${CLASSES.join(', ')}; needed for a model that the book does not have`)
    .option('--max-output <tokens>', 'needed for a model that the book does not have')
    .option('--context-window <tokens>')
    .option('--from <date>', 'in force from then on; at once when absent')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (model: string, options: Options) => {
      const tokens = (flag: string, text: string) => wholeNumber(flag, text, TOKENS)
      const { cacheRead, cacheWrite5m, cacheWrite1h, maxOutput, contextWindow } = options
      const { audioIn, audioCacheRead, webSearches } = options
      const ask = {
        provider: oneOf('--provider', options.provider, PROVIDERS),
        model,
        reason: options.reason,
        rates: {
          input: options.input,
          output: options.output,
          ...(cacheRead === undefined ? {} : { cacheRead }),
          ...(cacheWrite5m === undefined ? {} : { cacheWrite5m }),
          ...(cacheWrite1h === undefined ? {} : { cacheWrite1h }),
          ...(audioIn === undefined ? {} : { audioInput: audioIn }),
          ...(audioCacheRead === undefined ? {} : { audioCacheRead }),
        },
        ...(webSearches === undefined ? {} : { webSearches }),
        ...(options.class === undefined ? {} : { class: oneOf('--class', options.class, CLASSES) }),
        ...(maxOutput === undefined ? {} : { maxOutput: tokens('--max-output', maxOutput) }),
        ...(contextWindow === undefined ? {} : { contextWindow: tokens('--context-window', contextWindow) }),
      }
      await withRooms(env, options, async ({ prices, world }) => {
        const effectiveFrom = options.from === undefined ? world.now() : parseClock(options.from)
        const recorded = await prices.override({ ...ask, effectiveFrom }, options.by)
        print(options.json ?? false, { ...recorded, model, effective_from: iso(effectiveFrom) }, () => [
          `${model} has price version ${recorded.version} from ${iso(effectiveFrom)}: ${recorded.source}`,
        ])
      })
    })
}
