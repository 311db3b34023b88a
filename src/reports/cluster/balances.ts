import { parseAsset, type Asset, type Tier } from '#base/asset.ts'
import { dayOf, type DateText, type Millis } from '#base/time.ts'
import type { Sql } from '#db/sql.ts'
import type { Balances } from '#ledger/types.ts'
import { wallets } from '../wallets.ts'
import { PREEMPTED, type Pledge } from './facts.ts'
import { daysOf, periodOf, thisMonth } from './month.ts'
import { gpusAtOnce, inForce, termsOf } from './promised.ts'
import { pledges, runs } from './store.ts'

/** What a person has of one accelerator and tier. Amounts are GPU-seconds. */
export type BalanceView = Balances & {
  readonly asset: Asset
  readonly accelerator: string
  readonly tier: Tier
  readonly next_vest: { readonly date: DateText; readonly quantity: bigint } | null
  readonly next_expiry: { readonly date: DateText; readonly amount: bigint } | null
  /** GPUs of jobs that run, and that wait. */
  readonly running_gpus: number
  readonly waiting_gpus: number
  /** What was promised of it and holds now; null: nothing. */
  readonly promise: {
    readonly queue_wait: { readonly percentile: number; readonly seconds: number } | null
    readonly preemptions: { readonly used: number; readonly allowed: number } | null
    readonly uptime: string | null
    readonly gpus_at_once: number | null
  } | null
}

export type BalancesView = { readonly month: string; readonly balances: readonly BalanceView[] }

/** One line for each accelerator and tier, as the wallets stand. */
export async function balances(sql: Sql, person: string, now: Millis): Promise<BalancesView> {
  const month = thisMonth(now)
  const own = (await wallets(sql, person, now)).wallets
  const promised = await pledges(sql, { person, ...daysOf(month) })
  const live = await inUse(sql, person)
  const lanes = new Set([...own.map(({ asset }) => asset), ...promised.map(({ asset }) => asset)])
  const lines: BalanceView[] = []
  for (const asset of lanes) {
    const unit = parseAsset(asset)
    if (unit?.denomination !== 'gpu_hour') continue
    const { accelerator = '', tier = 'spot' } = unit.unit
    const wallet = own.find((one) => one.asset === asset)
    const pledged = promised.filter((one) => one.asset === asset).map(({ pledge }) => pledge)
    const { running = 0, waiting = 0 } = live.get(asset) ?? {}
    lines.push({
      ...NOTHING,
      ...(wallet && only(wallet)),
      asset,
      accelerator,
      tier,
      next_vest: wallet?.next_vest
        ? { date: wallet.next_vest.date, quantity: wallet.next_vest.quantity }
        : null,
      next_expiry: wallet?.next_expiry ?? null,
      running_gpus: running,
      waiting_gpus: waiting,
      promise: await promiseOf(sql, { person, asset, tier, pledged, month, now }),
    })
  }
  return { month, balances: lines.toSorted((a, b) => (a.asset < b.asset ? -1 : 1)) }
}

async function promiseOf(
  sql: Sql,
  ask: {
    person: string
    asset: Asset
    tier: Tier
    pledged: readonly Pledge[]
    month: string
    now: Millis
  },
): Promise<BalanceView['promise']> {
  const { person, asset, tier, now } = ask
  const month = periodOf(ask.month, now)
  const today = dayOf(now)
  const held = inForce(ask.pledged, month).filter(
    ({ from, until }) => from <= today && (until === null || until > today),
  )
  if (held.length === 0) return null
  const terms = termsOf(held, tier)
  const wait = terms.queueWait?.value
  const ended = terms.preemptions ? await runs(sql, { person, asset }, month) : []
  const used = ended.filter(
    ({ state, endedAt }) => state === PREEMPTED && endedAt !== null && endedAt >= month.from,
  )
  return {
    queue_wait: wait ? { percentile: wait.percentile, seconds: wait.most / 1_000 } : null,
    preemptions: terms.preemptions && { used: used.length, allowed: terms.preemptions.value },
    uptime: terms.uptime?.value ?? null,
    gpus_at_once: gpusAtOnce(terms),
  }
}

async function inUse(
  sql: Sql,
  person: string,
): Promise<ReadonlyMap<string, { readonly running: number; readonly waiting: number }>> {
  const rows = await sql.query<{ asset: string; running: number; waiting: number }>(
    `select asset, coalesce(sum(gpus * tasks) filter (where started_at is not null), 0)::int as running,
       coalesce(sum(gpus * tasks) filter (where started_at is null), 0)::int as waiting
     from cluster.job where person_id = $1 and asset is not null and state <> 'gone' and verdict <> 'refused' group by asset`,
    [person],
  )
  return new Map(rows.map(({ asset, ...use }) => [asset, use]))
}

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

const only = (of: Balances): Balances => ({
  granted: of.granted,
  unvested: of.unvested,
  available: of.available,
  held: of.held,
  spent: of.spent,
  expired: of.expired,
  forfeited: of.forfeited,
  revoked: of.revoked,
})
