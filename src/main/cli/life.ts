import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { parseUsd } from '#base/money.ts'
import { dayOf } from '#base/time.ts'
import * as views from '#commands/life/views.ts'
import type { Environment } from '../config.ts'
import { wholeNumber } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { grantLifeCommands } from './life-grant.ts'
import { leaveLines } from './life-lines.ts'
import {
  commandNamed,
  needed,
  quantityOf,
  REASONS,
  reasonNamed,
  shared,
  templateNamed,
  uuidOption,
} from './life-options.ts'
import { print } from './output.ts'

type LeaveOptions = Shared & {
  readonly date: string
  readonly reason: string
  readonly note?: string
  readonly expect?: string
  readonly id?: string
  readonly cancel?: boolean
}

/** What life does to people and their grants: added to `perq person` and `perq grant`. */
export function lifeCommands(program: Command, env: Environment): void {
  const [person, grant] = [commandNamed(program, 'person'), commandNamed(program, 'grant')]
  leaveCommands(person, grant, env)
  personCommands(person, env)
  grantLifeCommands(grant, env)
}

function leaveCommands(person: Command, grant: Command, env: Environment): void {
  shared(grant.command('preview-leave').argument('<email>'))
    .description('exactly what would happen if the person left on a day; nothing is changed')
    .requiredOption('--date <date>', 'the first day on which the person no longer works here')
    .requiredOption('--reason <reason>', REASONS)
    .action(async (email: string, options: LeaveOptions) => {
      const reason = reasonNamed(options.reason)
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        const preview = await rooms.life.previewLeave({ person: id, on: options.date, reason })
        const view = views.previewView(preview)
        print(options.json ?? false, view, () => leaveLines(view))
      })
    })

  shared(person.command('leave').argument('<email>'))
    .description('the person leaves: at once, or on a day ahead; "perq grant preview-leave" shows it before')
    .option('--date <date>', 'the first day on which the person no longer works here')
    .option('--reason <reason>', REASONS)
    .option('--note <text>')
    .option('--expect <hash>', 'of a preview: refused when something else would happen by now')
    .option('--id <uuid>', 'makes the command repeatable')
    .option('--cancel', 'takes back what was only scheduled')
    .action(async (email: string, options: Partial<LeaveOptions>) => {
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        if (options.cancel) {
          const cancelled = views.leavingView(await rooms.life.cancelLeave(await scheduled(rooms, id)))
          return print(options.json ?? false, cancelled, () => [`${email} stays; nothing has happened`])
        }
        const order = {
          person: id,
          on: needed(options.date, '--date'),
          reason: reasonNamed(needed(options.reason, '--reason')),
          note: options.note,
          expect: options.expect,
          id: uuidOption(options.id),
        }
        const answer = await rooms.life.confirmLeave(order)
        const view = {
          leaving: views.leavingView(answer.leaving),
          ...views.previewView(answer),
          replayed: answer.replayed,
        }
        print(options.json ?? false, view, () => [
          answer.leaving.state === 'done'
            ? `${email} has left as of ${order.on}`
            : `${email} leaves on ${order.on}; until then spending changes the amounts`,
          ...leaveLines(view),
        ])
      })
    })
}

type AbsenceOptions = Shared & {
  readonly kind?: string
  readonly from?: string
  readonly to?: string
  readonly about?: boolean
  readonly note?: string
  readonly change?: string
  readonly withdraw?: boolean
  readonly id?: string
}

type LevelOptions = Shared & {
  readonly level?: string
  readonly title?: string
  readonly from?: string
  readonly salary?: string
  readonly currency: string
  readonly id?: string
}

type RehireOptions = Shared & {
  readonly on?: string
  readonly credit: string
  readonly level?: string
  readonly template?: string
  readonly quantity?: string
  readonly id?: string
}

function personCommands(person: Command, env: Environment): void {
  shared(person.command('absence').argument('<email>'))
    .description('a leave of absence: each grant pauses by its own rule; or another end of one')
    .option('--kind <word>', 'parental, medical, unpaid, …')
    .option('--from <date>', 'the first day away')
    .option('--to <date>', 'the first day back; absent: not known yet')
    .option('--about', 'the end is expected, not certain')
    .option('--note <text>')
    .option('--change <id>', 'of a leave that was recorded: gives it another end')
    .option('--withdraw', 'with --change: it was recorded by mistake')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(async (email: string, options: AbsenceOptions) => {
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        const { to, about: approximate, note, withdraw: withdrawn } = options
        const absence =
          options.change === undefined
            ? await rooms.life.recordAbsence({
                id: uuidOption(options.id),
                person: id,
                kind: needed(options.kind, '--kind'),
                from: needed(options.from, '--from'),
                to: to ?? null,
                approximate,
                note,
              })
            : await rooms.life.changeAbsence(options.change, { to, approximate, note, withdrawn })
        const view = views.absenceView(absence)
        print(options.json ?? false, view, () => [
          `${view.leave.kind} leave ${view.leave.id}: from ${view.leave.from} to ${view.leave.to ?? 'an unknown day'}`,
          ...view.effects.map(
            ({ name, policy, next_vest: next, last_vest: last, lost }) =>
              `  ${name}: ${policy}, next vest ${next ?? 'unknown'}, last ${last ?? 'unknown'}${lost > 0n ? `, ${lost} lost` : ''}`,
          ),
        ])
      })
    })

  shared(person.command('level').argument('<email>'))
    .description('another level or salary; grants by formula are computed anew from the day on')
    .option('--level <code>')
    .option('--title <text>')
    .option('--salary <amount>', 'base salary of a year')
    .option('--currency <code>', 'of the salary', 'USD')
    .option('--from <date>', 'today when absent')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(async (email: string, options: LevelOptions) => {
      const amount = options.salary === undefined ? null : parseUsd(options.salary)
      if (options.salary !== undefined && (amount === null || amount <= 0n)) {
        throw new Fault('invalid', `--salary is "${options.salary}"; give an amount above 0`, {
          param: '--salary',
        })
      }
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        const levelled = await rooms.life.changeLevel({
          id: uuidOption(options.id),
          person: id,
          level: options.level,
          title: options.title,
          salary: amount === null ? undefined : { amount, currency: options.currency },
          from: options.from ?? dayOf(rooms.world.now()),
        })
        const view = views.levelledView(levelled)
        print(options.json ?? false, view, () => [
          `${email}: ${view.level}${view.title === '' ? '' : `, ${view.title}`}`,
          ...view.amended.map(({ name, change }) => `  ${name}: ${change > 0n ? '+' : ''}${change}`),
        ])
      })
    })

  shared(person.command('transfer').argument('<email>'))
    .description('another legal entity employs the person and owes their grants; what they are worth stays')
    .requiredOption('--entity <name>')
    .option('--country <code>', 'as before when absent')
    .option('--from <date>', 'today when absent')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(
      async (
        email: string,
        options: Shared & { entity: string; country?: string; from?: string; id?: string },
      ) => {
        await withRooms(env, options, async (rooms) => {
          const { id } = await personByEmail(rooms, email)
          const entity = (await rooms.people.entities()).find(({ name }) => name === options.entity)
          if (!entity)
            throw new Fault('not_found', `there is no legal entity "${options.entity}"`, {
              param: '--entity',
            })
          const moved = await rooms.life.transfer({
            id: uuidOption(options.id),
            person: id,
            entity: entity.id,
            country: options.country,
            from: options.from ?? dayOf(rooms.world.now()),
          })
          const view = views.transferredView(moved)
          print(options.json ?? false, view, () => [
            `${email} is employed by ${entity.name}, which owes ${view.grants.length} grants`,
          ])
        })
      },
    )

  shared(person.command('rehire').argument('<email>'))
    .description(
      'somebody who left comes back: the same wallet, and a new grant that counts the earlier service',
    )
    .option('--on <date>', 'the first day back; today when absent')
    .option('--credit <days>', 'earlier service that counts: all, none, or so many days', 'all')
    .option('--level <code>', 'as before when absent')
    .option('--template <name>', 'of a new grant')
    .option('--quantity <n>', 'of the new grant, as people say it: dollars, hours, months')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(async (email: string, options: RehireOptions) => {
      const { credit } = options
      await withRooms(env, options, async (rooms) => {
        const { id } = await personByEmail(rooms, email)
        const back = await rooms.life.rehire({
          id: uuidOption(options.id),
          person: id,
          on: options.on ?? dayOf(rooms.world.now()),
          credit:
            credit === 'all' || credit === 'none' ? credit : wholeNumber('--credit', credit, [0, 36_525]),
          level: options.level,
          grants: await newGrants(rooms, options),
        })
        const view = views.rehiredView(back)
        print(options.json ?? false, view, () => [
          `${email} is back as of ${view.hired_on}; ${view.credited_days} of ${view.served_days} days served count`,
          ...view.grants.map(
            ({ name, grant_id: made, tranches }) =>
              `  ${name} in ${tranches.length} tranches (grant ${made})`,
          ),
        ])
      })
    })
}

async function scheduled({ people, db }: Rooms, person: string): Promise<string> {
  const found = (await people.lives.leavingsOf(db, person)).find(({ state }) => state === 'scheduled')
  if (found) return found.id
  throw new Fault('not_found', 'no leaving is scheduled for this person', { param: 'email' })
}

async function newGrants(rooms: Rooms, { template, quantity }: RehireOptions) {
  if (template === undefined) return []
  const id = await templateNamed(rooms, template)
  const terms = await rooms.grants.template(rooms.db, id)
  return [{ template: id, quantity: quantityOf(terms, quantity, '--quantity') }]
}
