import { MINUTE } from '#base/time.ts'
import type { Db } from '#db/sql.ts'
import type { Supply } from '#supply/supply.ts'
import type { ClusterDuty, ClusterRoom } from './cluster.ts'
import type { NodeState } from './port.ts'

/** GPUs of each kind that the reference table knows, node by node; down or not, they stand behind what is promised. */
export const suppliedBy = (
  states: readonly NodeState[],
  accelerators: ReadonlyMap<string, string>,
): readonly { readonly node: string; readonly accelerator: string; readonly gpus: number }[] =>
  states.flatMap(({ node, gpus }) =>
    gpus.flatMap(({ type, count }) => {
      const accelerator = accelerators.get(type ?? '')
      return accelerator === undefined || count <= 0n ? [] : [{ node, accelerator, gpus: Number(count) }]
    }),
  )

/** Tells what a cluster has, so that uptime is measured against the nodes that were there. */
export const supplyDuty = ({
  db,
  room,
  supply,
}: {
  db: Db
  room: Pick<ClusterRoom, 'mapOf'>
  supply: Pick<Supply, 'seen'>
}): ClusterDuty => ({
  name: 'cluster supply',
  every: 5 * MINUTE,
  run: async (cluster, scheduler) => {
    const { accelerators } = await room.mapOf(db, cluster)
    const nodes = suppliedBy(await scheduler.nodes(), accelerators)
    // A controller that has just begun may not know its nodes yet: a cluster without any is none.
    return nodes.length === 0 ? 0 : supply.seen({ cluster: cluster.name, nodes })
  },
})
