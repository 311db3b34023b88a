import { SECOND } from '#base/time.ts'
import { parseAsset, TIERS } from '#base/asset.ts'
import type { Account, Allowance, Limits, Member } from './port.ts'
import type { Cluster, GpuAsset, Mode } from './types.ts'
import { sharedName, tierOfAsset } from './whose.ts'

/** Somebody with a login at the cluster. */
export type Holder = {
  readonly person: string
  readonly account: string
  readonly logins: readonly string[]
  /** Has left: nothing of theirs is begun any more. */
  readonly left: boolean
  readonly lines: readonly HolderLine[]
}

export type HolderLine = {
  readonly asset: GpuAsset
  readonly allowance: string
  readonly mode: Mode
  /** GPU-seconds: what there is and what is held, with what could be exchanged into it; and what was used of this allowance before. */
  readonly left: bigint
  readonly used: bigint
  /** GPUs at once; null: not limited. */
  readonly atOnce: bigint | null
}

const SECONDS_PER_MINUTE = 60n

/**
 * The limits that a cluster should have. A bank counts all that was ever used of it against all that was ever there, so it only has to
 * grow, and nothing in the scheduler is ever reset. Limits are the second wall: the first is the hold.
 */
export function desiredLimits(
  cluster: Cluster,
  accelerators: ReadonlyMap<string, string>,
  holders: readonly Holder[],
): Limits {
  const { rules, prefix, root } = cluster
  const giving = TIERS.filter((tier) => rules.tiers[tier].givesWay)
  const shared = giving.map((tier) => sharedName(prefix, tier))
  const allowances: Allowance[] = giving.map((tier) => ({
    name: sharedName(prefix, tier),
    priority: rules.tiers[tier].priority,
    preempts: [],
    exempt: rules.tiers[tier].exemptSeconds * SECOND,
    gpuMinutes: {},
    gpusAtOnce: {},
    longest: null,
  }))
  const accounts: Account[] = []
  const members: Member[] = []
  for (const holder of holders) {
    accounts.push({ name: holder.account, parent: root, open: !holder.left })
    const usable = new Set<string>()
    for (const line of holder.lines) {
      const tier = tierOfAsset(line.asset)
      const rule = rules.tiers[tier]
      // What gives way is shared by all, and has no bank: whoever has nothing left of it may not name it, unless nothing is ever refused.
      if (rule.givesWay) {
        if (!holder.left && (line.left > 0n || line.mode === 'notional' || line.mode === 'tracking'))
          usable.add(line.allowance)
        continue
      }
      usable.add(line.allowance)
      allowances.push({
        name: line.allowance,
        priority: rule.priority,
        preempts: rule.preempts ? shared.toSorted() : [],
        exempt: rule.exemptSeconds * SECOND,
        gpuMinutes: bankOf(line, accelerators, holder.left),
        gpusAtOnce: line.atOnce === null ? {} : atOnceOf(line.asset, line.atOnce, accelerators),
        longest: null,
      })
    }
    const names = [...usable].toSorted()
    // Somebody without any allowance still is a member, of a closed account: nobody can be removed while their jobs run.
    for (const login of holder.logins)
      members.push({ login, account: holder.account, allowances: names, usual: usualOf(names, shared) })
  }
  return {
    accounts: accounts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    allowances: allowances.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    members: members.toSorted((a, b) => (a.login < b.login ? -1 : 1)),
  }
}

/** Of its own accelerator what there is, in whole minutes, rounded up; of every other nothing. */
function bankOf(
  { asset, mode, left, used }: HolderLine,
  accelerators: ReadonlyMap<string, string>,
  hasLeft: boolean,
): Record<string, bigint> {
  const free = mode === 'notional' || mode === 'tracking'
  const minutes = (used + left + SECONDS_PER_MINUTE - 1n) / SECONDS_PER_MINUTE
  return Object.fromEntries(
    [...accelerators]
      .filter(([, accelerator]) => hasLeft || accelerator !== acceleratorOf(asset) || !free)
      .map(([type, accelerator]) => [type, hasLeft || accelerator !== acceleratorOf(asset) ? 0n : minutes]),
  )
}

const atOnceOf = (
  asset: GpuAsset,
  count: bigint,
  accelerators: ReadonlyMap<string, string>,
): Record<string, bigint> =>
  Object.fromEntries(
    [...accelerators]
      .filter(([, accelerator]) => accelerator === acceleratorOf(asset))
      .map(([type]) => [type, count]),
  )

const acceleratorOf = (asset: GpuAsset): string => parseAsset(asset)?.unit.accelerator ?? ''

/** What gives way first, so that nobody spends what is guaranteed by not saying anything. */
const usualOf = (names: readonly string[], shared: readonly string[]): string | null =>
  names.find((name) => shared.includes(name)) ?? names[0] ?? null
