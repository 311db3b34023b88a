import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { formatUsd, parseUsd } from '#base/money.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import { isUuid } from '#base/id.ts'
import { fourYearMonthly, monthlyRefill, monthlySeats, startForFirstRefill } from '#grants/shapes.ts'
import { DENOMINATIONS, type Denomination, type Terms } from '#grants/terms.ts'
import { wholeNumber, type Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

type Options = Shared & {
  readonly usd?: string
  readonly quantity?: string
  readonly denomination: string
  readonly template: string
  readonly start?: string
  readonly grantDate?: string
  readonly first?: string
  readonly name?: string
  readonly id?: string
}

/** `perq grant`: a grant to a person from a template. */
export function grantCommand(program: Command, env: Environment): void {
  const grant = program.command('grant').description('grants and their templates')
  grant
    .command('issue')
    .argument('<email>')
    .description('grant compute to a person; what is due already vests at once')
    .option('--usd <amount>', 'dollars: one refill of a refill template, else the whole grant')
    .option('--denomination <unit>', 'what is granted: usd, or seat_month with --quantity', 'usd')
    .option('--quantity <n>', 'months of a seat, with --denomination seat_month')
    .requiredOption('--template <name>', 'name or id of a template')
    .option('--start <date>', 'first day of the schedule; today when absent')
    .option('--grant-date <date>', 'what would vest before it vests on it; today when absent')
    .option('--first <date>', 'instead of both: the day of the first monthly refill, or "today"')
    .option('--name <text>', "what the person sees; the template's name when absent")
    .option('--id <uuid>', 'makes the command repeatable: the same id grants once')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string, options: Options) => {
      const { denomination, quantity } = quantityOf(options)
      if (options.id !== undefined && !isUuid(options.id)) {
        throw new Fault('invalid', `--id is "${options.id}"; give a lower-case uuid`, { param: '--id' })
      }
      await withRooms(env, options, async (rooms) => {
        const person = await personByEmail(rooms, email)
        const issued = await rooms.commands.issueGrant({
          id: options.id,
          person: person.id,
          template: await templateNamed(rooms, options.template),
          quantity,
          denomination,
          ...datesOf(options, dayOf(rooms.world.now())),
          name: options.name,
        })
        const { id, name, quantity: whole } = issued.grant
        const tranches = issued.tranches.map(({ n, date, quantity: part }) => ({ n, date, quantity: part }))
        print(
          options.json ?? false,
          {
            id,
            person: person.email,
            name,
            denomination,
            quantity: whole,
            replayed: issued.replayed,
            tranches,
          },
          () => [
            `${name}: ${amountWords(denomination, whole, 'cents')} to ${person.name} in ${tranches.length} tranches (grant ${id})`,
            ...table(
              tranches
                .slice(0, 6)
                .map((tranche) => [
                  `tranche ${tranche.n}`,
                  tranche.date,
                  amountWords(denomination, tranche.quantity, 'exact'),
                ]),
            ),
            ...(tranches.length > 6 ? [`… to ${tranches.at(-1)!.date}`] : []),
          ],
        )
      })
    })

  const template = grant.command('template').description('templates of grants')
  template
    .command('list')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (options: Shared) => {
      await withRooms(env, options, async ({ grants, db }) => {
        const templates = await grants.templates(db)
        print(options.json ?? false, { templates }, () => templates.map(({ id, name }) => `${name}  ${id}`))
      })
    })
  template
    .command('add')
    .argument('<name>')
    .description('a monthly refill, months of a seat, or four years monthly with a one-year cliff')
    .option('--refill-months <n>', 'refills every month for so many months')
    .option(
      '--denomination <unit>',
      'usd, or seat_month: months of a seat, given with --refill-months',
      'usd',
    )
    .option('--keep-months <n>', 'a refill stays until the end of that month after it came', '3')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (name: string, options: TemplateOptions) => {
      const terms = termsOf(options)
      await withRooms(env, options, async ({ commands }) => {
        const made = await commands.createTemplate({ name, ...terms })
        print(options.json ?? false, made, () => [`${made.name}  ${made.id}`])
      })
    })
}

type TemplateOptions = Shared & {
  readonly refillMonths?: string
  readonly keepMonths: string
  readonly denomination: string
}

function termsOf({ refillMonths, keepMonths, denomination: unit }: TemplateOptions): Terms {
  const denomination = denominationOf(unit)
  if (refillMonths === undefined) {
    if (denomination === 'usd') return fourYearMonthly()
    throw new Fault('invalid', '--refill-months is missing; say over how many months the seats are spread', {
      param: '--refill-months',
    })
  }
  const spread = {
    months: wholeNumber('--refill-months', refillMonths, [1, 120]),
    keepMonths: wholeNumber('--keep-months', keepMonths, [0, 120]),
  }
  return denomination === 'usd' ? monthlyRefill(spread) : monthlySeats(spread)
}

function denominationOf(text: string): Denomination {
  const found = DENOMINATIONS.find((one) => one === text)
  if (found) return found
  const message = `--denomination is "${text}"; give ${DENOMINATIONS.join(' or ')}`
  throw new Fault('invalid', message, { param: '--denomination' })
}

/** Dollars are given as --usd, months of a seat as --quantity. */
function quantityOf(options: Options): { denomination: Denomination; quantity: bigint } {
  const denomination = denominationOf(options.denomination)
  const [wanted, other] = denomination === 'usd' ? ['--usd', '--quantity'] : ['--quantity', '--usd']
  if ((other === '--usd' ? options.usd : options.quantity) !== undefined) {
    const message = `${other} does not go with --denomination ${denomination}; give ${wanted}`
    throw new Fault('invalid', message, { param: other })
  }
  if (denomination === 'seat_month') {
    const months = wholeNumber('--quantity', options.quantity ?? '', [1, 1_200])
    return { denomination, quantity: BigInt(months) }
  }
  const quantity = options.usd === undefined ? null : parseUsd(options.usd)
  if (quantity !== null && quantity > 0n) return { denomination, quantity }
  const given = options.usd === undefined ? 'missing' : `"${options.usd}"`
  throw new Fault('invalid', `--usd is ${given}; give dollars above 0, like 1200 or 99.50`, {
    param: '--usd',
  })
}

const amountWords = (denomination: Denomination, amount: bigint, style: 'cents' | 'exact'): string =>
  denomination === 'usd' ? formatUsd(amount, style) : `${amount} seat-month${amount === 1n ? '' : 's'}`

function datesOf(
  options: Options,
  today: DateText,
): { startDate: DateText; grantDate?: DateText | undefined } {
  const { start = today, grantDate, first } = options
  if (first === undefined) return { startDate: start, grantDate }
  if (options.start !== undefined || grantDate !== undefined) {
    throw new Fault('invalid', '--first stands instead of --start and --grant-date; leave those out', {
      param: '--first',
    })
  }
  const day = first === 'today' ? today : first
  if (!isDate(day))
    throw new Fault('invalid', `--first is "${first}"; give a date or "today"`, { param: '--first' })
  return { startDate: startForFirstRefill(day), grantDate: day }
}

async function templateNamed({ grants, db }: Rooms, text: string): Promise<string> {
  if (isUuid(text)) return text
  const templates = await grants.templates(db)
  const found = templates.find(({ name }) => name === text)
  if (found) return found.id
  const known =
    templates.map(({ name }) => `"${name}"`).join(', ') ||
    'none stands; make one with "perq grant template add"'
  throw new Fault('not_found', `there is no template "${text}"; known: ${known}`, { param: '--template' })
}
