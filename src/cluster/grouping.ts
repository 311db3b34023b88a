import type { JobPayer } from '#spending/jobs.ts'
import { isAnothers, type Correction } from './correct.ts'
import { payerOf, type Reading } from './reading.ts'
import type { KnownRow } from './record-store.ts'
import { lineKey, type Map as ClusterMap } from './types.ts'

/** How the runs of a page come together: by who pays, by what was used of an allowance. */

export type ChargeGroup = {
  readonly payer: JobPayer
  most: bigint
  cost: bigint
  readonly readings: Reading[]
}

export function groupsOf(map: ClusterMap, readings: readonly Reading[]): ReadonlyMap<string, ChargeGroup> {
  const groups = new Map<string, ChargeGroup>()
  for (const reading of readings) {
    const { person, asset, purpose } = reading.booked
    const key = `${person} ${asset} ${purpose}`
    const group = groups.get(key) ?? {
      payer: payerOf(reading.booked, map.cluster.name),
      most: 0n,
      cost: 0n,
      readings: [],
    }
    group.most += reading.verdict.share
    group.cost += reading.booked.gpuSeconds
    group.readings.push(reading)
    groups.set(key, group)
  }
  return groups
}

/** What a correction may charge anew, and the wallets that it touches. */
export function needsOf(
  map: ClusterMap,
  { reading, known }: Correction,
): { payer: JobPayer; most: bigint }[] {
  const { name } = map.cluster
  const total = reading.booked.gpuSeconds
  if (isAnothers({ reading, known })) {
    return [
      { payer: payerOf(known, name), most: 0n },
      { payer: payerOf(reading.booked, name), most: total },
    ]
  }
  const more = total - known.charged - known.absorbed
  return [{ payer: payerOf(known, name), most: more > 0n ? more : 0n }]
}

/** Its person pays all of it, as far as it was held. */
export const isWhole = ({ verdict, booked }: Reading): boolean => verdict.share === booked.gpuSeconds

/** How much more each allowance has used. */
export function usesOf(map: ClusterMap, readings: readonly Reading[], before: ReadonlyMap<string, KnownRow>) {
  const allowances = new Map(map.lines.map((line) => [lineKey(line.person, line.asset), line.allowance]))
  const uses = new Map<string, { person: string; asset: string; seconds: bigint }>()
  const add = (person: string | null, asset: string | null, allowance: string, seconds: bigint): void => {
    if (person === null || asset === null || seconds === 0n) return
    const key = lineKey(person, asset)
    if (allowances.get(key) !== allowance) return
    const use = uses.get(key) ?? { person, asset, seconds: 0n }
    use.seconds += seconds
    uses.set(key, use)
  }
  for (const { record, booked } of readings) {
    add(booked.person, booked.asset, record.allowance, booked.gpuSeconds)
    const known = before.get(record.record)
    if (known) add(known.person, known.asset, known.allowance, -known.gpu_seconds)
  }
  return [...uses.values()].filter(({ seconds }) => seconds !== 0n)
}

export function detailOf({ verdict, record, requested, allocated }: Reading): string {
  if (verdict.class === 'other_gpus')
    return `It asked for ${requested || 'none'} and was given ${allocated || 'none'}.`
  if (verdict.class === 'outage')
    return `The controller was away when it ended: ${verdict.review?.gpuSeconds ?? 0n} of its GPU-seconds nobody saw.`
  return `It ended as ${record.stateText}.`
}
