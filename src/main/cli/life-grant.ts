import type { Command } from 'commander'
import { dayOf } from '#base/time.ts'
import * as views from '#commands/life/views.ts'
import type { Environment } from '../config.ts'
import { withRooms, type Shared } from './context.ts'
import { amountLines } from './life-lines.ts'
import { grantId, quantityOf, shared, templateNamed, uuidOption } from './life-options.ts'
import { print } from './output.ts'

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

/** `perq grant amend`, `clawback`, `reprice` and `fire`. */
export function grantLifeCommands(grant: Command, env: Environment): void {
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
