import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { openUpstreams } from '#gateway/upstreams/upstreams.ts'
import { dataFolder, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { masterSecret } from '../secret.ts'
import { withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

const PROTOCOLS = ['openai', 'anthropic', 'gemini'] as const
const KEY_MAX = 4_096

/** `perq provider`: the upstreams that the gateway sends calls to. Keys come in on standard input, never as arguments. */
export function providerCommand(program: Command, env: Environment): void {
  const provider = program.command('provider').description('the providers behind the gateway')
  const withUpstreams = <T>(
    options: Shared,
    work: (upstreams: Awaited<ReturnType<typeof openUpstreams>>) => Promise<T>,
  ): Promise<T> =>
    withRooms(env, options, async ({ db, world }: Rooms) => {
      const upstreams = await openUpstreams({
        db,
        world,
        masterKey: masterSecret(env, dataFolder(env, options.data)),
      })
      try {
        return await work(upstreams)
      } finally {
        await upstreams.close()
      }
    })

  provider
    .command('list')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared) => {
      await withUpstreams(options, async (upstreams) => {
        const list = await upstreams.list()
        print(options.json ?? false, { providers: list }, () =>
          table(
            list.map((one) => [
              one.name,
              one.protocol,
              one.baseUrl,
              one.enabled ? 'enabled' : 'disabled',
              one.hasKey ? 'key set' : 'no key',
            ]),
          ),
        )
      })
    })
  provider
    .command('add')
    .argument('<name>')
    .description('an upstream; its key is read from standard input and stored encrypted')
    .requiredOption('--protocol <name>', PROTOCOLS.join(', '))
    .requiredOption('--base-url <url>', "for example the provider's https address up to and with /v1")
    .option('--priority <n>', 'the lowest goes first', '50')
    .option('--no-key', 'the upstream needs no key')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(
      async (
        name: string,
        options: Shared & { protocol: string; baseUrl: string; priority: string; key: boolean },
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
        await withUpstreams(options, async (upstreams) => {
          const made = await upstreams.create({
            name,
            protocol,
            baseUrl: options.baseUrl,
            key,
            priority: Number(options.priority),
          })
          print(options.json ?? false, made, () => [`${made.name} → ${made.baseUrl}`])
        })
      },
    )
}

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
