import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { formatQuantity, parseQuantity } from '#base/quantity.ts'
import { dayOf, isDate, type DateText } from '#base/time.ts'
import type { IssueAsk } from '#commands/issue.ts'
import type { Grant, Template } from '#grants/grant.ts'
import { startForFirstRefill } from '#grants/shapes.ts'
import { DENOMINATIONS, type Denomination } from '#grants/terms.ts'
import { assetOf } from '#ledger/assets.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, type Shared } from './context.ts'

export type AskOptions = Shared & {
  readonly usd?: string
  readonly quantity?: string
  readonly denomination?: string
  readonly template: string
  readonly start?: string
  readonly grantDate?: string
  readonly first?: string
  readonly name?: string
  readonly id?: string
}

/** What a new grant is told by, whatever becomes of it. */
export const askOptions = (command: Command): Command =>
  command
    .argument('<email>')
    .option('--usd <amount>', 'dollars: one refill of a refill template, else the whole grant')
    .option('--quantity <n>', 'hours, exaFLOP-days, tokens or months of a seat, as the template counts')
    .option('--denomination <unit>', 'what you take the quantity for; refused when the template differs')
    .requiredOption('--template <name>', 'name or id of a template')
    .option('--start <date>', 'first day of the schedule; today when absent')
    .option('--grant-date <date>', 'what would vest before it vests on it; today when absent')
    .option('--first <date>', 'instead of both: the day of the first monthly refill, or "today"')
    .option('--name <text>', "what the person sees; the template's name when absent")
    .option('--id <uuid>', 'makes the command repeatable: the same id grants once')
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')

/** What can be wrong with the options by themselves, before anything is opened. */
export function checkAsk(options: AskOptions): void {
  if (options.id !== undefined && !isUuid(options.id)) {
    throw new Fault('invalid', `--id is "${options.id}"; give a lower-case uuid`, { param: '--id' })
  }
  denominationOf(options.denomination)
  if (options.usd !== undefined && options.quantity !== undefined) {
    throw new Fault('invalid', '--quantity does not go with --usd; give one of them', { param: '--quantity' })
  }
}

export async function askOf(rooms: Rooms, email: string, options: AskOptions): Promise<IssueAsk> {
  const person = await personByEmail(rooms, email)
  const template = await templateNamed(rooms, options.template)
  return {
    id: options.id,
    person: person.id,
    template: template.id,
    quantity: quantityOf(template, options),
    denomination: denominationOf(options.denomination),
    ...datesOf(options, dayOf(rooms.world.now())),
    name: options.name,
  }
}

export function denominationOf(text: string | undefined): Denomination | undefined {
  const found = DENOMINATIONS.find((one) => one === text)
  if (found || text === undefined) return found
  const message = `--denomination is "${text}"; give one of ${DENOMINATIONS.join(', ')}`
  throw new Fault('invalid', message, { param: '--denomination' })
}

/** Undefined: as the template's formula says. */
export function quantityOf(
  { denomination, name }: Pick<Template, 'denomination' | 'name'>,
  { usd, quantity }: Pick<AskOptions, 'usd' | 'quantity'>,
): bigint | undefined {
  const [option, text] = usd === undefined ? ['--quantity', quantity] : ['--usd', usd]
  if (text === undefined) return undefined
  if (option === '--usd' && denomination !== 'usd') {
    const message = `--usd is "${text}", but the template "${name}" counts ${denomination}; give --quantity`
    throw new Fault('invalid', message, { param: '--usd' })
  }
  const parsed = parseQuantity(denomination, text)
  if (parsed !== null && parsed > 0n) return parsed
  const example =
    denomination === 'usd' ? 'dollars above 0, like 1200 or 99.50' : 'an amount above 0, like 1200'
  throw new Fault('invalid', `${option} is "${text}"; give ${example}`, { param: option })
}

export const quantityWords = (
  { denomination, unit }: Pick<Grant, 'denomination' | 'unit'>,
  quantity: bigint,
  style: 'short' | 'exact' = 'short',
): string => formatQuantity(assetOf(denomination, unit), quantity, style)

function datesOf(
  options: AskOptions,
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

export async function templateNamed({ grants, db }: Rooms, text: string): Promise<Template> {
  if (isUuid(text)) return grants.template(db, text)
  const templates = await grants.templates(db)
  const found = templates.find(({ name }) => name === text)
  if (found) return found
  const known =
    templates.map(({ name }) => `"${name}"`).join(', ') ||
    'none stands; make one with "perq grant template add"'
  throw new Fault('not_found', `there is no template "${text}"; known: ${known}`, { param: '--template' })
}
