import { parseAsset, type Asset, type Exchangeable } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Sql } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { PersonLot } from '#ledger/reads.ts'
import { holdResult, releaseResult, settleResult, type SpendOp } from '#ledger/spend.ts'
import type { CallFacts, Purpose, Scope, Tokens } from '#ledger/types.ts'
import type { Rate } from '#prices/exchange.ts'
import { isSpendable, named, offers, share, type Offer } from './exchanger.ts'
import { admits } from './policy.ts'

/** Whose GPU time a job uses, and for what. */
export type JobPayer = {
  readonly person: string
  /** GPU-seconds of an accelerator and tier. */
  readonly asset: Asset
  readonly purpose: Purpose
  /** The cluster: what a scope may name as a provider. */
  readonly cluster: string
}

export type JobHold = { readonly id: string; readonly amount: bigint; readonly expiresAt: Millis }

export type JobFunds =
  | { readonly kind: 'held'; readonly wallet: string }
  /** `available` is what there is for such a job, with what could be exchanged; `held` what other jobs of the wallet hold. */
  | { readonly kind: 'short'; readonly needed: bigint; readonly available: bigint; readonly held: bigint }

/** What runs without a hold used: of `cost` at most `most` is the person's, the rest the company's. */
export type JobCharge = {
  readonly id: string
  readonly payer: JobPayer
  readonly most: bigint
  readonly cost: bigint
  readonly startedAt: Millis
}

export type JobCost = {
  readonly charged: bigint
  readonly absorbed: bigint
}

export type JobEnd = {
  readonly id: string
  readonly cost: bigint
  readonly startedAt: Millis
  /** The accounting's key, for reconciliation; null: several runs together. */
  readonly record: string | null
}

/** By payer. */
export type JobWallets = ReadonlyMap<string, string>

type Need = {
  readonly wallet: string
  readonly needed: bigint
  readonly all: boolean
  readonly locked: ReadonlySet<string>
}
type Brought = { readonly available: bigint; readonly held: bigint; readonly enough: boolean }

export type Jobs = ReturnType<typeof openJobs>

/** What a scope's list of model classes would have to name; a lot that names classes and not this pays for no job. */
export const JOB_CLASS = 'gpu'

/**
 * GPU jobs in the ledger: holds, settlements and corrections, each within the caller's transaction, so that they stand or fall with the
 * rows that say which job they are for. A wallet that is short draws on others through the exchange table first.
 */
export function openJobs({
  ledger,
  rateOf,
  world,
}: {
  ledger: Pick<
    Ledger,
    | 'openWallet'
    | 'lotsOf'
    | 'openLotsOf'
    | 'walletsOf'
    | 'lockTogether'
    | 'converted'
    | 'scopes'
    | 'spendIn'
    | 'prolonged'
    | 'adjusted'
    | 'unabsorbed'
  >
  rateOf: (from: Exchangeable, to: Exchangeable, at: Millis) => Rate | null
  world: World
}) {
  const offersFor = (lots: readonly PersonLot[], payer: JobPayer, now: Millis): readonly Offer[] =>
    offers(lots, callOf(payer), now, (asset) => rateOf(asset, payer.asset, now), payer.asset, isForJobs)

  /** What the wallet has for such a job now, and what else could be exchanged into it. */
  function reach(lots: readonly PersonLot[], payer: JobPayer, now: Millis) {
    const own = lots.filter(({ asset }) => asset === payer.asset)
    const from = offersFor(lots, payer, now)
    return {
      available: sum(
        own
          .filter((lot) => isSpendable(lot, now) && admits(lot.scope, callOf(payer)))
          .map((lot) => lot.available),
      ),
      held: sum(own.map((lot) => lot.held)),
      worth: sum(from.map((offer) => offer.worth)),
      from,
    }
  }

  /** Brings what is missing, all of it or as far as there is something. Under the locks of all wallets that may pay. */
  async function bring(sql: Sql, payer: JobPayer, { wallet, needed, all, locked }: Need): Promise<Brought> {
    const lots = (await ledger.lotsOf(sql, payer.person)).filter((lot) => locked.has(lot.wallet))
    const now = world.now()
    const { available, held, worth, from } = reach(lots, payer, now)
    const enough = available + worth >= needed
    if (available < needed && (enough || !all)) {
      for (const { offer, amount } of share(from, needed - available))
        await ledger.converted(sql, now, {
          id: world.id(),
          lot: offer.lot.id,
          amount,
          to: { wallet, asset: payer.asset },
          rate: offer.rate.rate,
          basis: offer.rate.basis,
        })
    }
    return { available: available + worth, held, enough }
  }

  /** The wallets of what could be exchanged for a payer now. */
  const sources = async (sql: Sql, payer: JobPayer): Promise<string[]> =>
    offersFor(await ledger.lotsOf(sql, payer.person), payer, world.now()).map(({ lot }) => lot.wallet)

  const release = async (sql: Sql, ids: readonly string[]): Promise<void> => {
    const at = world.now()
    const answers = await ledger.spendIn(
      sql,
      ids.map((id): SpendOp => ({ kind: 'release', at, id })),
    )
    for (const answer of answers) releaseResult(answer)
  }

  return {
    /**
     * All of these or none: the parts of a job run together. What stood `instead` is released first. When it is short, the transaction must
     * be given up.
     */
    async hold(
      sql: Sql,
      payer: JobPayer,
      holds: readonly JobHold[],
      instead: readonly string[] = [],
    ): Promise<JobFunds> {
      const needed = sum(holds.map(({ amount }) => amount))
      const wallet = await ledger.openWallet(sql, {
        id: world.id(),
        person: payer.person,
        asset: payer.asset,
      })
      const locked = new Set([wallet, ...(await sources(sql, payer))])
      await ledger.lockTogether(sql, [...locked], world.now())
      if (instead.length > 0) await release(sql, instead)
      const { available, held, enough } = await bring(sql, payer, { wallet, needed, all: true, locked })
      if (!enough) return { kind: 'short', needed, available, held }
      const scopes = admittingOf(await ledger.scopes(sql), payer)
      const at = world.now()
      const answers = await ledger.spendIn(
        sql,
        holds.map(({ id, amount, expiresAt }): SpendOp => {
          const facts = factsOf(payer)
          const bounds = { min: amount, max: amount, floor: 0n }
          return {
            kind: 'hold',
            at,
            request: { id, wallet, ...bounds, scopes, expiresAt, facts, owner: 'cluster' },
          }
        }),
      )
      for (const answer of answers)
        invariant(
          holdResult(answer).kind === 'held',
          'what was brought under the locks of its wallets can be held',
        )
      return { kind: 'held', wallet }
    },

    /**
     * Locks, in one order, the wallets of whoever is charged and those `beside` them, and brings what the first lack, as far as there is
     * something. The wallet of each payer; before all else that one transaction does with several.
     */
    async ready(
      sql: Sql,
      needs: readonly { readonly payer: JobPayer; readonly most: bigint }[],
      beside: readonly string[],
    ): Promise<JobWallets> {
      const found = await ledger.walletsOf(
        sql,
        needs.map(({ payer }) => payer),
      )
      const wallets = new Map<string, string>()
      const locked = new Set(beside)
      const lacking: { payer: JobPayer; wallet: string; most: bigint }[] = []
      for (const [index, { payer, most }] of needs.entries()) {
        const known = found[index]!
        const wallet = known.wallet ?? (await ledger.openWallet(sql, { id: world.id(), ...payer }))
        wallets.set(walletKey(payer), wallet)
        locked.add(wallet)
        if (known.available < most) lacking.push({ payer, wallet, most })
      }
      // Of all at once: a page may hold runs of many who have nothing left.
      const people = [...new Set(lacking.map(({ payer }) => payer.person))]
      const lots = people.length === 0 ? null : await ledger.openLotsOf(sql, people)
      const now = world.now()
      const short = lacking.filter(({ payer }) => {
        const from = offersFor(lots?.get(payer.person) ?? [], payer, now)
        for (const { lot } of from) locked.add(lot.wallet)
        return from.length > 0
      })
      if (locked.size > 0) await ledger.lockTogether(sql, [...locked], world.now())
      for (const { payer, wallet, most } of short)
        await bring(sql, payer, { wallet, needed: most, all: false, locked })
      return wallets
    },

    /** The real cost of runs that have a hold. What lies above it is the company's. */
    async settle(sql: Sql, ends: readonly JobEnd[]): Promise<readonly JobCost[]> {
      if (ends.length === 0) return []
      const at = world.now()
      const answers = await ledger.spendIn(
        sql,
        ends.map((end) => settleOp(end, at)),
      )
      return answers.map((answer) => costOf(answer))
    },

    /** Charges what ran without a hold, as far as its wallet has something. Its wallets are `ready`. */
    async charge(sql: Sql, wallets: JobWallets, charges: readonly JobCharge[]): Promise<readonly JobCost[]> {
      if (charges.length === 0) return []
      const known = await ledger.scopes(sql)
      const admitting = new Map<string, number[]>()
      const at = world.now()
      const holds = charges.map(({ id, payer, most }): SpendOp => {
        const kind = `${payer.cluster} ${payer.purpose}`
        const scopes = admitting.get(kind) ?? admittingOf(known, payer)
        admitting.set(kind, scopes)
        const wallet = wallets.get(walletKey(payer))
        invariant(wallet !== undefined, 'whoever is charged has a wallet that is ready')
        const bounds = { min: 0n, max: most, floor: 0n }
        const facts = factsOf(payer)
        const request = { id, wallet, ...bounds, scopes, expiresAt: at + 1, facts, owner: 'cluster' } as const
        return { kind: 'hold', at, request }
      })
      for (const answer of await ledger.spendIn(sql, holds))
        invariant(holdResult(answer).kind === 'held', 'a hold of what there is always stands')
      const answers = await ledger.spendIn(
        sql,
        charges.map(({ id, cost, startedAt }) => settleOp({ id, cost, startedAt, record: null }, at)),
      )
      return answers.map((answer) => costOf(answer))
    },

    /** Ends holds without charge. Those that ended before are left as they are. */
    release,

    /** Gives holds more time; answers those that still stand. */
    prolong: (sql: Sql, ids: readonly string[], until: Millis): Promise<ReadonlySet<string>> =>
      ledger.prolonged(sql, world.now(), { ids, until }),

    /** A person was charged too much of a run: it goes back into the lots that paid. */
    giveBack: async (
      sql: Sql,
      ask: { id: string; call: string; amount: bigint; reason: string },
    ): Promise<void> => void (await ledger.adjusted(sql, world.now(), ask)),

    /** The company paid too much of a run; `before` is what was taken back of that charge already. */
    async unabsorb(
      sql: Sql,
      {
        payer,
        ...ask
      }: { payer: JobPayer; id: string; call: string; amount: bigint; before: bigint; reason: string },
    ): Promise<void> {
      const wallet = await ledger.openWallet(sql, {
        id: world.id(),
        person: payer.person,
        asset: payer.asset,
      })
      await ledger.unabsorbed(sql, world.now(), { ...ask, wallet })
    },

    /** What there is for a job: of the wallet itself, and with what could be exchanged into it. */
    reach(lots: readonly PersonLot[], payer: JobPayer): { available: bigint; held: bigint; worth: bigint } {
      const { available, held, worth } = reach(lots, payer, world.now())
      return { available, held, worth }
    },
  }
}

/**
 * Nodes are their GPUs, and exaFLOP-days are meant to be computed, so both pay for jobs without a word of the contract; for a guaranteed
 * tier, which exaFLOP-days say nothing of, the contract has to name it, as it has to for dollars and everything else.
 */
export function isForJobs(lot: PersonLot, into: Asset): boolean {
  if (named(lot, into)) return true
  const [from, to] = [parseAsset(lot.asset), parseAsset(into)]
  if (to?.denomination !== 'gpu_hour') return false
  if (from?.denomination === 'node_hour')
    return from.unit.accelerator === to.unit.accelerator && from.unit.tier === to.unit.tier
  return from?.denomination === 'exaflop_day' && to.unit.tier !== 'guaranteed'
}

const admittingOf = (scopes: readonly { id: number; body: Scope }[], payer: JobPayer): number[] =>
  scopes.filter(({ body }) => admits(body, callOf(payer))).map(({ id }) => id)

const walletKey = ({ person, asset }: JobPayer): string => `${person} ${asset}`

const callOf = ({ cluster, purpose }: JobPayer) => ({ class: JOB_CLASS, provider: cluster, purpose })

const factsOf = ({ person, asset, cluster, purpose }: JobPayer): CallFacts => ({
  person,
  // A key's budget counts dollars.
  key: null,
  door: 'cluster',
  route: 'job',
  model: parseAsset(asset)?.unit.accelerator ?? asset,
  class: JOB_CLASS,
  provider: cluster,
  upstream: cluster,
  purpose,
  // GPU time is counted, not priced.
  priceVersion: 1,
})

const NO_TOKENS: Tokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
}

const settleOp = ({ id, cost, startedAt, record }: JobEnd, at: Millis): SpendOp => ({
  kind: 'settle',
  at,
  request: { id, cost, tokens: NO_TOKENS, status: 'ok', estimated: false, providerId: record, startedAt },
})

function costOf(answer: Parameters<typeof settleResult>[0]): JobCost {
  const result = settleResult(answer)
  invariant(result.kind === 'settled' && !result.replayed, 'a run is settled once, with its record')
  return { charged: result.charged, absorbed: result.absorbed }
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n)
