import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { parseAsset } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import { IMPORT_AS, importAll, type ImportAs } from '#commands/import.ts'
import { counts as countsSchema } from '#format/pieces.ts'
import { readFile as readDocuments } from '#format/ocf.ts'
import { problemsIn, type Problem } from '#format/problem.ts'
import { countsOfAsset } from '#format/terms.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { print, say, table } from './output.ts'

type Options = Shared & { readonly dryRun?: boolean; readonly as: string; readonly counts: string }

/** `perq import`: documents of the Open Compute Grant format, or vesting terms of the Open Cap Format. */
export function importCommand(program: Command, env: Environment): void {
  program
    .command('import')
    .argument('<file>', 'JSON; "-" for standard input')
    .description(
      'templates, grants, exchange tables and events in the Open Compute Grant format (docs/format), or vesting terms ' +
        'of the Open Cap Format: all of it or nothing',
    )
    .option('--dry-run', 'say what would be done and everything that is wrong; nothing is changed')
    .option('--as <state>', `what grants become: ${IMPORT_AS.join(', ')}`, 'active')
    .option('--counts <asset>', 'what templates from the Open Cap Format count', 'USD')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')
    .action(async (file: string, options: Options) => {
      const as = stateOf(options.as)
      const value = await jsonOf(file)
      const read = readDocuments(value, { counts: countsOf(options.counts) })
      if (read.kind === 'problems') return refuse(options, read.problems)
      const dryRun = options.dryRun ?? false
      await withRooms(env, options, async (rooms) => {
        const report = await importAll(rooms, read.value, { as, dryRun, by: null })
        const { done, committed } = report
        if (report.problems.length > 0) return refuse(options, problemsIn(value, report.problems))
        print(options.json ?? false, { committed, dry_run: dryRun, done, problems: [] }, () => [
          ...table(done.map(({ kind, what, replayed }) => [kind, replayed ? 'stands' : 'new', what])),
          `${done.length} ${done.length === 1 ? 'thing' : 'things'}${dryRun ? ' would be imported; nothing was changed' : ' imported'}`,
        ])
      })
    })
}

function refuse({ json = false, dryRun = false }: Options, problems: readonly Problem[]): void {
  if (json) print(true, { committed: false, dry_run: dryRun, done: [], problems }, () => [])
  for (const { message } of problems) say(`perq: ${message}`)
  say(
    `perq: ${problems.length} ${problems.length === 1 ? 'place' : 'places'} cannot be used; nothing was imported`,
  )
  process.exitCode = 1
}

async function jsonOf(file: string): Promise<unknown> {
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('not_found', `${file} cannot be read: ${why}`, { param: 'file', cause: error })
  }
  try {
    return JSON.parse(content)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('invalid', `${file} is no JSON: ${why}`, { param: 'file', cause: error })
  }
}

function stateOf(said: string): ImportAs {
  const found = IMPORT_AS.find((one) => one === said)
  if (found) return found
  throw new Fault('invalid', `--as is "${said}"; give one of ${IMPORT_AS.join(', ')}`, { param: '--as' })
}

function countsOf(asset: string) {
  if (parseAsset(asset)) return countsSchema.parse(countsOfAsset(asset))
  throw new Fault(
    'invalid',
    `--counts is "${asset}"; give an asset such as USD or GPU_SECOND/H100-SXM/guaranteed`,
    {
      param: '--counts',
    },
  )
}
