import type { World } from '#base/world.ts'
import type { Sql } from '#db/sql.ts'
import type { Jobs, JobWallets } from '#spending/jobs.ts'
import { payerOf, type Reading } from './reading.ts'
import * as store from './record-store.ts'
import type { Map as ClusterMap } from './types.ts'
import { corrected, least, type Parts } from './verdict.ts'

/** A run that was settled, and of which the accounting says something else now. */
export type Correction = { readonly reading: Reading; readonly known: store.KnownRow }

type Ledgers = {
  readonly sql: Sql
  readonly jobs: Jobs
  readonly world: World
  readonly map: ClusterMap
  readonly wallets: JobWallets
}

/** Whether it turned out to be another person's, or another accelerator's. */
export const isAnothers = ({ reading: { booked }, known }: Correction): boolean =>
  booked.person !== null &&
  booked.asset !== null &&
  (booked.person !== known.person || booked.asset !== known.asset)

/** Whose it is after the correction: what was settled stays its payer's where nobody else is known. */
export const payerAfter = (one: Correction): Pick<store.Booked, 'person' | 'asset' | 'purpose' | 'mode'> => {
  const { person, asset, purpose, mode } = isAnothers(one) ? one.reading.booked : one.known
  return { person, asset, purpose, mode }
}

/** Makes the ledger say what the accounting says now, by entries that reverse. */
export async function correct(
  ledgers: Ledgers,
  one: Correction,
): Promise<Parts & Pick<store.Booked, 'settledAt' | 'transfer' | 'held'>> {
  const { reading, known } = one
  const total = reading.booked.gpuSeconds
  const whole = reading.verdict.share
  const share = known.held === null ? whole : least(whole, known.held)
  const reason = `The accounting now says ${reading.record.stateText}, ${reading.record.elapsedSeconds} s.`
  let standing = known
  if (isAnothers(one)) {
    await move(ledgers, known, { charged: 0n, absorbed: 0n }, reason)
    standing = { ...known, ...payerAfter(one), charged: 0n, absorbed: 0n }
  }
  const parts = await move(ledgers, standing, corrected(standing, { share, total }), reason)
  const { settled_at: settledAt, held } = known
  const { charged, absorbed } = parts
  return { charged, absorbed, settledAt, held, transfer: known.transfer ?? parts.first }
}

/** From the parts that stand to others. When a wallet has too little for what is charged anew, the company pays it. */
export async function move(
  { sql, jobs, world, map, wallets }: Ledgers,
  known: store.KnownRow,
  target: Parts,
  reason: string,
): Promise<Parts & { readonly first: string | null }> {
  const { cluster } = map
  const now = world.now()
  const payer = payerOf(known, cluster.name)
  const earlier = await store.postingsOf(sql, cluster.id, known.record)
  let n = earlier.reduce((most, posting) => Math.max(most, posting.n), 0)
  const put = async (posting: Omit<store.Posting, 'record' | 'n' | 'reason'>): Promise<void> => {
    n += 1
    await store.insertPosting(sql, cluster.id, { ...posting, record: known.record, n, reason }, now)
  }
  const charges = chargesOf(known, earlier)
  let back = known.charged - target.charged
  for (const charge of charges.toReversed()) {
    const amount = least(back, charge.charged)
    if (amount <= 0n) continue
    const transfer = world.id()
    await jobs.giveBack(sql, { id: transfer, call: charge.transfer, amount, reason })
    await put({ transfer, kind: 'give_back', charged: -amount, absorbed: 0n, cause: charge.transfer })
    back -= amount
  }
  let less = known.absorbed - target.absorbed
  for (const charge of charges.toReversed()) {
    const amount = least(less, charge.absorbed)
    if (amount <= 0n) continue
    const transfer = world.id()
    const before = await store.unabsorbedOf(sql, cluster.id, charge.transfer)
    await jobs.unabsorb(sql, { payer, id: transfer, call: charge.transfer, amount, before, reason })
    await put({ transfer, kind: 'unabsorb', charged: 0n, absorbed: -amount, cause: charge.transfer })
    less -= amount
  }
  const most = target.charged > known.charged ? target.charged - known.charged : 0n
  const absorbs = target.absorbed > known.absorbed ? target.absorbed - known.absorbed : 0n
  if (most + absorbs === 0n) return { ...target, first: null }
  const transfer = world.id()
  const [cost] = await jobs.charge(sql, wallets, [
    { id: transfer, payer, most, cost: most + absorbs, startedAt: now },
  ])
  const charged = cost?.charged ?? 0n
  await put({ transfer, kind: 'charge', charged, absorbed: most + absorbs - charged, cause: null })
  return {
    charged: target.charged - most + charged,
    absorbed: target.absorbed + most - charged,
    first: known.transfer === null ? transfer : null,
  }
}

type Charge = { readonly transfer: string; readonly charged: bigint; readonly absorbed: bigint }

/** The charges of a record with what is left of each after what was taken back. */
function chargesOf(known: store.KnownRow, postings: readonly store.Posting[]): readonly Charge[] {
  const later = postings.filter(({ kind }) => kind === 'charge')
  const taken = (transfer: string, part: 'charged' | 'absorbed'): bigint =>
    postings.filter(({ cause }) => cause === transfer).reduce((sum, posting) => sum + posting[part], 0n)
  const all = postings.reduce(
    (sum, posting) => ({ charged: sum.charged + posting.charged, absorbed: sum.absorbed + posting.absorbed }),
    { charged: 0n, absorbed: 0n },
  )
  // What was charged first is what stands, without all that came later.
  const first =
    known.transfer !== null && !later.some(({ transfer }) => transfer === known.transfer)
      ? [
          {
            transfer: known.transfer,
            charged: known.charged - all.charged,
            absorbed: known.absorbed - all.absorbed,
          },
        ]
      : []
  return [...first, ...later].map(({ transfer, charged, absorbed }) => ({
    transfer,
    charged: charged + taken(transfer, 'charged'),
    absorbed: absorbed + taken(transfer, 'absorbed'),
  }))
}
