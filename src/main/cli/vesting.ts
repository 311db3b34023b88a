import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { preview } from '#vesting/preview.ts'

/** `perq vesting preview`: pure, needs no database. */
export function vestingCommand(program: Command): void {
  const vesting = program.command('vesting').description('vesting schedules')
  vesting
    .command('preview')
    .description(
      'read {id, template, quantity, runtime, …} as JSON Lines (docs/vesting.md), write the installments of each',
    )
    .option('--json', 'JSON Lines, which is the only form there is')
    .action(async () => {
      const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
      for await (const line of lines) {
        if (line.trim() === '') continue
        if (!process.stdout.write(`${preview(line)}\n`)) {
          await new Promise((resolve) => process.stdout.once('drain', resolve))
        }
      }
    })
}
