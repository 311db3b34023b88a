import { randomBytes } from 'node:crypto'
import { uuid7, uuidOf } from '#base/id.ts'
import { MINUTE } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { CallFacts } from '#ledger/types.ts'

/** Enough that no wallet runs dry. */
const LARGE = 1_000_000_000_000n
/** Soon used up, so that holds of the wallets with three lots often span two. */
const SMALL = 10_000n
const MAX_HOLD = 3_000
const WARM_UP = 150

export type Measured = {
  readonly callsPerSecond: number
  /** All that were made, those of the warm-up too. */
  readonly calls: number
  readonly hold: { readonly p50: number; readonly p99: number }
  readonly settle: { readonly p50: number; readonly p99: number }
}

/** Wallets with one lot each that never runs dry. */
export async function openWallets(db: Db, ledger: Ledger, count: number): Promise<readonly string[]> {
  const now = Date.now()
  const ids = Array.from({ length: count }, (_, index) => uuidOf('bench wallet', String(index)))
  const open = async (slice: readonly string[]): Promise<void> => {
    await db.tx(async (sql) => {
      for (const id of slice) {
        await ledger.openWallet(sql, { id, person: id, asset: 'USD' })
        await ledger.granted(sql, now, { grant: id, wallet: id, quantity: 2n * LARGE })
      }
      await ledger.vested(sql, now, slice.map(trancheOf(now, 1, LARGE)))
    })
  }
  const size = Math.ceil(count / 8)
  await Promise.all(Array.from({ length: 8 }, (_, part) => open(ids.slice(part * size, (part + 1) * size))))
  return ids
}

/** Two small lots more for each wallet, drawn before the large one. */
export async function addLots(db: Db, ledger: Ledger, wallets: readonly string[]): Promise<void> {
  const now = Date.now()
  for (let from = 0; from < wallets.length; from += 1_000) {
    const slice = wallets.slice(from, from + 1_000)
    await db.tx(async (sql) => {
      for (const tranche of [2, 3]) await ledger.vested(sql, now, slice.map(trancheOf(now, tranche, SMALL)))
    })
  }
}

const trancheOf = (now: number, tranche: number, quantity: bigint) => (grant: string) => ({
  grant,
  tranche,
  quantity,
  priority: tranche === 1 ? 50 : 10 * tranche,
  scope: {},
  effectiveAt: now,
  expiresAt: null,
})

const factsOf = (person: string): CallFacts => ({
  person,
  key: person,
  door: 'openai',
  route: '/v1/chat/completions',
  model: 'gpt-5.2',
  class: 'standard',
  provider: 'openai',
  upstream: 'demo',
  purpose: 'work',
  priceVersion: 1,
})

/** `inFlight` callers, each making one call after the other: a hold, then its settle at 0.2 to 1.2 times the hold. */
export async function measure(
  ledger: Ledger,
  wallets: readonly string[],
  inFlight: number,
  seconds: number,
): Promise<Measured> {
  const holds: number[] = []
  const settles: number[] = []
  let calls = 0
  const from = performance.now() + WARM_UP
  const until = from + seconds * 1_000
  const caller = async (): Promise<void> => {
    for (;;) {
      const start = performance.now()
      if (start >= until) return
      const wallet = wallets[Math.floor(Math.random() * wallets.length)]!
      const held = await hold(ledger, wallet)
      const between = performance.now()
      await settle(ledger, held)
      const end = performance.now()
      calls += 1
      if (end < from || end > until) continue
      holds.push(between - start)
      settles.push(end - between)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  return { callsPerSecond: settles.length / seconds, calls, hold: spread(holds), settle: spread(settles) }
}

async function hold(ledger: Ledger, wallet: string): Promise<{ id: string; amount: bigint }> {
  const now = Date.now()
  const id = uuid7(now, randomBytes(10))
  const amount = BigInt(MAX_HOLD / 3 + Math.floor((Math.random() * MAX_HOLD * 2) / 3))
  const made = await ledger.hold(
    {
      id,
      wallet,
      min: amount,
      max: amount,
      scopes: null,
      expiresAt: now + 10 * MINUTE,
      floor: 0n,
      facts: factsOf(wallet),
    },
    now,
  )
  if (made.kind !== 'held') throw new Error(`a hold was answered ${made.kind}`)
  return { id, amount: made.amount }
}

async function settle(ledger: Ledger, { id, amount }: { id: string; amount: bigint }): Promise<void> {
  const now = Date.now()
  const cost = (amount * BigInt(20 + Math.floor(Math.random() * 100))) / 100n
  const tokens = { input: 1_200, cacheRead: 800, cacheWrite5m: 0, cacheWrite1h: 0, output: 350, reasoning: 0 }
  const made = await ledger.settle(
    { id, cost, tokens, status: 'ok', estimated: false, providerId: `resp_${id}`, startedAt: now },
    now,
  )
  if (made.kind !== 'settled') throw new Error(`a settle was answered ${made.kind}`)
}

function spread(times: number[]): { p50: number; p99: number } {
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}
