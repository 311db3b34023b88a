import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { parseUsd } from '#base/money.ts'
import { parseQuantity } from '#base/quantity.ts'
import { dayOf } from '#base/time.ts'
import { reasonOf } from '#commands/life/leave.ts'
import * as views from '#commands/life/views.ts'
import { LEAVER_REASONS } from '#grants/clauses.ts'
import type { Grant } from '#grants/grant.ts'
import type { Environment } from '../config.ts'
import { wholeNumber } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { amountLines, leaveLines } from './life-lines.ts'
import { print } from './output.ts'

type LeaveOptions = Shared & {
  readonly date: string
  readonly reason: string
  readonly note?: string
  readonly expect?: string
  readonly id?: string
  readonly cancel?: boolean
}

const REASONS = LEAVER_REASONS.join(', ')

/** What life does to people and their grants: added to `perq person` and `perq grant`. */
export function lifeCommands(program: Command, env: Environment): void {
  const [person, grant] = [commandNamed(program, 'person'), commandNamed(program, 'grant')]
  leaveCommands(person, grant, env)
  personCommands(person, env)
  grantCommands(grant, env)
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

type AmendOptions = Shared & {
  readonly from?: string
  readonly quantity?: string
  readonly template?: string
  readonly reason: string
  readonly preview?: boolean
  readonly id?: string
}

type ClawbackOptions = Shared & {
  readonly reason: string
  readonly unvested?: boolean
  readonly most?: string
  readonly id?: string
}

function grantCommands(grant: Command, env: Environment): void {
  shared(grant.command('amend').argument('<grant>'))
    .description('another quantity or other terms from a day on: a new version, and the old one stays')
    .option('--from <date>', 'today when absent')
    .option('--quantity <n>', 'of the whole grant, as people say it: dollars, hours, months')
    .option('--template <name>', 'whose terms hold from then on')
    .requiredOption('--reason <text>')
    .option('--preview', 'shows what would happen and changes nothing')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(async (id: string, options: AmendOptions) => {
      await withRooms(env, options, async (rooms) => {
        const standing = await rooms.grants.grant(rooms.db, grantId(id))
        const ask = {
          id: uuidOption(options.id),
          grant: id,
          from: options.from ?? dayOf(rooms.world.now()),
          quantity: quantityOf(standing, options.quantity, '--quantity'),
          template: options.template === undefined ? undefined : await templateNamed(rooms, options.template),
          reason: options.reason,
        }
        const view = views.amendedView(
          await (options.preview ? rooms.life.previewAmend(ask) : rooms.life.amend(ask)),
        )
        print(options.json ?? false, view, () => [
          `${view.name}: ${view.change >= 0n ? '+' : ''}${view.change} from ${ask.from}, version ${view.version}`,
          ...amountLines(view.installments),
        ])
      })
    })

  shared(grant.command('clawback').argument('<grant>'))
    .description('takes back for cause what is left of a grant; what is spent is told, not taken')
    .requiredOption('--reason <text>', 'kept with every entry')
    .option('--unvested', 'what has not vested, too; the grant ends')
    .option('--most <n>', 'at most so much of what has vested, as people say it')
    .option('--id <uuid>', 'makes the command repeatable')
    .action(async (id: string, options: ClawbackOptions) => {
      await withRooms(env, options, async (rooms) => {
        const standing = await rooms.grants.grant(rooms.db, grantId(id))
        const taken = await rooms.life.clawback({
          id: uuidOption(options.id),
          grant: id,
          reason: options.reason,
          unvested: options.unvested ?? false,
          most: quantityOf(standing, options.most, '--most'),
        })
        const view = views.clawedBackView(taken)
        print(options.json ?? false, view, () => [
          `taken: ${view.vested} vested, ${view.unvested} unvested; not taken: ${view.held} held, ${view.spent} spent`,
        ])
      })
    })

  shared(grant.command('reprice').argument('<grant>'))
    .description(
      'grows what has not vested when the index of the contract has fallen; a server does this by itself',
    )
    .option('--preview', 'shows what would happen and changes nothing')
    .action(async (id: string, options: Shared & { preview?: boolean }) => {
      await withRooms(env, options, async (rooms) => {
        const ask = { grant: grantId(id) }
        const view = views.repricedView(
          await (options.preview ? rooms.life.previewReprice(ask) : rooms.life.reprice(ask)),
        )
        print(options.json ?? false, view, () => [view.why])
      })
    })

  shared(grant.command('fire').argument('<grant>'))
    .description('an event that the grant waits for has happened')
    .requiredOption('--event <name>')
    .option('--on <date>', 'today when absent')
    .action(async (id: string, options: Shared & { event: string; on?: string }) => {
      await withRooms(env, options, async (rooms) => {
        const on = options.on ?? dayOf(rooms.world.now())
        const fired = await rooms.life.fire({ grant: grantId(id), event: options.event, on })
        print(options.json ?? false, { grant_id: id, event: options.event, on, ...fired }, () => [
          `"${options.event}" fired on ${on}`,
          ...amountLines(fired.installments),
        ])
      })
    })
}

const shared = (command: Command): Command =>
  command
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .option('--clock <date>', 'as if it were then')

function commandNamed(program: Command, name: string): Command {
  const found = program.commands.find((command) => command.name() === name)
  return found ?? program.command(name)
}

const reasonNamed = (text: string) => {
  const name = text.toUpperCase().replaceAll('-', '_')
  if (LEAVER_REASONS.some((known) => known === name)) return reasonOf(name)
  throw new Fault('invalid', `--reason is "${text}"; give one of ${REASONS}`, { param: '--reason' })
}

function needed(value: string | undefined, option: string): string {
  if (value !== undefined) return value
  throw new Fault('invalid', `${option} is missing`, { param: option })
}

function uuidOption(text: string | undefined): string | undefined {
  if (text === undefined || isUuid(text)) return text
  throw new Fault('invalid', `--id is "${text}"; give a lower-case uuid`, { param: '--id' })
}

function grantId(text: string): string {
  if (isUuid(text)) return text
  throw new Fault('invalid', `"${text}" is no id of a grant`, { param: '--grant' })
}

function quantityOf(
  grant: Pick<Grant, 'denomination'>,
  text: string | undefined,
  param: string,
): bigint | undefined {
  if (text === undefined) return undefined
  const quantity = parseQuantity(grant.denomination, text)
  if (quantity !== null && quantity > 0n) return quantity
  throw new Fault('invalid', `${param} is "${text}"; give an amount above 0 as people say it`, { param })
}

async function scheduled({ people, db }: Rooms, person: string): Promise<string> {
  const found = (await people.lives.leavingsOf(db, person)).find(({ state }) => state === 'scheduled')
  if (found) return found.id
  throw new Fault('not_found', 'no leaving is scheduled for this person', { param: 'email' })
}

async function templateNamed({ grants, db }: Rooms, text: string): Promise<string> {
  if (isUuid(text)) return text
  const found = (await grants.templates(db)).find(({ name }) => name === text)
  if (found) return found.id
  throw new Fault('not_found', `there is no template "${text}"`, { param: '--template' })
}

async function newGrants(rooms: Rooms, { template, quantity }: RehireOptions) {
  if (template === undefined) return []
  const id = await templateNamed(rooms, template)
  const terms = await rooms.grants.template(rooms.db, id)
  return [{ template: id, quantity: quantityOf(terms, quantity, '--quantity') }]
}
