import type { Command } from 'commander'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print } from './output.ts'

/** `perq vest`: what the server's worker does by itself, once and now. */
export function vestCommand(program: Command, env: Environment): void {
  program
    .command('vest')
    .description(
      'vest every tranche that is due and expire every lot past its date; a server does this by itself',
    )
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (options: Shared) => {
      await withRooms(env, options, async ({ commands, life, world }) => {
        const now = world.now()
        await life.work(now)
        const vested = await commands.vestDue(now)
        const expired = await life.expireDue(now)
        print(options.json ?? false, { vested, expired }, () => [
          `${vested} tranches vested, ${expired} lots expired`,
        ])
      })
    })
}
