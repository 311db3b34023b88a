import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import type { Issued } from '#commands/issue.ts'
import { parseUnit } from '#grants/clause-shape.ts'
import { fourYearMonthly, monthlyRefill, monthlySeats } from '#grants/shapes.ts'
import type { Terms } from '#grants/terms.ts'
import { wholeNumber, type Environment } from '../config.ts'
import { agreementCommands } from './agreement.ts'
import { bulkCommand } from './bulk.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { askOf, askOptions, checkAsk, denominationOf, quantityWords, type AskOptions } from './grant-ask.ts'
import { print, table } from './output.ts'

/** `perq grant`: grants to people from templates. */
export function grantCommand(program: Command, env: Environment): void {
  const grant = program.command('grant').description('grants and their templates')
  askOptions(grant.command('issue'))
    .description('grant compute to a person at once; what is due already vests')
    .action(async (email: string, options: AskOptions) => {
      checkAsk(options)
      await withRooms(env, options, async (rooms) => {
        const issued = await rooms.commands.issueGrant(await askOf(rooms, email, options))
        const person = await personByEmail(rooms, email)
        print(options.json ?? false, documentOf(issued, email), () => linesOf(issued, person.name))
      })
    })
  askOptions(grant.command('draft'))
    .description('write a grant that is still to be submitted, approved, offered and accepted')
    .option('--by <email>', 'its author')
    .action(async (email: string, options: AskOptions & { readonly by?: string }) => {
      checkAsk(options)
      await withRooms(env, options, async (rooms) => {
        const createdBy = options.by === undefined ? null : (await personByEmail(rooms, options.by)).id
        const drafted = await rooms.commands.draftGrant({
          ...(await askOf(rooms, email, options)),
          createdBy,
        })
        const person = await personByEmail(rooms, email)
        print(options.json ?? false, documentOf(drafted, email), () => linesOf(drafted, person.name))
      })
    })
  agreementCommands(grant, env)
  bulkCommand(grant, env)
  templateCommands(grant, env)
}

const documentOf = ({ grant, tranches, replayed }: Issued, person: string) => ({
  id: grant.id,
  person,
  name: grant.name,
  status: grant.status,
  denomination: grant.denomination,
  unit: grant.unit,
  quantity: grant.quantity,
  reckoning: grant.reckoning,
  replayed,
  tranches: tranches.map(({ n, date, quantity }) => ({ n, date, quantity })),
})

function linesOf({ grant, tranches }: Issued, name: string): readonly string[] {
  const whole = quantityWords(grant, grant.quantity)
  return [
    `${grant.name}: ${whole} to ${name} in ${tranches.length} tranches (grant ${grant.id}, ${grant.status})`,
    ...table(
      tranches
        .slice(0, 6)
        .map(({ n, date, quantity }) => [`tranche ${n}`, date, quantityWords(grant, quantity, 'exact')]),
    ),
    ...(tranches.length > 6 ? [`… to ${tranches.at(-1)!.date}`] : []),
  ]
}

type TemplateOptions = Shared & {
  readonly refillMonths?: string
  readonly keepMonths: string
  readonly denomination: string
  readonly accelerator?: string
  readonly tier?: string
  readonly gpusPerNode?: string
  readonly modelClass?: string
}

function templateCommands(grant: Command, env: Environment): void {
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
    .option('--denomination <unit>', 'usd, gpu_hour, node_hour, exaflop_day, token or seat_month', 'usd')
    .option('--accelerator <id>', 'gpu_hour and node_hour: such as H100-SXM')
    .option('--tier <name>', 'gpu_hour and node_hour: guaranteed, priority or spot')
    .option('--gpus-per-node <n>', 'node_hour: such as 8')
    .option('--model-class <name>', 'token: such as standard')
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

function termsOf(options: TemplateOptions): Terms {
  const { refillMonths, keepMonths, accelerator, tier, gpusPerNode, modelClass } = options
  const denomination = denominationOf(options.denomination) ?? 'usd'
  const unit = parseUnit({
    accelerator,
    tier,
    modelClass,
    gpusPerNode:
      gpusPerNode === undefined ? undefined : wholeNumber('--gpus-per-node', gpusPerNode, [1, 9_999]),
  })
  if (refillMonths === undefined) {
    if (denomination !== 'seat_month') return { ...fourYearMonthly(), denomination, unit }
    throw new Fault('invalid', '--refill-months is missing; say over how many months the seats are spread', {
      param: '--refill-months',
    })
  }
  const spread = {
    months: wholeNumber('--refill-months', refillMonths, [1, 120]),
    keepMonths: wholeNumber('--keep-months', keepMonths, [0, 120]),
  }
  return denomination === 'seat_month'
    ? monthlySeats(spread)
    : { ...monthlyRefill(spread), denomination, unit }
}
