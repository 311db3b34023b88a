import type { Command } from 'commander'
import { Fault } from '#base/fault.ts'
import { isUuid } from '#base/id.ts'
import { parseQuantity } from '#base/quantity.ts'
import type { Approved } from '#commands/approve.ts'
import type { Grant } from '#grants/grant.ts'
import { DENOMINATIONS, type Denomination } from '#grants/terms.ts'
import type { Environment } from '../config.ts'
import type { Rooms } from '../rooms.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { quantityOf, quantityWords, templateNamed } from './grant-ask.ts'
import { print } from './output.ts'

type Options = Shared & {
  readonly by?: string
  readonly note?: string
  readonly reason?: string
  readonly typedName?: string
  readonly hash?: string
  readonly template?: string
  readonly usd?: string
  readonly quantity?: string
  readonly start?: string
  readonly grantDate?: string
  readonly name?: string
  readonly twoAbove?: readonly string[]
  readonly noSecond?: boolean
}

const shared = (command: Command): Command =>
  command
    .option('--json', 'one JSON document')
    .option('--data <folder>', 'data folder of the embedded database')

/** `perq grant submit …`: the way of a contract from its draft to its acceptance. */
export function agreementCommands(grant: Command, env: Environment): void {
  const step = (
    name: string,
    about: string,
    run: (rooms: Rooms, id: string, options: Options) => Promise<{ readonly grant: Grant }>,
  ): Command =>
    shared(grant.command(name).argument('<grant>').description(about)).action(
      async (id: string, options: Options) => {
        if (!isUuid(id)) throw new Fault('invalid', `the grant is "${id}"; give its id`, { param: '--grant' })
        await withRooms(env, options, async (rooms) => {
          const answer = await run(rooms, id, options)
          print(options.json ?? false, documentOf(answer), () => linesOf(answer))
        })
      },
    )
  const by = async (rooms: Rooms, { by: email }: Options): Promise<string | null> =>
    email === undefined ? null : (await personByEmail(rooms, email)).id
  const who = async (rooms: Rooms, { by: email = '' }: Options): Promise<string> =>
    (await personByEmail(rooms, email)).id

  step(
    'submit',
    'give a draft to those who approve it; it is frozen from then on',
    async (rooms, id, options) => rooms.commands.submitGrant({ grant: id, by: await by(rooms, options) }),
  ).option('--by <email>', 'who submits it')
  step('approve', 'approve what was submitted', async (rooms, id, options) =>
    rooms.commands.approveGrant({ grant: id, by: await who(rooms, options), note: options.note }),
  )
    .requiredOption('--by <email>', 'who approves; never its receiver')
    .option('--note <text>')
  step('reject', 'send it back to be a draft', async (rooms, id, options) =>
    rooms.commands.rejectGrant({ grant: id, by: await who(rooms, options), reason: options.reason ?? '' }),
  )
    .requiredOption('--by <email>', 'who sends it back')
    .requiredOption('--reason <text>')
  step('offer', 'offer what was approved to its person', async (rooms, id, options) =>
    rooms.commands.offerGrant({ grant: id, by: await by(rooms, options) }),
  ).option('--by <email>', 'who offers it')
  step('accept', 'accept an offer, by its person', async (rooms, id, options) =>
    rooms.commands.acceptGrant({
      grant: id,
      person: await who(rooms, options),
      typedName: options.typedName ?? '',
      contentHash: options.hash ?? '',
    }),
  )
    .requiredOption('--by <email>', 'its person')
    .requiredOption('--typed-name <name>', 'their name, as they type it')
    .requiredOption('--hash <sha256>', 'of the contract that they read: "perq grant agreement" tells it')
  step('decline', 'decline an offer, by its person', async (rooms, id, options) =>
    rooms.commands.declineGrant({ grant: id, person: await who(rooms, options), reason: options.reason }),
  )
    .requiredOption('--by <email>', 'its person')
    .option('--reason <text>')
  step('withdraw', 'take back what its person has not accepted', async (rooms, id, options) =>
    rooms.commands.withdrawGrant({
      grant: id,
      by: await by(rooms, options),
      reason: options.reason ?? '',
    }),
  )
    .option('--by <email>', 'who takes it back')
    .requiredOption('--reason <text>')
  step('change', 'change a draft', async (rooms, id, options) => {
    const template = options.template === undefined ? null : await templateNamed(rooms, options.template)
    const terms = template ?? (await rooms.grants.grant(rooms.db, id))
    return rooms.commands.changeDraft({
      grant: id,
      by: await by(rooms, options),
      template: template?.id,
      quantity: quantityOf(terms, options),
      startDate: options.start,
      grantDate: options.grantDate,
      name: options.name,
    })
  })
    .option('--by <email>', 'who changes it')
    .option('--template <name>', 'name or id of another template')
    .option('--usd <amount>', 'dollars')
    .option('--quantity <n>', 'hours, exaFLOP-days, tokens or months of a seat, as the template counts')
    .option('--start <date>')
    .option('--grant-date <date>')
    .option('--name <text>')
  agreementRead(grant, env)
  policyCommand(grant, env)
}

function agreementRead(grant: Command, env: Environment): void {
  shared(grant.command('agreement').argument('<grant>'))
    .description('the contract as it reads now, its hash, and who has agreed to it')
    .action(async (id: string, options: Options) => {
      await withRooms(env, options, async ({ commands, grants, db }) => {
        const found = await commands.agreement(id)
        const acceptances = await grants.acceptances(db, id)
        const answer = {
          ...documentOf(found),
          content: found.content.text,
          content_hash: found.content.hash,
          acceptances,
        }
        print(options.json ?? false, answer, () => [
          ...linesOf(found),
          `hash ${found.content.hash}`,
          ...acceptances.map(({ typedName, version }) => `accepted as version ${version} by ${typedName}`),
        ])
      })
    })
}

/** `perq grant policy`: how many must agree. */
function policyCommand(grant: Command, env: Environment): void {
  shared(grant.command('policy'))
    .description('above which quantity two persons must approve; with --two-above it is set')
    .option(
      '--two-above <denomination=amount...>',
      'such as usd=50000 or gpu_hour=10000; those not named need one',
    )
    .option('--no-second', 'one person is enough for everything')
    .action(async (options: Omit<Options, 'noSecond'> & { readonly second: boolean }) => {
      const limits = (options.twoAbove ?? []).map(limitOf)
      await withRooms(env, options, async ({ db, grants, world }) => {
        if (limits.length > 0 || !options.second) {
          const twoAbove = Object.fromEntries(options.second ? limits : [])
          await db.tx((sql) => grants.setPolicy(sql, { twoAbove }, null, world.now()))
        }
        const { policy, version } = await grants.policy(db)
        const told = Object.entries(policy.twoAbove)
        print(options.json ?? false, { two_above: policy.twoAbove, version }, () =>
          told.length === 0
            ? ['One person approves, whatever the quantity.']
            : told.map(
                ([denomination, most]) => `${denomination}: two persons above ${most} of its smallest unit`,
              ),
        )
      })
    })
}

function limitOf(text: string): readonly [Denomination, bigint] {
  const [name, amount = ''] = text.split('=')
  const denomination = DENOMINATIONS.find((one) => one === name)
  const most = denomination ? parseQuantity(denomination, amount) : null
  if (denomination && most !== null) return [denomination, most]
  const message = `--two-above is "${text}"; give a denomination and an amount, like usd=50000`
  throw new Fault('invalid', message, { param: '--two-above' })
}

type Answer = { readonly grant: Grant; readonly replayed?: boolean } & Partial<
  Pick<Approved, 'needed' | 'approvals'>
>

const documentOf = ({ grant, needed, approvals, replayed = false }: Answer) => ({
  id: grant.id,
  status: grant.status,
  name: grant.name,
  version: grant.version,
  denomination: grant.denomination,
  unit: grant.unit,
  quantity: grant.quantity,
  replayed,
  ...(approvals && { approvals_needed: needed, approvals }),
})

const linesOf = ({ grant, needed, approvals }: Answer): readonly string[] => [
  `${grant.name}: ${quantityWords(grant, grant.quantity)}, ${grant.status}` +
    (approvals && grant.status === 'pending' ? `, ${approvals.length} of ${needed} approvals` : ''),
]
