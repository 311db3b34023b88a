import type { Tier } from '#base/asset.ts'
import { MINUTE, type Millis } from '#base/time.ts'
import { knownUntil, type Period, type Run, type Sample } from './facts.ts'

/** A look at the cluster says nothing of later than this. */
export const SAMPLE_HOLDS = 15 * MINUTE

/** In milliseconds of a GPU. */
export type Offered = {
  /** GPUs that the contract guarantees, for as long as the cluster was looked at. */
  readonly sampled: bigint
  /** Of them those that could be had: free, in use by the person, or in use by a tier that gives way. */
  readonly offered: bigint
  /** The worst look. */
  readonly least: { readonly gpus: number; readonly at: Millis } | null
  /** The times in which fewer could be had than are guaranteed. */
  readonly short: readonly { readonly from: Millis; readonly until: Millis; readonly gpus: number }[]
}

/**
 * Whether the GPUs that are guaranteed at once were there to be had, used or not: it tells "not used" from "not available".
 * Each sample stands until the next one, at most so long; time without a sample is in neither sum.
 */
export function offered(
  samples: readonly Sample[],
  runs: readonly Run[],
  ask: { readonly tier: Tier; readonly atOnce: number; readonly period: Period },
): Offered {
  const { tier, atOnce, period } = ask
  const end = knownUntil(period)
  const sorted = together(samples)
  const own = usesOf(runs)
  const total = { sampled: 0n, offered: 0n }
  const short: { from: Millis; until: Millis; gpus: number }[] = []
  let least: Offered['least'] = null
  for (const [index, sample] of sorted.entries()) {
    const from = Math.max(sample.at, period.from)
    const until = Math.min(sorted[index + 1]?.at ?? end, sample.at + SAMPLE_HOLDS, end)
    if (from >= until) continue
    const yielding = tier === 'spot' ? 0 : sample.preemptible
    // Its own runs are in use, and cannot be more than what is.
    const mine = Math.min(own(sample.at), sample.used - yielding)
    const had = Math.max(0, sample.up - sample.used) + yielding + mine
    const gpus = Math.min(atOnce, had)
    total.sampled += BigInt(atOnce) * BigInt(until - from)
    total.offered += BigInt(gpus) * BigInt(until - from)
    if (least === null || gpus < least.gpus) least = { gpus, at: sample.at }
    if (gpus < atOnce) short.push({ from, until, gpus })
  }
  return { ...total, least, short }
}

/** GPUs that the runs use at an instant; asked in order of time. */
function usesOf(runs: readonly Run[]): (at: Millis) => number {
  const changes = runs
    .flatMap(({ startedAt, endedAt, gpus }) =>
      startedAt === null
        ? []
        : [{ at: startedAt, by: gpus }, ...(endedAt === null ? [] : [{ at: endedAt, by: -gpus }])],
    )
    .toSorted((a, b) => a.at - b.at)
  let [next, inUse] = [0, 0]
  return (at) => {
    for (; next < changes.length && changes[next]!.at <= at; next += 1) inUse += changes[next]!.by
    return inUse
  }
}

type Look = Omit<Sample, 'cluster'>

/** What all clusters have together, at each time at which one of them was looked at. */
function together(samples: readonly Sample[]): readonly Look[] {
  const last = new Map<string, Sample>()
  const looks: Look[] = []
  for (const sample of samples.toSorted((a, b) => a.at - b.at)) {
    last.set(sample.cluster, sample)
    const { at } = sample
    const known = [...last.values()].filter((one) => at - one.at < SAMPLE_HOLDS)
    const sum = (of: 'up' | 'used' | 'preemptible'): number => known.reduce((all, one) => all + one[of], 0)
    if (looks.at(-1)?.at === at) looks.pop()
    looks.push({ at, up: sum('up'), used: sum('used'), preemptible: sum('preemptible') })
  }
  return looks
}
