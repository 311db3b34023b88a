import { writeSync } from 'node:fs'
import { openLedger as openReal, type Ledger } from '#ledger/ledger.ts'
import type { HoldRequest, HoldResult, ReleaseResult, SettleRequest, SettleResult } from '#ledger/types.ts'

export type { Ledger }

/** What a process says when it ends, on standard error after this word. */
export const TOLD = 'memory ledger '
export type Told = { readonly records: number; readonly charged: string; readonly open: number }

/** More than anybody spends in a bench. */
const MONEY = 1_000_000_000_000_000n

type Held = { readonly wallet: string; readonly amount: bigint }

/** The real ledger, with holds and settlements in memory: the same arithmetic, nothing committed. */
export function openLedger(options: Parameters<typeof openReal>[0]): Ledger {
  const real = openReal(options)
  const available = new Map<string, bigint>()
  const held = new Map<string, Held>()
  let records = 0
  let charged = 0n
  process.once('exit', () => {
    const told: Told = { records, charged: String(charged), open: held.size }
    writeSync(2, `${TOLD}${JSON.stringify(told)}\n`)
  })

  const end = (id: string, cost: bigint): SettleResult => {
    const hold = held.get(id)
    if (!hold) return { kind: 'unknown_hold' }
    held.delete(id)
    const taken = cost < hold.amount ? cost : hold.amount
    available.set(hold.wallet, (available.get(hold.wallet) ?? 0n) + hold.amount - taken)
    return { kind: 'settled', charged: taken, absorbed: cost - taken, replayed: false }
  }

  return {
    ...real,
    hold: ({ id, wallet, min, max }: HoldRequest): Promise<HoldResult> => {
      const before = available.get(wallet) ?? MONEY
      if (before < min) return Promise.resolve({ kind: 'short', available: before, held: 0n })
      const amount = before < max ? before : max
      available.set(wallet, before - amount)
      held.set(id, { wallet, amount })
      return Promise.resolve({ kind: 'held', amount, replayed: false })
    },
    settle: ({ id, cost }: SettleRequest): Promise<SettleResult> => {
      const ended = end(id, cost)
      if (ended.kind === 'settled') {
        records += 1
        charged += ended.charged
      }
      return Promise.resolve(ended)
    },
    release: ({ id }): Promise<ReleaseResult> =>
      Promise.resolve(
        end(id, 0n).kind === 'settled' ? { kind: 'released', replayed: false } : { kind: 'unknown_hold' },
      ),
    // What the real replica beside it has to do is not this one's work.
    lapse: () => Promise.resolve(0),
    seal: () => Promise.resolve(0),
  }
}
