import { TIERS, type Tier } from '#base/asset.ts'
import { Fault } from '#base/fault.ts'
import type { Millis } from '#base/time.ts'
import type { World } from '#base/world.ts'
import type { Db } from '#db/sql.ts'
import { changesOf, type Node, type Seen } from './node.ts'
import * as store from './store.ts'

/** Nodes of one cluster that are looked at together. */
const MOST = 10_000

export type Supply = ReturnType<typeof openSupply>

/** What the company can deliver from: the nodes behind what is promised, and since when. */
export function openSupply({ db, world }: { db: Db; world: World }) {
  return {
    /**
     * A cluster has these nodes now; the same again changes nothing. A new node stands behind every tier until `promise` says
     * otherwise; one that only changes its size keeps its tiers. Returns how many began or ended.
     */
    seen: (ask: { cluster: string; nodes: readonly Seen[]; at?: Millis }): Promise<number> =>
      db.tx(async (sql) => {
        const { cluster, at = world.now() } = ask
        if (ask.nodes.length > MOST)
          throw new Fault('too_large', `a cluster has at most ${MOST} nodes here`, { param: 'nodes' })
        await store.lock(sql, cluster)
        const standing = await store.standing(sql, cluster)
        const { end, begin } = changesOf(standing, ask.nodes)
        const before = new Map(
          standing.map(({ node, accelerator, tiers }) => [`${node} ${accelerator}`, tiers]),
        )
        if (end.length > 0)
          await store.end(
            sql,
            end.map(({ id }) => id),
            at,
          )
        const made = begin.map((one) => ({
          ...one,
          id: world.id(),
          tiers: before.get(`${one.node} ${one.accelerator}`) ?? TIERS,
        }))
        if (made.length > 0) await store.begin(sql, made, { cluster, at })
        return end.length + begin.length
      }),

    /** From now on these nodes of a cluster stand behind these tiers only. Returns how many changed. */
    promise: (ask: { cluster: string; nodes: readonly string[]; tiers: readonly Tier[] }): Promise<number> =>
      db.tx(async (sql) => {
        const { cluster, tiers } = ask
        if (tiers.length === 0)
          throw new Fault('invalid', `tiers is empty; give some of ${TIERS.join(', ')}`, { param: 'tiers' })
        await store.lock(sql, cluster)
        const standing = await store.standing(sql, cluster)
        const unknown = ask.nodes.find((name) => !standing.some(({ node }) => node === name))
        if (unknown !== undefined)
          throw new Fault('not_found', `cluster ${cluster} has no node ${unknown}`, { param: 'nodes' })
        const wanted = TIERS.filter((tier) => tiers.includes(tier))
        const changed = standing.filter(
          (one) => ask.nodes.includes(one.node) && one.tiers.join() !== wanted.join(),
        )
        if (changed.length === 0) return 0
        const at = world.now()
        await store.end(
          sql,
          changed.map(({ id }) => id),
          at,
        )
        await store.begin(
          sql,
          changed.map((one) => ({ ...one, id: world.id(), tiers: wanted })),
          { cluster, at },
        )
        return changed.length
      }),

    /** Every node that stands behind a promise now. */
    nodes: (): Promise<readonly Node[]> => store.all(db),
  }
}
