import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { toJson } from '#base/json.ts'
import { termsTo } from '#format/terms.ts'
import {
  bundleDocument,
  exchangeDocument,
  firedDocument,
  grantDocument,
  leaveDocument,
  templateDocument,
} from '#format/write.ts'
import type { ItemDocument } from '#format/documents.ts'
import type { Template } from '#grants/grant.ts'
import type { Person } from '#people/person.ts'
import { exportGraphTerms, type OcfGraphTerms } from '#vesting/ocf/export-v1.ts'
import { exportVestingTerms, type OcfTerms } from '#vesting/ocf/export.ts'
import type { Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print } from './output.ts'

type Options = Shared & { readonly all?: boolean }

/** `perq grant export` and `perq grant template export`: what stands, in the Open Compute Grant format. */
export function exportCommands(program: Command, env: Environment): void {
  const grant = program.commands.find((one) => one.name() === 'grant')
  const template = grant?.commands.find((one) => one.name() === 'template')
  grant
    ?.command('export')
    .argument('[email]', 'whose grants')
    .description('active grants with the terms that hold now, and what happened to them, as a bundle')
    .option('--all', "everybody's, with the exchange table")
    .option('--json', 'JSON, which is the only form there is')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string | undefined, options: Options) => {
      if ((email === undefined) === (options.all === undefined)) {
        throw new Fault('invalid', 'say whose grants: an email, or --all', { param: '--all' })
      }
      await withRooms(env, options, async (rooms) => {
        if (email !== undefined) return write(await grantsOf(rooms, await personByEmail(rooms, email)))
        const documents: ItemDocument[] = []
        for await (const person of everybody(rooms)) documents.push(...(await grantsOf(rooms, person)))
        const rows = rooms.exchange.rows()
        write(rows.length === 0 ? documents : [exchangeDocument(rows), ...documents])
      })
    })
  template
    ?.command('export')
    .argument('[name]', 'of one template; all of them when absent')
    .description('templates in the newest version, as a bundle')
    .option(
      '--ocf <version>',
      'only when they vest, as vesting terms of the Open Cap Format: 1.2, or the shape of 2',
    )
    .option('--json', 'JSON, which is the only form there is')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (name: string | undefined, options: Shared & { readonly ocf?: string }) => {
      if (options.ocf !== undefined && options.ocf !== '1.2' && options.ocf !== '2') {
        throw new Fault('invalid', `--ocf is "${options.ocf}"; give 1.2 or 2`, { param: '--ocf' })
      }
      await withRooms(env, options, async ({ grants, db }) => {
        const known = await grants.templates(db)
        const wanted = name === undefined ? known : known.filter((one) => one.name === name)
        if (name !== undefined && wanted.length === 0) {
          throw new Fault(
            'not_found',
            `there is no template "${name}"; "perq grant template list" names them`,
            {
              param: 'name',
            },
          )
        }
        if (options.ocf === undefined) return write(wanted.map(templateDocument))
        const items = options.ocf === '2' ? wanted.map(chainTerms) : wanted.map(graphTerms)
        print(true, { file_type: 'OCF_VESTING_TERMS_FILE', items }, () => [])
      })
    })
}

const chainTerms = ({ id, statements, allocation }: Template): OcfTerms =>
  exportVestingTerms({ id, template: statements, allocation })

/** Fixed quantities in the units that people say. */
function graphTerms(template: Template): OcfGraphTerms {
  const { id, name, allocation, statements } = template
  const { vesting } = termsTo(template)
  return exportGraphTerms({ id, name, template: 'graph' in vesting ? vesting : statements, allocation })
}

/** For people's eyes and version control: one field a line. */
const write = (documents: readonly ItemDocument[]): void =>
  void process.stdout.write(`${toJson(bundleDocument(documents), 2)}\n`)

async function grantsOf({ grants, people, db }: Rooms, person: Person): Promise<ItemDocument[]> {
  const active = (await grants.grantsOf(db, person.id)).filter(({ status }) => status === 'active')
  const documents: ItemDocument[] = active.map((one) => grantDocument(one, person.email))
  for (const { id } of active) {
    for (const event of await grants.events(db, id)) {
      const name = event.body['event_id']
      if (event.kind === 'fired' && typeof name === 'string')
        documents.push(firedDocument({ grant: id, event: name, on: event.on }))
    }
  }
  const leaves = active.length === 0 ? [] : await people.lives.leaves(db, person.id)
  return [
    ...documents,
    ...leaves.filter(({ withdrawn }) => !withdrawn).map((one) => leaveDocument(one, person.email)),
  ]
}

async function* everybody({ people }: Rooms): AsyncGenerator<Person> {
  let cursor: string | undefined
  do {
    const page = await people.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.people
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
}
