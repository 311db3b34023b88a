import { uuidOf } from '#base/id.ts'
import { invariant } from '#base/invariant.ts'
import { HOUR, MINUTE, type DateText, type Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { HoldRequest, Purpose, Scope } from '#ledger/types.ts'
import type { Prices } from '#prices/prices.ts'
import type { Alerts } from '#spending/alerts/alerts.ts'
import { monthOf, PRODUCT, PROVIDER, type Use } from './claude.ts'
import * as store from './store.ts'

/** Whose seat it is: the holder of the key that told of it. */
export type Holder = {
  readonly person: string
  /** The wallet of dollars that the key spends: calls that were metered there are no use of a seat. */
  readonly wallet: string
  readonly key: string | null
  readonly purpose: Purpose
}

export type Recorded = {
  readonly recorded: number
  readonly repeated: number
  /** Not recorded, because the gateway metered them. */
  readonly routed: number
  /** Months that turned out to have no seat, each told once. */
  readonly unbacked: readonly DateText[]
}

export type Seats = ReturnType<typeof openSeats>

type Backing = 'backed' | 'unbacked' | 'found_unbacked'

/** One statement's worth. */
const BATCH = 1_000
const ONE_SEAT = 1n
/** Between a hold and its settlement lie milliseconds; a process that ends between them is charged by the lapse. */
const HOLD_FOR = 10 * MINUTE
const PENDING_AFTER = MINUTE
const SWEEP = 200

/** The call that spends a seat: the same person, product and month always give the same id, so it is spent once. */
export const seatId = (person: string, month: DateText): string => uuidOf('seat', person, PRODUCT, month)

/**
 * Records what was used of a subscription, and spends one month of a seat for the first use in each UTC month. Uses without a
 * seat are recorded and alerted of, once a month, and never charged to anything else.
 */
export function openSeats({
  db,
  ledger,
  prices,
  world,
  alerts,
}: {
  db: Db
  ledger: Pick<Ledger, 'hold' | 'settle' | 'walletOf' | 'scopes'>
  prices: Pick<Prices, 'models'>
  world: Pick<World, 'now'>
  alerts: Pick<Alerts, 'record'>
}) {
  const admitting = async (purpose: Purpose): Promise<number[]> =>
    (await ledger.scopes(db)).filter(({ body }) => admits(body, purpose)).map(({ id }) => id)

  /** Asks the ledger for the month's seat. Every step may be repeated, by any process. */
  async function back(month: store.Month, purpose: Purpose): Promise<Backing> {
    const now = world.now()
    const wallet = await ledger.walletOf(db, month.person, 'SEAT_MONTH')
    if (!wallet) return unbacked(month, now)
    const id = seatId(month.person, month.month)
    const request: HoldRequest = {
      id,
      wallet: wallet.id,
      min: ONE_SEAT,
      max: ONE_SEAT,
      floor: ONE_SEAT,
      scopes: await admitting(purpose),
      expiresAt: now + HOLD_FOR,
      facts: {
        person: month.person,
        // A key's budget counts dollars.
        key: null,
        door: 'anthropic',
        route: 'seat',
        model: PRODUCT,
        class: 'seat',
        provider: PROVIDER,
        upstream: 'subscription',
        purpose,
        priceVersion: priceVersion(),
      },
    }
    const held = await ledger.hold(request, now)
    if (held.kind === 'short' || held.kind === 'unknown_wallet') return unbacked(month, now)
    // A conflict says that this month's seat was spent before: the settlement below then only repeats it.
    const settled = await ledger.settle(
      {
        id,
        cost: ONE_SEAT,
        tokens: { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, reasoning: 0 },
        status: 'ok',
        estimated: false,
        providerId: null,
        startedAt: now,
      },
      now,
    )
    invariant(settled.kind === 'settled' || settled.kind === 'late', 'a seat that was held is spent')
    await store.markBacked(db, month, id, now)
    return 'backed'
  }

  const unbacked = (month: store.Month, now: Millis): Promise<Backing> =>
    db.tx(async (sql) => {
      if (!(await store.markUnbacked(sql, month, now))) return 'unbacked'
      const { person, product } = month
      const facts = { kind: 'seat_unbacked', product, month: month.month.slice(0, 7) } as const
      await alerts.record(sql, { person, at: now, facts, cause: `seat:${person}:${product}:${facts.month}` })
      return 'found_unbacked'
    })

  async function ofSeats(wallet: string, told: readonly Use[]): Promise<readonly Use[]> {
    if (told.length === 0) return told
    const since = told.reduce((first, { at }) => Math.min(first, at), told[0]!.at) - HOUR
    const ids = told.map(({ requestId }) => requestId)
    const known = await store.metered(db, wallet, ids, since)
    return known.size === 0 ? told : told.filter(({ requestId }) => !known.has(requestId))
  }

  /** The book in force: its newest version, although a seat's price is not in it. */
  const priceVersion = (): number => Math.max(1, ...prices.models(PROVIDER).map(({ version }) => version))

  return {
    record: async (holder: Holder, told: readonly Use[]): Promise<Recorded> => {
      const uses = await ofSeats(holder.wallet, told)
      const by = { person: holder.person, key: holder.key, product: PRODUCT }
      let recorded = 0
      const unbackedMonths: DateText[] = []
      for (let from = 0; from < uses.length; from += BATCH) {
        const batch = uses.slice(from, from + BATCH).map((use) => ({ ...use, month: monthOf(use.at) }))
        recorded += await store.insertUses(db, by, batch, world.now())
        // Also when nothing was new: whoever was told first may have ended before the seat was spent.
        const months = [...new Set(batch.map(({ month }) => month))]
        for (const month of await store.unbackedOf(db, by, months)) {
          const backing = await back(month, holder.purpose)
          if (backing === 'found_unbacked') unbackedMonths.push(month.month)
        }
      }
      return {
        recorded,
        repeated: uses.length - recorded,
        routed: told.length - uses.length,
        unbacked: unbackedMonths,
      }
    },

    /** Spends the seats of months that nobody came to ask for. Returns how many. */
    sweep: async (now: Millis): Promise<number> => {
      const left = await store.pending(db, now - PENDING_AFTER, SWEEP)
      let spent = 0
      for (const month of left) if ((await back(month, 'work')) === 'backed') spent += 1
      return spent
    },
  }
}

/** A seat is used as a whole, so a lot that names model classes is not one that pays for it. */
const admits = ({ classes, providers, purposes }: Scope, purpose: Purpose): boolean =>
  classes === undefined && (providers?.includes(PROVIDER) ?? true) && (purposes?.includes(purpose) ?? true)
