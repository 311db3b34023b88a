import { isAsset, type Asset } from '#base/asset.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import { balances, lots } from '#ledger/reads.ts'
import type { Balances, Lot } from '#ledger/types.ts'
import { grants, type GrantView } from './grants.ts'

/** One wallet of a person, in the smallest unit of its asset. */
export type AssetWalletView = Balances & {
  readonly asset: Asset
  readonly next_vest: {
    readonly date: DateText
    readonly quantity: bigint
    readonly grant_id: string
    readonly grant_name: string
  } | null
  /** The soonest day on which something can be lost, and at most how much. */
  readonly next_expiry: { readonly date: DateText; readonly amount: bigint } | null
  /** What its lots allow to be exchanged, and how much of what is available that concerns. */
  readonly convertible: readonly { readonly to: Asset; readonly amount: bigint }[]
}

export type WalletsView = { readonly wallets: readonly AssetWalletView[] }

/** Dollars first. Index: wallet (person_id, asset), lot_wallet, tranche's key. */
export async function wallets(sql: Sql, person: string, now: Millis): Promise<WalletsView> {
  const rows = await sql.query<{ id: string; asset: string }>(
    `select id, asset from ledger.wallet where person_id = $1 order by asset <> 'USD', asset`,
    [person],
  )
  const promised = await grants(sql, person, now)
  const views: AssetWalletView[] = []
  for (const { id, asset } of rows) {
    if (!isAsset(asset)) continue
    const own = promised.filter((grant) => grant.asset === asset)
    views.push({ asset, ...(await balances(sql, id)), ...coming(own, await lots(sql, id)) })
  }
  return { wallets: views }
}

function coming(
  promised: readonly GrantView[],
  own: readonly Lot[],
): Pick<AssetWalletView, 'next_vest' | 'next_expiry' | 'convertible'> {
  const [next] = promised
    .flatMap(({ id, name, next_vest: vest }) => (vest ? [{ ...vest, grant_id: id, grant_name: name }] : []))
    .toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.grant_id < b.grant_id ? -1 : 1))
  const open = own.filter(({ available, held }) => available + held > 0n)
  const ends = open.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [dayOf(expiresAt)])).toSorted()
  const [date] = ends
  const lost = open.filter(({ expiresAt }) => expiresAt !== null && dayOf(expiresAt) === date)
  const targets = [...new Set(open.flatMap(({ scope }) => scope.exchange ?? []))].filter(isAsset)
  return {
    next_vest: next ?? null,
    next_expiry:
      date === undefined
        ? null
        : { date, amount: lost.reduce((sum, { available, held }) => sum + available + held, 0n) },
    convertible: targets.toSorted().map((to) => ({
      to,
      amount: open
        .filter(({ scope }) => scope.exchange?.includes(to))
        .reduce((sum, { available }) => sum + available, 0n),
    })),
  }
}
