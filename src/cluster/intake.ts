import { invariant } from '#base/invariant.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { Jobs, JobWallets } from '#spending/jobs.ts'
import { correct, payerAfter, type Correction } from './correct.ts'
import { detailOf, groupsOf, isWhole, needsOf, usesOf, type ChargeGroup } from './grouping.ts'
import { holdsOf, settleHolds, type HoldRow } from './job-store.ts'
import { payerOf, rowOf, type Reading } from './reading.ts'
import * as store from './record-store.ts'
import { lockCluster } from './store.ts'
import type { Map as ClusterMap } from './types.ts'
import { least } from './verdict.ts'

export type Taken = {
  readonly read: number
  /** Told for the first time; told before and the same; told before, and something else now. */
  readonly fresh: number
  readonly repeated: number
  readonly changed: number
  readonly settled: number
  readonly gpuSeconds: bigint
}

export const NOTHING_TAKEN: Taken = { read: 0, fresh: 0, repeated: 0, changed: 0, settled: 0, gpuSeconds: 0n }

type Known = store.KnownRow
type Settled = { readonly reading: Reading; readonly before: Known | null; readonly parts: Parts }
type Parts = Pick<store.Booked, 'charged' | 'absorbed' | 'settledAt' | 'transfer' | 'held'>

const UNSETTLED: Parts = { charged: 0n, absorbed: 0n, settledAt: null, transfer: null, held: null }

/**
 * Takes what the accounting tells. A page is one transaction: its records, what of them is charged, the ends of their holds. What was told before
 * and is the same changes nothing; what is told differently is corrected by entries that reverse.
 */
export function openIntake({ db, world, jobs }: { db: Db; world: World; jobs: Jobs }) {
  async function take(map: ClusterMap, page: readonly Reading[]): Promise<Taken> {
    if (page.length === 0) return NOTHING_TAKEN
    // The last word counts where a page says something twice.
    const told = new Map(page.map((reading) => [reading.record.record, reading]))
    return db.tx(async (sql) => {
      await lockCluster(sql, map.cluster.id)
      const { fresh, known } = await news(sql, map, told)
      if (fresh.length === 0) return { ...NOTHING_TAKEN, read: page.length, repeated: page.length }
      const taken = await takeNew(sql, map, fresh, known)
      return { ...taken, read: page.length, repeated: page.length - taken.fresh - taken.changed }
    })
  }

  /** Those that are not known, or are told differently now, or could belong to somebody now; and which of them are known. */
  async function news(
    sql: Sql,
    map: ClusterMap,
    told: ReadonlyMap<string, Reading>,
  ): Promise<{ readonly fresh: readonly Reading[]; readonly known: readonly string[] }> {
    const standing = await store.toldOf(sql, map.cluster.id, [...told.keys()])
    if (standing.length === 0) return { fresh: [...told.values()], known: [] }
    const news = standing.filter((row) => row.open || told.get(row.record)?.told !== row.told)
    const there = new Set(standing.map(({ record }) => record))
    const known = news.map(({ record }) => record)
    const again = new Set(known)
    const fresh = [...told.values()].filter(
      ({ record: { record } }) => !there.has(record) || again.has(record),
    )
    return { fresh, known }
  }

  async function takeNew(
    sql: Sql,
    map: ClusterMap,
    told: readonly Reading[],
    standing: readonly string[],
  ): Promise<Taken> {
    const { id: cluster } = map.cluster
    const before = new Map(
      (standing.length === 0 ? [] : await store.known(sql, cluster, standing)).map((row) => [
        row.record,
        row,
      ]),
    )
    const readings = told.filter((reading) => {
      const known = before.get(reading.record.record)
      // What is still nobody's stays as it is.
      return !known || known.told !== reading.told || reading.counts
    })
    const now = world.now()
    const first = readings.filter(({ counts, record }) => counts && !before.get(record.record)?.settled_at)
    const later = readings.filter(({ record }) => before.get(record.record)?.settled_at)
    const holds = await holdsFor(sql, map, first)
    const groups = groupsOf(
      map,
      first.filter(({ record }) => !holds.has(record.record)),
    )
    const corrections = later.map((reading): Correction => {
      const known = before.get(reading.record.record)
      invariant(known, 'what was settled is known')
      return { reading, known }
    })
    const payers = new Map(corrections.map((one) => [one.reading.record.record, payerAfter(one)]))
    const shared = first.filter((reading) => holds.has(reading.record.record) && !isWhole(reading))
    const wallets = await jobs.ready(
      sql,
      [
        ...[...groups.values()].filter(({ cost }) => cost > 0n),
        ...shared.map(({ booked }) => ({ payer: payerOf(booked, map.cluster.name), most: 0n })),
        ...corrections.flatMap((one) => needsOf(map, one)),
      ],
      [...holds.values()].map(({ wallet_id: wallet }) => wallet),
    )
    const settled = new Map<string, Settled>()
    await settleHeld(sql, map, wallets, first, before, holds, settled)
    await chargeGroups(sql, wallets, groups, before, settled)
    for (const correction of corrections) {
      const parts = await correct({ sql, jobs, world, map, wallets }, correction)
      settled.set(correction.reading.record.record, { ...correction, before: correction.known, parts })
    }
    const changed = readings.filter(({ record }) => before.has(record.record))
    if (changed.length > 0)
      await store.keepRevisions(
        sql,
        cluster,
        changed.map(({ record }) => record.record),
        now,
      )
    await store.putRecords(
      sql,
      cluster,
      readings.map((reading) => {
        const revision = (before.get(reading.record.record)?.revision ?? -1) + 1
        const booked = { ...reading.booked, ...payers.get(reading.record.record) }
        return rowOf({ ...reading, booked }, revision, settled.get(reading.record.record)?.parts ?? UNSETTLED)
      }),
      now,
      { anew: changed.length === 0 },
    )
    await store.addUsed(sql, cluster, usesOf(map, readings, before))
    await store.insertReviews(sql, cluster, reviewsOf(readings, settled), now)
    return {
      read: told.length,
      fresh: readings.length - changed.length,
      repeated: 0,
      changed: changed.length,
      settled: settled.size,
      gpuSeconds: first.reduce((sum, { booked }) => sum + booked.gpuSeconds, 0n),
    }
  }

  /** The hold that each of these runs settles: one of those that its job has left. */
  async function holdsFor(
    sql: Sql,
    map: ClusterMap,
    readings: readonly Reading[],
  ): Promise<ReadonlyMap<string, HoldRow>> {
    const found = new Map<string, HoldRow>()
    if (readings.length === 0 || !(await store.anyOpenHolds(sql, map.cluster.id))) return found
    const roots = readings.map(({ root, record }) => ({ root, submittedAt: record.submittedAt }))
    const left = new Map<string, HoldRow[]>()
    for (const hold of await holdsOf(sql, map.cluster.id, roots)) {
      if (hold.state !== 'placed' && hold.state !== 'bound') continue
      const key = `${hold.root} ${hold.submitted_at} ${hold.unit}`
      const list = left.get(key)
      if (list) list.push(hold)
      else left.set(key, [hold])
    }
    for (const { root, unit, record, booked } of readings) {
      const own = left.get(`${root} ${record.submittedAt} ${unit}`)
      const index =
        own?.findIndex(
          ({ asset, person_id: person }) =>
            (booked.asset === null || asset === booked.asset) && person === booked.person,
        ) ?? -1
      const [hold] = index >= 0 ? (own?.splice(index, 1) ?? []) : []
      if (hold) found.set(record.record, hold)
    }
    return found
  }

  /** Each by its own hold. Where the company pays a part by rule, the hold is released, and the run charged by its parts. */
  async function settleHeld(
    sql: Sql,
    map: ClusterMap,
    wallets: JobWallets,
    readings: readonly Reading[],
    before: ReadonlyMap<string, Known>,
    holds: ReadonlyMap<string, HoldRow>,
    settled: Map<string, Settled>,
  ): Promise<void> {
    const own = readings.flatMap((reading) => {
      const hold = holds.get(reading.record.record)
      return hold ? [{ reading, hold }] : []
    })
    if (own.length === 0) return
    const now = world.now()
    const whole = own.filter(({ reading }) => isWhole(reading))
    const parted = own
      .filter(({ reading }) => !isWhole(reading))
      .map(({ reading, hold }) => ({ reading, hold, id: world.id() }))
    const costs = [
      ...(await jobs.settle(
        sql,
        whole.map(({ reading, hold }) => ({
          id: hold.id,
          cost: reading.booked.gpuSeconds,
          startedAt: reading.record.startedAt ?? now,
          record: reading.record.record,
        })),
      )),
    ]
    if (parted.length > 0) {
      await jobs.release(
        sql,
        parted.map(({ hold }) => hold.id),
      )
      const charges = parted.map(({ reading, hold, id }) => ({
        id,
        payer: payerOf(reading.booked, map.cluster.name),
        most: least(reading.verdict.share, hold.amount),
        cost: reading.booked.gpuSeconds,
        startedAt: reading.record.startedAt ?? now,
      }))
      costs.push(...(await jobs.charge(sql, wallets, charges)))
    }
    const ended = [...whole.map(({ reading, hold }) => ({ reading, hold, id: hold.id })), ...parted]
    await settleHolds(
      sql,
      ended.map(({ reading, hold }) => ({ id: hold.id, record: reading.record.record })),
      now,
    )
    for (const [index, { reading, hold, id }] of ended.entries())
      settled.set(reading.record.record, {
        reading,
        before: before.get(reading.record.record) ?? null,
        parts: { ...costs[index]!, settledAt: now, transfer: id, held: hold.amount },
      })
  }

  /** What has no hold: one charge for all that one wallet pays of a page for one purpose, given to its runs in the order of their ends. */
  async function chargeGroups(
    sql: Sql,
    wallets: JobWallets,
    groups: ReadonlyMap<string, ChargeGroup>,
    before: ReadonlyMap<string, Known>,
    settled: Map<string, Settled>,
  ): Promise<void> {
    const all = [...groups.values()]
    const now = world.now()
    const asked = all.filter(({ cost }) => cost > 0n).map((group) => ({ group, id: world.id() }))
    const costs = await jobs.charge(
      sql,
      wallets,
      asked.map(({ group, id }) => ({
        id,
        payer: group.payer,
        most: group.most,
        cost: group.cost,
        startedAt: group.readings.reduce(
          (first, { record }) => Math.min(first, record.startedAt ?? now),
          now,
        ),
      })),
    )
    const answers = new Map(
      asked.map(({ group, id }, index) => [group, { id, charged: costs[index]!.charged }]),
    )
    for (const group of all) {
      const answer = answers.get(group)
      let left = answer?.charged ?? 0n
      for (const reading of group.readings) {
        const charged = least(left, reading.verdict.share)
        left -= charged
        const used = reading.booked.gpuSeconds
        settled.set(reading.record.record, {
          reading,
          before: before.get(reading.record.record) ?? null,
          parts: {
            charged,
            absorbed: used - charged,
            settledAt: now,
            transfer: used > 0n ? (answer?.id ?? null) : null,
            held: null,
          },
        })
      }
      invariant(left === 0n, 'what was charged for runs is theirs')
    }
  }

  const reviewsOf = (
    readings: readonly Reading[],
    settled: ReadonlyMap<string, Settled>,
  ): store.NewReview[] =>
    readings.flatMap((reading) => {
      const own = settled.get(reading.record.record)
      if (!own) return []
      const { verdict, record } = reading
      const reviews: store.NewReview[] = []
      const add = (kind: string, gpuSeconds: bigint, state: store.NewReview['state'], detail: string): void =>
        void reviews.push({ id: world.id(), record: record.record, kind, gpuSeconds, state, detail })
      if (verdict.review) {
        const { kind, gpuSeconds, decided } = verdict.review
        add(
          kind,
          gpuSeconds,
          !decided ? 'open' : own.parts.charged < reading.booked.gpuSeconds ? 'credited' : 'kept',
          detailOf(reading),
        )
      }
      const { held } = own.parts
      if (held !== null && verdict.share > held)
        add(
          'over_hold',
          verdict.share - held,
          'kept',
          `It used ${verdict.share} GPU-seconds of ${held} that were held.`,
        )
      if (
        held === null &&
        reading.booked.mode === 'strict' &&
        verdict.class === 'usual' &&
        verdict.share > 0n
      )
        add('unheld', verdict.share, 'kept', 'It ran without a hold.')
      return reviews
    })

  return { take }
}
