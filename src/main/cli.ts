import { Command, CommanderError } from 'commander'
import { version } from './config.ts'
import { archiveCommand } from './cli/archive.ts'
import { backupCommands } from './cli/backup.ts'
import { doctorCommand } from './cli/doctor.ts'
import { exchangeCommand } from './cli/exchange.ts'
import { exportCommands } from './cli/export.ts'
import { grantCommand } from './cli/grant.ts'
import { importCommand } from './cli/import.ts'
import { ledgerCommand } from './cli/ledger.ts'
import { lifeCommands } from './cli/life.ts'
import { failure, say } from './cli/output.ts'
import { personCommand } from './cli/person.ts'
import { priceCommand } from './cli/price.ts'
import { priceOverrideCommand } from './cli/price-override.ts'
import { providerCommand } from './cli/provider.ts'
import { sandboxCommand } from './cli/sandbox.ts'
import { serveCommand } from './cli/serve.ts'
import { valueCommand } from './cli/value.ts'
import { vestCommand } from './cli/vest.ts'
import { vestingCommand } from './cli/vesting.ts'
import { walletCommand } from './cli/wallet.ts'

const program = new Command('perq')
  .description('AI compute as a part of pay: grant it, vest it, spend it, see it.')
  .version(version())
  // An option belongs to the command before it, where a command and one under it share its name.
  .enablePositionalOptions()
  .showHelpAfterError('("perq help COMMAND" tells more)')

for (const add of [
  serveCommand,
  walletCommand,
  grantCommand,
  exportCommands,
  importCommand,
  vestCommand,
  sandboxCommand,
  priceCommand,
  priceOverrideCommand,
  exchangeCommand,
  valueCommand,
  ledgerCommand,
  archiveCommand,
  backupCommands,
  personCommand,
  lifeCommands,
  providerCommand,
  doctorCommand,
]) {
  add(program, process.env)
}
vestingCommand(program)

// Commander ends the process by itself on bad usage; the exit code of bad usage is 2 here.
const obey = (command: Command): void => {
  command.exitOverride()
  command.commands.forEach(obey)
}
obey(program)

// A reader that has seen enough (`| head`) closes the pipe, which is no failure. A server goes on without it.
program.hook('preAction', (_program, command) => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (command.name() !== 'serve') process.exit()
  })
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const { text, code } = failure(error)
    say(text)
    process.exitCode = code
  }
}
