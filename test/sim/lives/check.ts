import { DAY } from '#base/time.ts'
import type { Balances } from '#ledger/types.ts'
import type { Lives } from '../../support/life.ts'

/** A wallet as its running totals had it at an instant. */
export type Seen = { readonly wallet: string; readonly at: number; readonly balances: Balances }

/**
 * Grants whose equation does not hold, lots below zero, and plans that are not what is unvested, with their person: of the
 * wallets that have changed since then (all, when absent).
 */
export const broken = ({ db }: Lives, since: number | null): Promise<{ person: string; what: string }[]> =>
  db.query(
    `select w.person_id as person,
       format('grant %s of %s: granted %s, unvested %s, forfeited %s, revoked %s; lots %s; planned %s, vested %s of %s',
         g.grant_id, c.name, g.granted, g.unvested, g.forfeited, g.revoked, row_to_json(l), p.upcoming, p.vested, g.vested) as what
     from ledger.wallet w join ledger.grant_book g on g.wallet_id = w.id
     join grants.grant c on c.id = g.grant_id
     cross join lateral (
       select coalesce(sum(available + held + spent + expired + revoked), 0) as total,
         coalesce(min(least(available, held, spent, expired, revoked)), 0) as least
       from ledger.lot where grant_id = g.grant_id
     ) l
     cross join lateral (
       select coalesce(sum(quantity) filter (where vested_at is null and forfeited_at is null and superseded_at is null), 0) as upcoming,
         coalesce(sum(quantity) filter (where vested_at is not null), 0) as vested
       from grants.tranche where grant_id = g.grant_id
     ) p
     where ($1::timestamptz is null or w.last_at >= $1)
       and (g.granted <> g.unvested + g.forfeited + g.revoked + l.total or l.least < 0 or p.upcoming > g.unvested
         or p.vested <> g.vested or (c.status = 'ended' and g.unvested <> 0))
     limit 5`,
    [since === null ? null : new Date(since).toISOString()],
  )

/** How some wallets stand now. */
export async function look({ db, ledger, world }: Lives, wallets: readonly string[]): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const wallet of wallets)
    seen.push({ wallet, at: world.now(), balances: await ledger.balances(db, wallet) })
  return seen
}

type Entry = { at: number; source: string; target: string; amount: bigint }

/** What was seen then is what is answered now for that time, and what a replay of the entries up to it gives. */
export async function remembered(
  { db, ledger }: Lives,
  seen: readonly Seen[],
): Promise<{ wallet: string; what: string }[]> {
  const wrong: { wallet: string; what: string }[] = []
  const entries = new Map<string, readonly Entry[]>()
  for (const { wallet, at, balances } of seen) {
    const then = await ledger.balancesAt(db, wallet, at)
    const history = entries.get(wallet) ?? (await historyOf(db, wallet))
    entries.set(wallet, history)
    const replayed = replay(history.filter((entry) => entry.at <= at))
    const text = (of: Balances): string =>
      JSON.stringify(of, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 0)
    const [a, b, c] = [balances, then, replayed].map((of) => text(sorted(of)))
    if (a === b && b === c) continue
    const day = new Date(at - (at % DAY)).toISOString().slice(0, 10)
    wrong.push({ wallet, what: `as of ${day} it was ${a}; now it is told as ${b}, and replayed as ${c}` })
  }
  return wrong
}

const sorted = ({
  granted,
  unvested,
  available,
  held,
  spent,
  expired,
  forfeited,
  revoked,
}: Balances): Balances => ({
  granted,
  unvested,
  available,
  held,
  spent,
  expired,
  forfeited,
  revoked,
})

const historyOf = (db: Lives['db'], wallet: string): Promise<Entry[]> =>
  db.query<Entry>(
    `select e.at, e.source, e.target, e.amount from ledger.grant_book g
     cross join lateral (
       select e.* from ledger.entry e where e.grant_id = g.grant_id
       union all
       select e.* from ledger.lot l join ledger.entry e on e.lot_id = l.id where l.grant_id = g.grant_id
     ) e where g.wallet_id = $1 order by e.at, e.seq`,
    [wallet],
  )

/** Entry by entry, as the accounts say; no account but `promised` is ever below zero on the way. */
function replay(entries: readonly Entry[]): Balances {
  const accounts = new Map<string, bigint>()
  const add = (account: string, amount: bigint): void =>
    void accounts.set(account, (accounts.get(account) ?? 0n) + amount)
  for (const { source, target, amount } of entries) {
    add(source, -amount)
    add(target, amount)
  }
  const of = (account: string): bigint => accounts.get(account) ?? 0n
  return {
    granted: -of('promised'),
    unvested: of('unvested'),
    available: of('available'),
    held: of('held'),
    spent: of('spent'),
    expired: of('expired'),
    forfeited: of('forfeited'),
    revoked: of('revoked'),
  }
}
