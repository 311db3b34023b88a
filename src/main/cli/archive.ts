import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { archiveMonth, monthsBefore, type Archived } from '#ledger/archive/archive.ts'
import { restoreMonth } from '#ledger/archive/recall.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, say } from './output.ts'

type ArchiveOptions = Shared & { readonly before?: string; readonly to?: string }
type RestoreOptions = Shared & { readonly from: string }

/** `perq archive`: calls of closed months into Parquet files, and back. Entries, seals and every page's sums stay. */
export function archiveCommand(program: Command, env: Environment): void {
  const archive = program
    .command('archive')
    .description('move the calls of closed months into Parquet files, one each; what they sum to stays')
    .option('--before <month>', 'every month before this one, YYYY-MM')
    .option('--to <folder>', 'where the files go; keep it, the proof of those months needs it')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: ArchiveOptions) => {
      const { to } = options
      if (options.before === undefined || to === undefined)
        throw new Fault('invalid', 'Say --before YYYY-MM and --to FOLDER.', { param: '--before' })
      const before = firstDay(options.before, '--before')
      const months = await withRooms(env, options, async ({ db, ledger, world }) => {
        // A server does both by itself; without one the newest calls would not be ready.
        await ledger.seal()
        while (!(await ledger.rollUp()));
        const done: Archived[] = []
        for (const month of await monthsBefore(db, before)) {
          say(`archiving ${month.slice(0, 7)}`)
          done.push(await archiveMonth(db, { month, dir: to, now: world.now() }))
        }
        return done
      })
      print(options.json ?? false, { months }, () =>
        months.length === 0
          ? [`No calls before ${options.before} lie in the database.`]
          : months.map(
              ({ month, calls, file, sha256 }) =>
                `${month.slice(0, 7)}: ${calls} calls in ${file}, sha256 ${sha256}`,
            ),
      )
    })
  archive
    .command('restore <month>')
    .description('put the calls of an archived month back into the database')
    .requiredOption('--from <folder>', 'where its file is')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (month: string, options: RestoreOptions) => {
      const ask = { month: firstDay(month, '--month'), dir: options.from }
      const restored = await withRooms(env, options, ({ db }) => restoreMonth(db, ask))
      print(options.json ?? false, restored, () => [`${month}: ${restored.calls} calls are back.`])
    })
}

function firstDay(month: string, param: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return `${month}-01`
  throw new Fault('invalid', `"${month}" is not a month like 2026-03.`, { param })
}
