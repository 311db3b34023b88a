import { parseAsset } from '#base/asset.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import type { ClusterRoom } from '#cluster/cluster.ts'
import type { Scheduler } from '#cluster/port.ts'
import type { Cluster } from '#cluster/types.ts'
import type { Rooms } from './rooms.ts'
import type { ClusterSettings } from './settings.ts'
import type { Duty } from './worker.ts'

/** The accounting could be exchanged for another one at any time; it is asked for its name so often. */
const CHECK_EVERY = MINUTE

/** The room of clusters, read only where one is looked after or asked for. */
export async function openClusterRoom({ db, world, ledger, exchange, grants }: Rooms): Promise<ClusterRoom> {
  const { openCluster } = await import('#cluster/cluster.ts')
  return openCluster({
    db,
    world,
    ledger,
    rateOf: exchange.rate,
    nextVest: (person, asset) => {
      const { accelerator = '', tier = '' } = parseAsset(asset)?.unit ?? {}
      return grants.nextGpuVest(db, person, { accelerator, tier })
    },
  })
}

/** The way to the cluster of the settings. */
export async function openScheduler(
  { bin, conf, life }: ClusterSettings,
  world: Rooms['world'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Scheduler> {
  const { openSlurm } = await import('#cluster/slurm/slurm.ts')
  const given = { PATH: env.PATH ?? '/usr/bin:/bin', ...(conf === null ? {} : { SLURM_CONF: conf }) }
  return openSlurm(world, { bin, env: given, timeoutMs: MINUTE, incarnation: life })
}

/** What there is to do at the cluster that this server looks after; nothing where it looks after none. */
export async function openClusterWork(
  rooms: Rooms,
  settings: ClusterSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly duties: readonly Duty[]; stop(): Promise<void> }> {
  const { name } = settings
  if (name === null) return { duties: [], stop: () => Promise.resolve() }
  const room = await openClusterRoom(rooms)
  const { clusterDuties } = await import('#cluster/cluster.ts')
  const { supplyDuty } = await import('#cluster/supplied.ts')
  const scheduler = await openScheduler(settings, rooms.world, env)
  let checked: { readonly id: string; readonly at: Millis } | null = null

  /** As it was adopted, and as it still is: a cluster whose accounting began anew is left alone, and its jobs stay held. */
  async function standing(now: Millis): Promise<Cluster> {
    const cluster = await room.find(name ?? '')
    if (checked === null || checked.id !== cluster.id || now - checked.at >= CHECK_EVERY) {
      await room.check(cluster, scheduler)
      checked = { id: cluster.id, at: now }
    }
    return cluster
  }

  return {
    duties: [...clusterDuties(room), supplyDuty({ ...rooms, room })].map(
      ({ name: duty, every, always, run }) => ({
        name: duty,
        every,
        run: async (now) => run(always ? await room.find(name) : await standing(now), scheduler),
      }),
    ),
    stop: () => scheduler.close(),
  }
}
