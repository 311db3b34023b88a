import { TIERS } from '#base/asset.ts'
import { Fault, messageOf } from '#base/fault.ts'
import { canonicalJson } from '#base/json.ts'
import { dayOf } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { PersonLot } from '#ledger/reads.ts'
import type { Jobs } from '#spending/jobs.ts'
import { PURPOSES } from '#spending/policy.ts'
import { desiredLimits, type Holder, type HolderLine } from './desired.ts'
import { bodyText, differences, itemsOf, keyOf, type Difference } from './diff.ts'
import * as store from './limit-store.ts'
import type { Limits, Scheduler } from './port.ts'
import { insertLines, people } from './store.ts'
import { lineKey, type GpuAsset, type Map as ClusterMap } from './types.ts'
import { assetFor, modeOf, sharedName } from './whose.ts'

export type Kept = {
  readonly version: bigint
  /** Objects that should stand; changes written; what still is not as it should be. */
  readonly wanted: number
  readonly written: number
  readonly failed: number
  readonly drifted: number
}

/** Changes of one turn; each takes the scheduler up to half a second, and the next turn goes on from there. */
const MOST_CHANGES = 1_000

/**
 * Keeps a scheduler's limits as the grants say: read, compare, write what differs, read again. Nothing is remembered between turns but what
 * was confirmed, so a turn that fails half-way leaves nothing to undo: the next one finds what is left.
 */
export function openKeeper({
  db,
  world,
  ledger,
  jobs,
}: {
  db: Db
  world: World
  ledger: Pick<Ledger, 'openLotsOf'>
  jobs: Pick<Jobs, 'reach'>
}) {
  /** Everybody with a login, what they have, and whether they have left. */
  async function holdersOf(map: ClusterMap): Promise<readonly Holder[]> {
    const { cluster } = map
    const byPerson = new Map<string, { account: string; logins: string[] }>()
    for (const [name, list] of map.logins) {
      const standing = list.find(({ to }) => to === null)
      if (!standing) continue
      const holder = byPerson.get(standing.person)
      if (holder) holder.logins.push(name)
      else byPerson.set(standing.person, { account: standing.account, logins: [name] })
    }
    const ids = [...byPerson.keys()]
    const left = new Set(
      (await people(db, ids, dayOf(world.now()))).filter((one) => one.left).map(({ id }) => id),
    )
    const lots = await ledger.openLotsOf(db, ids)
    const atOnce = new Map(
      (await store.promisedAtOnce(db)).map((row) => [
        lineKey(row.person, `GPU_SECOND/${row.accelerator}/${row.tier}`),
        row.gpus,
      ]),
    )
    const known = new Map(map.lines.map((line) => [lineKey(line.person, line.asset), line]))
    const fresh: { person: string; asset: GpuAsset; allowance: string }[] = []
    const holders = [...byPerson].map(([person, { account, logins }]): Holder => {
      const lines = assetsOf(map).flatMap(({ asset, type, tier }): HolderLine[] => {
        const standing = known.get(lineKey(person, asset))
        const has = reachOf(map, lots.get(person) ?? [], person, asset)
        if (!standing && (has === 0n || left.has(person))) return []
        const shared = cluster.rules.tiers[tier].givesWay
        const allowance = shared
          ? sharedName(cluster.prefix, tier)
          : (standing?.allowance ?? `${cluster.prefix}${logins[0]}-${type}-${tier}`)
        if (!standing) fresh.push({ person, asset, allowance })
        return [
          {
            asset,
            allowance,
            mode: modeOf(map, person, asset),
            left: has,
            used: standing?.used ?? 0n,
            atOnce: atOnce.get(lineKey(person, asset)) ?? null,
          },
        ]
      })
      return { person, account, logins: logins.toSorted(), left: left.has(person), lines }
    })
    if (fresh.length > 0) await insertLines(db, cluster.id, fresh, world.now())
    return holders
  }

  /** What there is and what is held, with what could be exchanged, for whatever purpose there is most. */
  function reachOf(
    { cluster }: ClusterMap,
    lots: readonly PersonLot[],
    person: string,
    asset: GpuAsset,
  ): bigint {
    if (lots.length === 0) return 0n
    const each = PURPOSES.map((purpose) =>
      jobs.reach(lots, { person, asset, purpose, cluster: cluster.name }),
    )
    const most = each.reduce(
      (max, { available, worth }) => (available + worth > max ? available + worth : max),
      0n,
    )
    return most + (each[0]?.held ?? 0n)
  }

  /** Tells of what was changed by hand since it was confirmed, and of memberships that are none of ours. */
  async function tellDrift(map: ClusterMap, all: readonly Difference[]): Promise<number> {
    const { id } = map.cluster
    const applied = new Map((await store.applied(db, id)).map((row) => [keyOf(row), canonicalJson(row.body)]))
    const now = world.now()
    let told = 0
    const open: { kind: string; name: string }[] = []
    for (const { item, found, change } of all) {
      const one = item ?? found
      if (!one) continue
      const before = applied.get(keyOf(one))
      const has = found ? bodyText(found.body) : null
      const kind = change === null ? 'foreign' : one.kind
      open.push({ kind, name: one.name })
      // What was never confirmed, or stands as it was, is our own work that is still to be done.
      if (change !== null && (before === undefined ? item !== null : has === before)) continue
      const drift = { id: world.id(), kind, name: one.name, wanted: item && bodyText(item.body), found: has }
      told += (await store.insertDrift(db, id, drift, now)).length
    }
    await store.repairDrifts(db, id, open, now)
    return told
  }

  return {
    async turn(map: ClusterMap, scheduler: Scheduler): Promise<Kept> {
      const { cluster } = map
      const holders = await holdersOf(map)
      const wanted = desiredLimits(cluster, map.accelerators, holders)
      const realm = { root: cluster.root, prefix: cluster.prefix, logins: [...map.logins.keys()] }
      const before = await scheduler.limits(realm)
      const all = differences(wanted, before, cluster.root)
      const drifted = await tellDrift(map, all)
      const changes = all.flatMap(({ change }) => (change ? [change] : []))
      const size = sizeOf(wanted)
      if (changes.length === 0) {
        await confirm(map, wanted, before, [])
        return {
          version: await store.lastVersion(db, cluster.id),
          wanted: size,
          written: 0,
          failed: 0,
          drifted,
        }
      }
      const troubles: string[] = []
      let written = 0
      let unreachable: unknown = null
      for (const change of changes.slice(0, MOST_CHANGES)) {
        try {
          await scheduler.change(realm, change)
          written += 1
        } catch (error) {
          troubles.push(messageOf(error))
          if (!(error instanceof Fault) || error.code === 'unavailable') {
            unreachable = error
            break
          }
        }
      }
      // Whether a change was made is only known from what stands now; when nothing can be read, the next turn reads it.
      if (unreachable !== null) {
        await tellTurn(map, { wanted: size, written, failed: changes.length - written, troubles })
        throw unreachable
      }
      const after = await scheduler.limits(realm)
      const left = differences(wanted, after, cluster.root).filter(({ change }) => change !== null)
      const version = await tellTurn(map, { wanted: size, written, failed: left.length, troubles })
      await confirm(map, wanted, after, left)
      return { version, wanted: size, written, failed: left.length, drifted }
    },
  }

  async function tellTurn(
    { cluster }: ClusterMap,
    turn: { wanted: number; written: number; failed: number; troubles: readonly string[] },
  ): Promise<bigint> {
    const version = (await store.lastVersion(db, cluster.id)) + 1n
    const { wanted, written, failed } = turn
    const trouble =
      turn.troubles.length > 0
        ? turn.troubles.slice(0, 5).join('; ').slice(0, 2_000)
        : failed > 0
          ? `${failed} objects are not yet as they should be`
          : null
    await store.insertTurn(db, cluster.id, { version, wanted, written, failed, trouble }, world.now())
    return version
  }

  /** Keeps what stands as it should, so that a later change by hand is known for what it is. */
  async function confirm(
    { cluster }: ClusterMap,
    wanted: Limits,
    found: Limits,
    left: readonly Difference[],
  ): Promise<void> {
    const wrong = new Set(
      left.flatMap(({ item, found: there }) => [item, there].flatMap((one) => (one ? [keyOf(one)] : []))),
    )
    const there = new Set(itemsOf(found).map(keyOf))
    const right = itemsOf(wanted).filter((item) => there.has(keyOf(item)) && !wrong.has(keyOf(item)))
    const names = new Set(itemsOf(wanted).map(keyOf))
    const version = await store.lastVersion(db, cluster.id)
    const applied = await store.applied(db, cluster.id)
    const before = new Map(applied.map((row) => [keyOf(row), canonicalJson(row.body)]))
    await store.setApplied(
      db,
      cluster.id,
      right
        .map(({ kind, name, body }) => ({ kind, name, body: bodyText(body) }))
        .filter((item) => before.get(keyOf(item)) !== item.body),
      applied.filter((row) => !names.has(keyOf(row)) && !there.has(keyOf(row))),
      version > 0n ? version : 1n,
      world.now(),
    )
  }
}

const assetsOf = ({ accelerators }: ClusterMap) =>
  [...accelerators].flatMap(([type, accelerator]) =>
    TIERS.map((tier) => ({ asset: assetFor(accelerator, tier), type, tier })),
  )

const sizeOf = ({ accounts, allowances, members }: Limits): number =>
  accounts.length + allowances.length + members.length
