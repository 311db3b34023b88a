import type { Command } from 'commander'
import { invariant } from '#base/invariant.ts'
import { formatUsd } from '#base/money.ts'
import type { WalletView } from '#reports/wallet.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

const NUMBERS = [
  'granted',
  'unvested',
  'available',
  'held',
  'spent',
  'expired',
  'forfeited',
  'revoked',
] as const

/** `perq wallet EMAIL`: the wallet as the API tells it, in nano-dollars with --json. */
export function walletCommand(program: Command, env: Environment): void {
  program
    .command('wallet')
    .argument('<email>')
    .description('what a person can spend, from what, and where the rest is')
    .option('--json', 'one JSON document, amounts in nano-dollars as text')
    .option('--data <folder>', 'data folder of the embedded database')
    .action(async (email: string, options: Shared) => {
      await withRooms(env, options, async (rooms) => {
        const person = await personByEmail(rooms, email)
        const view = await rooms.reports.wallet(person.id, rooms.world.now())
        invariant(view, 'a person that was found has a wallet view')
        print(options.json ?? false, view, () => [
          `${person.name} can spend ${formatUsd(view.available)}`,
          '',
          ...table(NUMBERS.map((name) => [name, formatUsd(view[name], 'exact')])),
          ...lotTable(view.lots.filter((lot) => lot.available > 0n || lot.held > 0n)),
          ...seatLines(view.seats),
        ])
      })
    })
}

function seatLines(seats: WalletView['seats']): readonly string[] {
  return seats.flatMap(({ product, available, spent, granted, month }) => [
    '',
    `${product} seat: ${available} of ${granted} months available, ${spent} used`,
    month.used_since === null
      ? `not used in ${month.month}`
      : `${month.month}: ${month.requests} requests worth ${formatUsd(month.worth_nano)} at list price` +
        (month.backed ? '' : ', without a seat'),
  ])
}

function lotTable(lots: WalletView['lots']): readonly string[] {
  if (lots.length === 0) return []
  return [
    '',
    ...table([
      ['lots in draw order', 'expires', 'vested', 'available', 'held'],
      ...lots.map((lot) => [
        `${lot.grant_name}, tranche ${lot.tranche}`,
        lot.expires_at?.slice(0, 10) ?? 'never',
        formatUsd(lot.vested, 'exact'),
        formatUsd(lot.available, 'exact'),
        formatUsd(lot.held, 'exact'),
      ]),
    ]),
  ]
}
