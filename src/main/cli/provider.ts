import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import { openProviders, type Providers } from '#gateway/providers.ts'
import { openTrail } from '#gateway/trail/trail.ts'
import { openUpstreams, type UpstreamView } from '#gateway/upstreams/upstreams.ts'
import type { ProviderView } from '#reports/providers.ts'
import { dataFolder, wholeNumber, type Environment } from '../config.ts'
import { openLog } from '../log.ts'
import type { Rooms } from '../rooms.ts'
import { masterSecret } from '../secret.ts'
import { withRooms, type Shared } from './context.ts'
import { print, say, table } from './output.ts'

const PROTOCOLS = ['openai', 'anthropic', 'gemini'] as const
const KEY_MAX = 4_096

type Change = {
  readonly baseUrl?: string
  readonly priority?: string
  readonly models?: string
  readonly allModels?: boolean
  readonly key?: boolean
  readonly enable?: boolean
  readonly disable?: boolean
}

/** `perq provider`: the upstreams that the gateway sends calls to. Keys come in on standard input, never as arguments. */
export function providerCommand(program: Command, env: Environment): void {
  const provider = program.command('provider').description('the providers behind the gateway')
  const command = (name: string, about: string): Command =>
    provider
      .command(name)
      .description(about)
      .option('--json', 'one JSON document')
      .option('--data <folder>', 'data folder of the embedded database')
  const withProviders = <T>(options: Shared, work: (parts: Opened) => Promise<T>): Promise<T> =>
    withRooms(env, options, async ({ db, world, reports }: Rooms) => {
      const masterKey = masterSecret(env, dataFolder(env, options.data))
      const upstreams = await openUpstreams({ db, world, masterKey })
      const trail = openTrail({ db, world, log: openLog(say) })
      const providers = openProviders({ upstreams, trail, world })
      const named = async (name: string): Promise<UpstreamView> => {
        const found = (await upstreams.list()).find((one) => one.name === name)
        if (found) return found
        throw new Fault('not_found', `there is no provider ${name}; "perq provider list" names them all`)
      }
      try {
        return await work({ providers, reports, named, now: world.now })
      } finally {
        await providers.close()
        await trail.close()
        await upstreams.close()
      }
    })

  command('list', 'how they stand, what failed, how fast they answer').action(async (options: Shared) => {
    await withProviders(options, async ({ reports, now }) => {
      const view = await reports.providers(now())
      print(options.json ?? false, view, () => table(view.providers.map(row)))
    })
  })

  command('add <name>', 'an upstream; its key is read from standard input and stored encrypted')
    .requiredOption('--protocol <name>', PROTOCOLS.join(', '))
    .requiredOption('--base-url <url>', "for example the provider's https address up to and with /v1")
    .option('--priority <n>', 'the lowest goes first', '50')
    .option('--models <globs>', 'names or globs of the models it serves, with commas; all when not given')
    .option('--no-key', 'the upstream needs no key')
    .action(
      async (
        name: string,
        options: Shared & {
          protocol: string
          baseUrl: string
          priority: string
          models?: string
          key: boolean
        },
      ) => {
        const protocol = PROTOCOLS.find((known) => known === options.protocol)
        if (!protocol) {
          throw new Fault(
            'invalid',
            `--protocol is "${options.protocol}"; give one of ${PROTOCOLS.join(', ')}`,
            { param: '--protocol' },
          )
        }
        const key = options.key ? await keyFromInput() : null
        await withProviders(options, async ({ providers }) => {
          const made = await providers.create({
            name,
            protocol,
            baseUrl: options.baseUrl,
            key,
            models: globs(options.models) ?? null,
            priority: priorityOf(options.priority),
          })
          print(options.json ?? false, made, () => [`${made.name} → ${made.baseUrl}`])
        })
      },
    )

  command('set <name>', 'changes what is given and leaves the rest')
    .option('--base-url <url>')
    .option('--priority <n>', 'the lowest goes first')
    .option('--models <globs>', 'names or globs of the models it serves, with commas')
    .option('--all-models', 'it serves every model')
    .option('--key', 'another key, from standard input')
    .option('--enable', 'takes calls')
    .option('--disable', 'takes no calls')
    .action(async (name: string, options: Shared & Change) => {
      if (options.enable && options.disable)
        throw new Fault('invalid', 'give --enable or --disable, not both', { param: '--enable' })
      const key = options.key ? await keyFromInput() : undefined
      await withProviders(options, async ({ providers, named }) => {
        const made = await providers.change((await named(name)).id, {
          ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
          ...(options.priority === undefined ? {} : { priority: priorityOf(options.priority) }),
          ...(options.models === undefined ? {} : { models: globs(options.models) ?? null }),
          ...(options.allModels ? { models: null } : {}),
          ...(key === undefined ? {} : { key }),
          ...(options.enable || options.disable ? { enabled: options.enable === true } : {}),
        })
        print(options.json ?? false, made, () => [`${made.name} is changed`])
      })
    })

  command(
    'test <name>',
    'asks a provider for its models, which is free; exits with 1 when it does not answer',
  ).action(async (name: string, options: Shared) => {
    await withProviders(options, async ({ providers, named }) => {
      const tested = await providers.test((await named(name)).id)
      const { ok, status, latencyMs, error } = tested
      print(options.json ?? false, { ok, status, latency_ms: latencyMs, error }, () => [
        ok ? `${name} answers, after ${latencyMs} ms` : `${name}: ${error}`,
      ])
      if (!ok) process.exitCode = 1
    })
  })
}

type Opened = {
  readonly providers: Providers
  readonly reports: Rooms['reports']
  readonly named: (name: string) => Promise<UpstreamView>
  readonly now: () => Millis
}

const globs = (text: string | undefined): readonly string[] | undefined =>
  text?.split(',').map((glob) => glob.trim())

const priorityOf = (text: string): number => wholeNumber('--priority', text, [0, 100])

const row = (one: ProviderView): readonly string[] => [
  one.name,
  one.protocol,
  one.base_url,
  one.enabled ? one.state : 'disabled',
  one.has_key ? 'key set' : 'no key',
  `${one.day.calls} calls, ${one.day.failures} failed, ${one.day.failovers} passed on in 24 h`,
  one.day.first_byte_p50_ms === null ? '' : `${one.day.first_byte_p50_ms} ms to the first byte`,
  one.last_error === null ? '' : `last error ${one.last_error.at}: ${one.last_error.message}`,
]

async function keyFromInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > KEY_MAX) break
  }
  const key = text.trim()
  if (key && key.length <= KEY_MAX && !/\s/.test(key)) return key
  throw new Fault('invalid', 'standard input holds no key; pipe it in, or say --no-key', {
    param: '--no-key',
  })
}
