import type { Command } from 'commander'
import { formatUsd } from '#base/money.ts'
import { sandboxEnds } from '#commands/sandbox.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print } from './output.ts'

/** `perq sandbox`: opens a person's sandbox of the month, as they do themselves with one click. */
export function sandboxCommand(program: Command, env: Environment): void {
  program
    .command('sandbox')
    .argument('<email>')
    .description(
      "open a person's sandbox of this month, if the policy gives one; opened already, it stays as it is",
    )
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (email: string, options: Shared) => {
      await withRooms(env, options, async (rooms) => {
        const person = await personByEmail(rooms, email)
        const { policy } = await rooms.spending.policy()
        const opened = await rooms.commands.openSandbox({ person: person.id, policy: policy.sandbox ?? null })
        const { id, name, quantity, scope } = opened.grant
        const endsOn = sandboxEnds(rooms.world.now())
        const answer = { grant_id: id, name, quantity, scope, ends_on: endsOn, replayed: opened.replayed }
        print(options.json ?? false, answer, () => [
          `${name}: ${formatUsd(quantity)} for ${person.name}, to be spent by ${endsOn}` +
            (opened.replayed ? ' (it was open already)' : ''),
        ])
      })
    })
}
