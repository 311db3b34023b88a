import { parseAsset, TIERS, type Tier } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'
import type { Purpose } from '#ledger/types.ts'
import { PURPOSES } from '#spending/policy.ts'
import type { Resolved } from './gpus.ts'
import { lineKey, type GpuAsset, type Line, type Login, type Map as ClusterMap, type Mode } from './types.ts'

/** Whose a job is, and what it draws on. */

/** Whose login it was at that time. */
export const ownerOf = (map: ClusterMap, login: string, at: Millis): Login | null =>
  map.logins.get(login)?.find(({ from, to }) => from <= at && (to === null || at < to)) ?? null

/** The allowance that all people of a tier share which gives way. */
export const sharedName = (prefix: string, tier: Tier): string => `${prefix}${tier}`

/** The tier that jobs under an allowance draw on; null: none that we know. */
export function tierOf({ cluster, banks }: ClusterMap, allowance: string): Tier | null {
  const bank = banks.get(allowance)
  if (bank) return tierOfAsset(bank.asset)
  const shared = TIERS.find(
    (tier) => cluster.rules.tiers[tier].givesWay && sharedName(cluster.prefix, tier) === allowance,
  )
  return shared ?? cluster.rules.allowances[allowance] ?? null
}

export const bankOf = ({ banks }: ClusterMap, allowance: string): Line | null => banks.get(allowance) ?? null

export const tierOfAsset = (asset: GpuAsset): Tier => parseAsset(asset)?.unit.tier ?? 'spot'

export const assetFor = (accelerator: string, tier: Tier): GpuAsset => `GPU_SECOND/${accelerator}/${tier}`

/** What was used of the ledger's assets; null: of none that we know. */
export function assetOfUse(map: ClusterMap, gpus: Resolved, allowance: string): GpuAsset | null {
  const tier = tierOf(map, allowance)
  return gpus.kind === 'one' && tier !== null ? assetFor(gpus.accelerator, tier) : null
}

export const modeOf = ({ cluster, modes }: ClusterMap, person: string, asset: string): Mode =>
  modes.get(lineKey(person, asset)) ?? cluster.mode

/** What a person wrote of a job's purpose: `purpose=learning` among other words. Null: a word that names none. */
export function purposeOf(comment: string): Purpose | null {
  const said = /(?:^|[\s,;])purpose[=:]([\w-]{1,40})/i.exec(comment)?.[1]
  if (said === undefined) return 'work'
  return PURPOSES.find((purpose) => purpose === said.toLowerCase().replaceAll('-', '_')) ?? null
}
