import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatUsd, parseUsd } from '#base/money.ts'
import { dayOf, DAY, HOUR } from '#base/time.ts'
import { uuidOf } from '#base/id.ts'
import { openSessions } from '#api/sessions.ts'
import { ROLES, type Role } from '#people/access.ts'
import type { LegalEntity } from '#people/person.ts'
import type { Environment } from '../config.ts'
import { setting } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type AddOptions = Shared & {
  readonly name: string
  readonly role: string
  readonly level: string
  readonly title?: string
  readonly entity: string
  readonly country: string
  readonly currency: string
  readonly hired?: string
}

type SalaryOptions = Shared & {
  readonly amount?: string
  readonly currency?: string
  readonly from?: string
}

/** `perq person` and `perq signin`: who is there, and the way in for the first of them. */
export function personCommand(program: Command, env: Environment): void {
  const person = program.command('person').description('people')
  person
    .command('list')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared) => {
      await withRooms(env, options, async ({ people }) => {
        const page = await people.list({ limit: 200 })
        print(options.json ?? false, page, () =>
          table(page.people.map(({ name, email, role, level }) => [name, email, role, level])),
        )
      })
    })
  person
    .command('add')
    .argument('<email>')
    .description('hire a person: makes them and their wallet')
    .requiredOption('--name <text>')
    .option('--role <role>', ROLES.join(', '), 'employee')
    .option('--level <code>', "on the company's own ladder", 'IC3')
    .option('--title <text>')
    .option('--entity <name>', 'legal entity; made when there is none of that name', 'Company')
    .option('--country <code>', 'of the person and of a new entity', 'US')
    .option('--currency <code>', 'of a new entity', 'USD')
    .option('--hired <date>', 'today when absent')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string, options: AddOptions) => {
      const role = ROLES.find((known): known is Role => known === options.role)
      if (!role)
        throw new Fault('invalid', `--role is "${options.role}"; give one of ${ROLES.join(', ')}`, {
          param: '--role',
        })
      await withRooms(env, options, async ({ people, commands, world }) => {
        const entity = await entityNamed(people, options)
        const hired = await commands.hire({
          email,
          name: options.name,
          role,
          level: options.level,
          title: options.title ?? '',
          entity: entity.id,
          country: options.country,
          hiredOn: options.hired ?? dayOf(world.now()),
        })
        print(options.json ?? false, hired.person, () => [
          `${hired.person.name} <${hired.person.email}>, ${role} (${hired.person.id})`,
        ])
      })
    })

  person
    .command('salary')
    .argument('<email>')
    .description('base salaries of a year; with --amount another is recorded from a day on')
    .option('--amount <n>', 'a year, in the currency')
    .option('--currency <code>', "the entity's when absent")
    .option('--from <date>', 'today when absent')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string, options: SalaryOptions) => {
      const amount = options.amount === undefined ? null : parseUsd(options.amount)
      if (options.amount !== undefined && amount === null)
        throw new Fault('invalid', `--amount is "${options.amount}"; give a number, like 120000`, {
          param: '--amount',
        })
      await withRooms(env, options, async (rooms) => {
        const { people, world } = rooms
        const { id, entity } = await personByEmail(rooms, email)
        if (amount !== null) {
          const currency = options.currency ?? (await people.entity(entity))?.currency ?? 'USD'
          const effectiveOn = options.from ?? dayOf(world.now())
          await people.setSalary({ person: id, amount, currency, effectiveOn, by: null })
        }
        const salaries = await people.salaries(id)
        print(options.json ?? false, { salaries }, () =>
          table(
            salaries.map((one) => [
              one.effectiveOn,
              formatUsd(one.amount, 'exact').replace('$', ''),
              one.currency,
            ]),
          ),
        )
      })
    })

  program
    .command('signin')
    .argument('<email>')
    .description('a one-time link that signs the person in, good for a day')
    .option('--url <base>', 'how people reach the server; PERQ_URL, or the local address, when absent')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string, options: Shared & { url?: string }) => {
      const local = `http://${setting(env, 'PERQ_HOST')}:${setting(env, 'PERQ_PORT')}`
      const base = (options.url ?? (setting(env, 'PERQ_URL') || local)).replace(/\/$/, '')
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        const token = await openSessions(rooms).link(id, DAY)
        const url = `${base}/signin?token=${token}`
        print(options.json ?? false, { url, valid_hours: DAY / HOUR }, () => [url])
      })
    })
}

/** The entity of that name, made when there is none; of two commands that make it at once, one finds what the other made. */
async function entityNamed(
  people: Rooms['people'],
  { entity: name, country, currency }: Pick<AddOptions, 'entity' | 'country' | 'currency'>,
): Promise<LegalEntity> {
  const find = async (): Promise<LegalEntity | undefined> =>
    (await people.entities()).find((one) => one.name.toLowerCase() === name.trim().toLowerCase())
  const standing = await find()
  if (standing) return standing
  try {
    return await people.createEntity({ id: uuidOf('entity', name), name, country, currency })
  } catch (error) {
    const made = error instanceof Fault && error.code === 'conflict' ? await find() : undefined
    if (made) return made
    throw error
  }
}
