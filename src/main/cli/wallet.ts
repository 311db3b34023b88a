import type { Command } from 'commander'
import { formatUsd } from '#base/money.ts'
import { iso } from '#base/time.ts'
import type { Balances } from '#ledger/types.ts'
import type { Environment } from '../config.ts'
import { personByEmail, withRooms, type Shared } from './context.ts'
import { print, table } from './output.ts'

const NOTHING: Balances = {
  granted: 0n,
  unvested: 0n,
  available: 0n,
  held: 0n,
  spent: 0n,
  expired: 0n,
  forfeited: 0n,
  revoked: 0n,
}

/** `perq wallet EMAIL`: the eight numbers of a wallet and its lots, in nano-dollars with --json. */
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
        const { balances, lots, names } = await rooms.db.tx(async (sql) => {
          await sql.query('set transaction isolation level repeatable read, read only')
          const wallet = await rooms.ledger.walletOf(sql, person.id)
          const grants = await rooms.grants.grantsOf(sql, person.id)
          const names = new Map(grants.map(({ id, name }) => [id, name]))
          if (!wallet) return { balances: NOTHING, lots: [], names }
          return {
            balances: await rooms.ledger.balances(sql, wallet.id),
            lots: await rooms.ledger.lots(sql, wallet.id),
            names,
          }
        })
        const view = {
          asset: 'USD',
          unit: 'nano-dollar',
          person: { id: person.id, name: person.name, email: person.email },
          ...balances,
          lots: lots.map((lot) => ({
            id: lot.id,
            grant_id: lot.grant,
            grant_name: names.get(lot.grant) ?? null,
            tranche: lot.tranche,
            priority: lot.priority,
            scope: lot.scope,
            effective_at: iso(lot.effectiveAt),
            expires_at: lot.expiresAt === null ? null : iso(lot.expiresAt),
            vested: lot.vested,
            available: lot.available,
            held: lot.held,
            spent: lot.spent,
            expired: lot.expired,
            revoked: lot.revoked,
          })),
        }
        print(options.json ?? false, view, () => [
          `${person.name} can spend ${formatUsd(balances.available)}`,
          '',
          ...table(Object.entries(balances).map(([name, amount]) => [name, formatUsd(amount, 'exact')])),
          ...(lots.length === 0
            ? []
            : ['', ...lotTable(view.lots.filter((lot) => lot.available > 0n || lot.held > 0n))]),
        ])
      })
    })
}

const lotTable = (
  lots: readonly {
    grant_name: string | null
    tranche: number
    expires_at: string | null
    vested: bigint
    available: bigint
    held: bigint
  }[],
): readonly string[] =>
  table([
    ['lots in draw order', 'expires', 'vested', 'available', 'held'],
    ...lots.map((lot) => [
      `${lot.grant_name ?? 'a grant'}, tranche ${lot.tranche}`,
      lot.expires_at?.slice(0, 10) ?? 'never',
      formatUsd(lot.vested, 'exact'),
      formatUsd(lot.available, 'exact'),
      formatUsd(lot.held, 'exact'),
    ]),
  ])
