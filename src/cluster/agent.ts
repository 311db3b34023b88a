import type { Millis } from '#base/time.ts'
import { DAY, SECOND } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db, Sql } from '#db/sql.ts'
import type { JobFunds, Jobs } from '#spending/jobs.ts'
import { demandOf, groupsOf, unitOf, type Demand, type Group, type Need } from './demand.ts'
import * as store from './job-store.ts'
import type { JobRef, Scheduler, SeenJob } from './port.ts'
import { lockCluster } from './store.ts'
import { compare, differs, rowOf, signature, strictestOf } from './seen.ts'
import type { GpuAsset, Map as ClusterMap, Mode } from './types.ts'
import { ownerOf } from './whose.ts'
import {
  againWords,
  closedWords,
  endedWords,
  leftWords,
  shortWords,
  unheldWords,
  type NextVest,
} from './words.ts'

export type Look = {
  readonly seen: number
  readonly held: number
  readonly released: number
  readonly refused: number
  readonly ended: number
}

/** A hold lives on as long as its job is seen; left alone for so long, the money is free again. */
export const HOLD_FOR = 14 * DAY
/** A job that was refused is looked at again after that, or when it is changed. */
const AGAIN_AFTER = 10 * SECOND
/** Jobs that are decided in one look; the rest waits for the next one, seconds later. */
const MOST_DECIDED = 500

export type AgentParts = {
  readonly db: Db
  readonly world: World
  readonly jobs: Jobs
  readonly nextVest: (person: string, asset: GpuAsset) => Promise<NextVest | null>
  /** What a person's wallet has for a job, to decide of those that are charged afterwards. */
  readonly left: (sql: Sql, payer: Need['payer'], cluster: string) => Promise<bigint>
}

/**
 * Sees jobs that wait for us, holds for them and lets them go. What is decided stands in the ledger before the scheduler is told, so that after any
 * failure the next look finds a job that is held for and lets it go, or one that is not and decides. Nobody but this lets a job go: while
 * it is away, jobs wait.
 */
export function openAgent({ db, world, jobs: funds, nextVest, left }: AgentParts) {
  /** What was refused, in memory: it is only a matter of asking less often. */
  const refusals = new Map<string, { readonly demand: string; readonly until: Millis }>()

  async function look(
    map: ClusterMap,
    scheduler: Scheduler,
    leavers: ReadonlyMap<string, boolean>,
  ): Promise<Look> {
    const startedAt = world.now()
    const seen = await scheduler.jobs()
    const groups = groupsOf(seen)
    const told = await remember(map, seen)
    const open = await store.openHolds(db, map.cluster.id)
    const counts = { seen: seen.length, held: 0, released: 0, refused: 0, ended: 0 }
    const byGroup = new Map<string, store.HoldRow[]>()
    for (const hold of open) {
      const key = groupKey({ root: hold.root, submittedAt: hold.submitted_at })
      const list = byGroup.get(key)
      if (list) list.push(hold)
      else byGroup.set(key, [hold])
    }
    const live = new Set(groups.map(groupKey))
    for (const key of refusals.keys()) if (!live.has(key)) refusals.delete(key)
    const turn: Turn = { map, scheduler, groups, leavers, told, startedAt }
    let decided = 0
    for (const group of groups) {
      if (decided >= MOST_DECIDED) break
      const did = await act(turn, group, byGroup.get(groupKey(group)) ?? [])
      if (did === 'nothing') continue
      decided += 1
      counts[did] += 1
    }
    return counts
  }

  /** Keeps what the controller shows, for pages and for what is looked for later. */
  async function remember(map: ClusterMap, seen: readonly SeenJob[]): Promise<Told> {
    const now = world.now()
    return db.tx(async (sql) => {
      const before = new Map(
        (await store.liveJobs(sql, map.cluster.id)).map((row) => [refKey(row.job, row.submitted_at), row]),
      )
      const each = seen.map((job) => rowOf(map, job))
      const rows = [...new Map(each.map((row) => [refKey(row.job, row.submitted_at), row])).values()]
      const changed = rows.filter((row) => differs(before.get(refKey(row.job, row.submitted_at)), row))
      await store.putJobs(sql, map.cluster.id, changed, now)
      const there = new Set(rows.map((row) => refKey(row.job, row.submitted_at)))
      const gone = [...before.values()].filter((row) => !there.has(refKey(row.job, row.submitted_at)))
      if (gone.length > 0)
        await store.markGone(
          sql,
          map.cluster.id,
          gone.map((row) => ({ job: row.job, submittedAt: row.submitted_at })),
          now,
        )
      return new Map([...before].map(([key, row]) => [key, row.verdict === 'refused' ? row.reason : null]))
    })
  }

  type Did = 'nothing' | 'held' | 'released' | 'refused' | 'ended'

  async function act(turn: Turn, group: Group, open: readonly store.HoldRow[]): Promise<Did> {
    const { map, leavers } = turn
    const owner = ownerOf(map, group.jobs[0]!.login, group.submittedAt)
    const endsJobs = owner ? leavers.get(owner.person) : undefined
    if (endsJobs !== undefined) return leaver(turn, group, endsJobs)
    const waits = group.jobs.some(({ state }) => state === 'held')
    const demand = demandOf(map, group)
    if (demand.kind === 'free') return waits ? letGo(turn, group, 'free') : 'nothing'
    const mode = demand.kind === 'needs' ? strictestOf(map, demand) : map.cluster.mode
    if (mode !== 'strict') return waits ? charged(turn, group, demand, mode) : 'nothing'
    if (demand.kind === 'refused') return refuse(turn, group, open, demand.reason)
    const { missing, wrong } = compare(demand, open)
    if (missing.length === 0 && wrong.length === 0) return waits ? letGo(turn, group, 'released') : 'nothing'
    if (await endsFirst(turn, group)) return keepBack(turn, group)
    const key = groupKey(group)
    const said = signature(demand)
    const before = refusals.get(key)
    if (before && before.demand === said && world.now() < before.until) return 'nothing'
    const answer = await place(turn, group, demand)
    if (answer.kind === 'short') {
      refusals.set(key, { demand: said, until: world.now() + AGAIN_AFTER })
      const { asset } = answer
      const next = await nextVest(demand.person, asset)
      return refuse(turn, group, open, shortWords(asset, demand.needs, answer.funds, next))
    }
    refusals.delete(key)
    if (waits) return letGo(turn, group, 'released')
    await decide(map, group, 'released', null)
    return 'held'
  }

  /** Nothing of a leaver is begun; what runs goes on or ends as the contract says. */
  async function leaver(turn: Turn, group: Group, endsJobs: boolean): Promise<Did> {
    const { map, scheduler } = turn
    const ending = group.jobs.filter(
      ({ state }) => state !== 'ending' && (endsJobs || state === 'held' || state === 'waiting'),
    )
    if (ending.length === 0) return 'nothing'
    const reason = endsJobs ? endedWords : leftWords
    await decide(map, { ...group, jobs: ending }, 'refused', reason)
    for (const job of ending) await scheduler.cancel(job, reason)
    return 'ended'
  }

  /** A job that is charged afterwards: it may begin, but not under fast when nothing is left. */
  async function charged(
    turn: Turn,
    group: Group,
    demand: Exclude<Demand, { kind: 'free' }>,
    mode: Mode,
  ): Promise<Did> {
    const { map } = turn
    if (mode === 'fast') {
      if (demand.kind === 'refused') return refuse(turn, group, [], demand.reason)
      for (const { payer } of demand.needs)
        if ((await left(db, payer, map.cluster.name)) <= 0n)
          return refuse(turn, group, [], closedWords(payer.asset))
    }
    return letGo(turn, group, 'free')
  }

  type Placed =
    | { readonly kind: 'placed' }
    | { readonly kind: 'short'; readonly asset: GpuAsset; readonly funds: JobFunds & { kind: 'short' } }

  /** Holds for all tasks and parts of a job, or for none; what stood for another time limit is replaced. */
  async function place(
    { map, startedAt }: Turn,
    group: Group,
    demand: Demand & { kind: 'needs' },
  ): Promise<Placed> {
    const short = new Map<'short', Placed & { kind: 'short' }>()
    try {
      await db.tx(async (sql) => {
        await lockCluster(sql, map.cluster.id)
        const standing = await store.holdsOf(sql, map.cluster.id, [group])
        if (standing.some(({ state, ended_at: at }) => state === 'settled' && at !== null && at >= startedAt))
          return
        const open = standing.filter(({ state }) => state === 'placed' || state === 'bound')
        const { missing, wrong } = compare(demand, open)
        if (missing.length === 0 && wrong.length === 0) return
        const now = world.now()
        const expiresAt = now + HOLD_FOR
        const next = new Map<number, number>()
        for (const { unit, n } of standing) next.set(unit, Math.max(next.get(unit) ?? 0, n + 1))
        const instead = wrong.map(({ id }) => id)
        await store.endHolds(sql, instead, { state: 'released', reason: 'Another hold took its place.' }, now)
        // Of several wallets all are locked at once, in one order with everybody else.
        const payers = missing.map(({ payer }) => ({
          payer: { ...payer, cluster: map.cluster.name },
          most: 0n,
        }))
        if (new Set(missing.map(({ payer }) => payer.asset)).size > 1) await funds.ready(sql, payers, [])
        for (const [index, need] of missing.entries()) {
          const payer = { ...need.payer, cluster: map.cluster.name }
          const ids = Array.from({ length: need.tasks }, () => world.id())
          const answer = await funds.hold(
            sql,
            payer,
            ids.map((id) => ({ id, amount: need.amount, expiresAt })),
            index === 0 ? instead : [],
          )
          if (answer.kind === 'short') {
            short.set('short', { kind: 'short', asset: need.payer.asset, funds: answer })
            throw new GivenUp()
          }
          const rows = ids.map((id) => {
            const n = next.get(need.unit) ?? 0
            next.set(need.unit, n + 1)
            return {
              id,
              root: group.root,
              submitted_at: group.submittedAt,
              unit: need.unit,
              n,
              person_id: need.payer.person,
              wallet_id: answer.wallet,
              asset: need.payer.asset,
              purpose: need.payer.purpose,
              gpus: need.gpus,
              time_limit_s: need.timeLimitSeconds,
              amount: need.amount,
              expires_at: expiresAt,
            }
          })
          await store.insertHolds(sql, map.cluster.id, rows, now)
        }
      })
    } catch (error) {
      const found = short.get('short')
      if (found) return found
      throw error
    }
    return { kind: 'placed' }
  }

  /**
   * Whether a job began anew whose run before is not settled yet. Each run has a hold of its own: anybody may begin a job of theirs anew, and a
   * hold that went on with it would leave what was used before unpaid.
   */
  async function endsFirst({ map, groups }: Turn, group: Group): Promise<boolean> {
    if (!group.jobs.some(({ restarts, startedAt }) => restarts > 0 && startedAt === null)) return false
    const earlier = (await store.openHoldsOfRoot(db, map.cluster.id, group.root)).filter(
      (hold) => hold.submitted_at < group.submittedAt,
    )
    // Other tasks of its array may well run on; theirs are the holds that as many jobs still wait or run for.
    const live = groups
      .filter(({ root, submittedAt }) => root === group.root && submittedAt < group.submittedAt)
      .flatMap(({ jobs }) => jobs)
    const units = new Set(group.jobs.map(unitOf))
    return [...units].some(
      (unit) =>
        earlier.filter((hold) => hold.unit === unit).length >
        live.filter((job) => unitOf(job) === unit).reduce((sum, { tasks }) => sum + tasks, 0),
    )
  }

  /** Waits without a word of ours until the run before is settled; the scheduler would let it begin by itself. */
  async function keepBack({ scheduler }: Turn, group: Group): Promise<Did> {
    for (const job of group.jobs) if (job.state === 'waiting') await scheduler.hold(job, againWords)
    return 'nothing'
  }

  /** Tells the scheduler; when that fails, the next look finds the job still held and its hold in place. */
  async function letGo(turn: Turn, group: Group, verdict: 'released' | 'free'): Promise<Did> {
    const { map, scheduler } = turn
    for (const job of group.jobs) if (job.state === 'held') await scheduler.release(job)
    await db.tx(async (sql) => {
      await store.bindHolds(sql, map.cluster.id, group)
      await store.decide(sql, map.cluster.id, group.jobs, verdict, null, world.now())
    })
    return 'released'
  }

  async function refuse(
    turn: Turn,
    group: Group,
    open: readonly store.HoldRow[],
    reason: string,
  ): Promise<Did> {
    const { map, scheduler, told } = turn
    const running = group.jobs.filter(
      ({ state }) => state === 'running' || state === 'suspended' || state === 'ending',
    )
    if (running.length > 0) return escaped(turn, { ...group, jobs: running }, open)
    const now = world.now()
    // What was held for what it asked before is of no use to it now.
    if (open.length > 0)
      await db.tx(async (sql) => {
        const ids = open.map(({ id }) => id)
        await funds.release(sql, ids)
        await store.endHolds(sql, ids, { state: 'released', reason }, now)
      })
    const news = group.jobs.filter(
      (job) => job.state === 'waiting' || told.get(refKey(job.job, job.submittedAt)) !== reason,
    )
    if (news.length === 0) return 'nothing'
    // Told first: whoever is not told, because the scheduler could not be reached, is told again.
    for (const job of news)
      await (job.state === 'waiting' ? scheduler.hold(job, reason) : scheduler.refuse(job, reason))
    await store.decide(db, map.cluster.id, news, 'refused', reason, now)
    return 'refused'
  }

  /** What runs beyond what was held: back to its limit where it has one, else told, and charged at its end. */
  async function escaped(turn: Turn, group: Group, open: readonly store.HoldRow[]): Promise<Did> {
    const { map, scheduler } = turn
    for (const job of group.jobs) {
      const own = open.find(({ unit }) => unit === unitOf(job))
      if (own && job.timeLimit !== null && BigInt(Math.ceil(job.timeLimit / SECOND)) > own.time_limit_s)
        await scheduler.limitTime(job, Number(own.time_limit_s) * SECOND)
    }
    if (open.length === 0) await decide(map, group, 'unheld', unheldWords)
    return 'nothing'
  }

  const decide = (
    map: ClusterMap,
    { jobs }: { readonly jobs: readonly JobRef[] },
    verdict: store.Verdict,
    reason: string | null,
  ) => store.decide(db, map.cluster.id, jobs, verdict, reason, world.now())

  return { look }
}

/** By job, in which words it was refused before; null: it was not. */
type Told = ReadonlyMap<string, string | null>

type Turn = {
  readonly map: ClusterMap
  readonly scheduler: Scheduler
  /** All jobs that were seen. */
  readonly groups: readonly Group[]
  /** Who has left, and whether the contract ends their jobs. */
  readonly leavers: ReadonlyMap<string, boolean>
  readonly told: Told
  /** What ended since then may still be among the jobs that were seen. */
  readonly startedAt: Millis
}

/** Rolls a transaction back; what was found stands beside it. */
class GivenUp extends Error {}

const groupKey = ({ root, submittedAt }: { readonly root: string; readonly submittedAt: Millis }): string =>
  `${root} ${submittedAt}`
const refKey = (job: string, submittedAt: Millis): string => `${job} ${submittedAt}`
