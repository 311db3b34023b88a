import type { Tier } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { compare, fromDecimal, type Rational } from '#base/rational.ts'
import { SECOND, startOfDay, type Millis } from '#base/time.ts'
import { knownUntil, type Period, type Pledge } from './facts.ts'

/** One thing that was promised, and by which contract. */
export type Term<Value> = { readonly grant: string; readonly name: string; readonly value: Value }

export type WaitPromise = { readonly percentile: number; readonly most: Millis }

/** What a person was promised in one lane and month: of several contracts the strictest each, and their nodes together. */
export type Terms = {
  readonly tier: Tier
  readonly queueWait: Term<WaitPromise> | null
  readonly preemptions: Term<number> | null
  /** A share as the contract writes it. */
  readonly uptime: Term<string> | null
  readonly atOnce: readonly Term<{ readonly nodes: number; readonly gpus: number }>[]
  readonly remedies: ReadonlyMap<string, Remedy>
}

/** GPU-seconds, whatever the contract counts. */
export type Remedy = { readonly credit: bigint; readonly atMostPerMonth: bigint }

const startOf = ({ from }: Pledge): Millis => startOfDay(from)
const endOf = ({ until }: Pledge): Millis => (until === null ? Number.POSITIVE_INFINITY : startOfDay(until))

/** The promises that hold at any time of the month, the oldest first. */
export const inForce = (promises: readonly Pledge[], month: Period): readonly Pledge[] =>
  promises
    .filter((promise) => startOf(promise) < month.until && endOf(promise) > month.from)
    .toSorted((a, b) => startOf(a) - startOf(b) || (a.grant < b.grant ? -1 : 1))

/** The part of the month in which anything was promised. */
export const promisedPeriod = (held: readonly Pledge[], month: Period): Period => ({
  from: Math.max(month.from, Math.min(...held.map(startOf))),
  until: Math.min(month.until, Math.max(...held.map(endOf))),
  asOf: month.asOf,
})

export function termsOf(held: readonly Pledge[], tier: Tier): Terms {
  const told = <Value>(of: (promise: Pledge) => Value | undefined): readonly Term<Value>[] =>
    held.flatMap((promise) => {
      const value = of(promise)
      return value === undefined ? [] : [{ grant: promise.grant, name: promise.name, value }]
    })
  const waits = told(
    ({ guarantees: { queueWait } }) =>
      queueWait && { percentile: queueWait.percentile, most: queueWait.seconds * SECOND },
  )
  return {
    tier,
    queueWait: strictest(waits, (a, b) => a.most - b.most || b.percentile - a.percentile),
    preemptions: strictest(
      told(({ guarantees }) => guarantees.preemptionsPerMonth),
      (a, b) => a - b,
    ),
    uptime: strictest(
      told(({ guarantees }) => guarantees.uptime),
      (a, b) => compare(shareIn(b), shareIn(a)),
    ),
    atOnce: told(({ guarantees: { nodesAtOnce }, gpusPerNode }) =>
      nodesAtOnce === undefined ? undefined : { nodes: nodesAtOnce, gpus: nodesAtOnce * gpusPerNode },
    ),
    remedies: new Map(held.flatMap(remedyOf)),
  }
}

function remedyOf({ grant, guarantees: { remedy }, gpusPerUnit }: Pledge): [string, Remedy][] {
  if (!remedy) return []
  const gpus = (units: string): bigint => BigInt(units) * BigInt(gpusPerUnit)
  return [[grant, { credit: gpus(remedy.credit), atMostPerMonth: gpus(remedy.atMostPerMonth) }]]
}

/** Null: no number was agreed, so there is no more and no less. */
export const gpusAtOnce = ({ atOnce }: Terms): number | null =>
  atOnce.length === 0 ? null : atOnce.reduce((sum, { value }) => sum + value.gpus, 0)

/** GPU-seconds that the contracts guarantee at once, each over its own days of what is over of the month. */
export function promisedSeconds(held: readonly Pledge[], month: Period): bigint {
  return held.reduce((sum, promise) => {
    const { guarantees, gpusPerNode } = promise
    const time = Math.min(endOf(promise), knownUntil(month)) - Math.max(startOf(promise), month.from)
    const gpus = (guarantees.nodesAtOnce ?? 0) * gpusPerNode
    return time > 0 ? sum + (BigInt(gpus) * BigInt(time)) / BigInt(SECOND) : sum
  }, 0n)
}

export function shareIn(text: string): Rational {
  const value = fromDecimal(text)
  invariant(value, 'the share of a contract that was checked is a decimal')
  return value
}

const strictest = <Value>(
  terms: readonly Term<Value>[],
  order: (a: Value, b: Value) => number,
): Term<Value> | null => terms.toSorted((a, b) => order(a.value, b.value))[0] ?? null
