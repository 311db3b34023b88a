import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatQuantity } from '#base/quantity.ts'
import { BULK_AS, type BulkReport } from '#commands/bulk/bulk.ts'
import { MAX_BYTES } from '#commands/bulk/rows.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { textOf } from './input.ts'
import { print, table } from './output.ts'

type Options = Shared & {
  readonly preview?: boolean
  readonly commit?: boolean
  readonly as: string
  readonly by?: string
}

const ERRORS_TOLD = 20

/** `perq grant bulk FILE`: grants from a CSV file, all or none. */
export function bulkCommand(grant: Command, env: Environment): void {
  grant
    .command('bulk')
    .argument(
      '<file>',
      'CSV with the columns email, template, start_date, and quantity, grant_date, name; - is standard input',
    )
    .description('look at grants in a file with --preview, then write all of them or none with --commit')
    .option('--preview', 'say row by row what it would do, and do nothing')
    .option('--commit', 'do it; the same file again does nothing')
    .option('--as <status>', `what the grants become: ${BULK_AS.join(', ')}`, 'draft')
    .option('--by <email>', 'their author')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (file: string, options: Options) => {
      const as = BULK_AS.find((one) => one === options.as)
      if (!as)
        throw new Fault('invalid', `--as is "${options.as}"; give one of ${BULK_AS.join(', ')}`, {
          param: '--as',
        })
      if ((options.preview ?? false) === (options.commit ?? false))
        throw new Fault('invalid', 'give one of --preview and --commit', { param: '--preview' })
      const csv = await textOf(file, MAX_BYTES)
      const report = await withRooms(env, options, async (rooms) => {
        const by = options.by === undefined ? null : (await personByEmail(rooms, options.by)).id
        const ask = { csv, as, by }
        const told = options.commit
          ? await rooms.commands.commitBulk(ask)
          : await rooms.commands.previewBulk(ask)
        print(options.json ?? false, told, () => linesOf(told))
        return told
      })
      if (report.errors.length === 0) return
      throw new Fault('conflict', `${report.errors.length} places of the file cannot be used`, {
        param: 'file',
      })
    })
}

function linesOf(report: BulkReport): readonly string[] {
  const { grants, totals, errors } = report
  const done = report.replayed ? 'committed before, nothing done' : report.committed ? 'committed' : 'preview'
  return [
    `${report.rows} rows, ${grants.length} grants (${done})`,
    ...table(totals.map((one) => [formatQuantity(one.asset, one.quantity), `${one.grants} grants`])),
    ...errors
      .slice(0, ERRORS_TOLD)
      .map(({ row, column, value, remedy }) =>
        [`row ${row}`, column, value === '' ? '' : JSON.stringify(value), remedy].filter(Boolean).join(': '),
      ),
    ...(errors.length > ERRORS_TOLD ? [`… and ${errors.length - ERRORS_TOLD} more`] : []),
  ]
}
