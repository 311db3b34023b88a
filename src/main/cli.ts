import { Command, CommanderError } from 'commander'
import { version } from './config.ts'
import { failure, say } from './cli/output.ts'
import { serveCommand } from './cli/serve.ts'

const program = new Command('perq')
  .description('AI compute as a part of pay: grant it, vest it, spend it, see it.')
  .version(version())
  // An option belongs to the command before it, where a command and one under it share its name.
  .enablePositionalOptions()
  .showHelpAfterError('("perq help COMMAND" tells more)')

// A server reads no other command: it would keep it in memory for as long as it runs.
const all = process.argv[2] === 'serve' ? [serveCommand] : (await import('./cli/commands.ts')).COMMANDS
for (const add of all) add(program, process.env)

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
