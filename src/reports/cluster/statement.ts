import { parseAsset, type Asset } from '#base/asset.ts'
import { invariant } from '#base/invariant.ts'
import { rational } from '#base/rational.ts'
import type { Millis } from '#base/time.ts'
import { breachesOf, type Breach } from './breaches.ts'
import { delivered, type Delivered } from './delivered.ts'
import {
  PREEMPTED,
  within,
  type Outage,
  type Period,
  type Pledge,
  type PromisedNode,
  type Run,
  type Sample,
} from './facts.ts'
import { offered, type Offered } from './offered.ts'
import { uptime, type Uptime } from './outages.ts'
import { gpusAtOnce, inForce, promisedPeriod, promisedSeconds, termsOf, type Terms } from './promised.ts'
import { quantile, shareOf, type Quantile, type Wait } from './wait.ts'
import { queueWaits, type QueueWait } from './waits.ts'

/** Everything that a statement is computed from: whoever has it can compute it again. */
export type Facts = {
  /** GPU-hours of one accelerator and tier. */
  readonly asset: Asset
  readonly promises: readonly Pledge[]
  /** Of the person in this lane, those before the month that still ran or waited in it among them. */
  readonly runs: readonly Run[]
  readonly samples: readonly Sample[]
  readonly nodes: readonly PromisedNode[]
  readonly outages: readonly Outage[]
  readonly month: Period
}

export type Waits = {
  /** Of runs within the guarantee that became eligible in the period. */
  readonly counted: readonly QueueWait[]
  /** Beyond what is guaranteed at once. */
  readonly beyond: readonly QueueWait[]
  readonly p50: Quantile
  readonly p95: Quantile
  readonly longest: Quantile
  /** At the percentile of the contract; null when it promises none. */
  readonly promised: Quantile
}

export type Measured = {
  /** The part of the month in which anything was promised. */
  readonly period: Period
  /** GPU-seconds that were guaranteed at once, used or not. */
  readonly promised: bigint
  readonly offered: Offered
  readonly delivered: Delivered
  readonly waits: Waits
  /** How long the ledger itself kept jobs back: from submission until nothing but the queue did. */
  readonly hold: { readonly count: number } & Pick<Waits, 'p50' | 'p95' | 'longest'>
  /** In the order in which they ended. */
  readonly preempted: readonly Run[]
  readonly uptime: Uptime
}

export type Statement = {
  /** Those that held in the month. */
  readonly promises: readonly Pledge[]
  readonly terms: Terms
  readonly measured: Measured
  readonly breaches: readonly Breach[]
}

/** What one person was promised in one lane and month, what they got, and what was not kept. Null: nothing was promised. */
export function statementOf(facts: Facts): Statement | null {
  const tier = parseAsset(facts.asset)?.unit.tier
  invariant(tier, 'guarantees are of GPU-hours of a tier')
  const held = inForce(facts.promises, facts.month)
  if (held.length === 0) return null
  const terms = termsOf(held, tier)
  const period = promisedPeriod(held, facts.month)
  const atOnce = gpusAtOnce(terms)
  const { runs } = facts
  const measured: Measured = {
    period,
    promised: promisedSeconds(held, facts.month),
    offered: offered(facts.samples, runs, { tier, atOnce: atOnce ?? 0, period }),
    delivered: delivered(runs, period),
    waits: waitsOf(runs, period, terms),
    hold: holdOf(runs, period),
    preempted: runs
      .filter(({ state, endedAt }) => state === PREEMPTED && within(period, endedAt))
      .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0) || (a.id < b.id ? -1 : 1)),
    uptime: uptime(facts.nodes, facts.outages, period),
  }
  return { promises: held, terms, measured, breaches: breachesOf(terms, measured) }
}

function waitsOf(runs: readonly Run[], period: Period, terms: Terms): Waits {
  const all = queueWaits(runs, period, gpusAtOnce(terms))
  const counted = all.filter(({ guaranteed }) => guaranteed)
  const { queueWait } = terms
  return {
    counted,
    beyond: all.filter(({ guaranteed }) => !guaranteed),
    ...spread(counted),
    promised: queueWait && quantile(counted, shareOf(queueWait.value.percentile)),
  }
}

function holdOf(runs: readonly Run[], period: Period): Measured['hold'] {
  const waits = runs
    .filter(({ submittedAt }) => within(period, submittedAt) && submittedAt <= period.asOf)
    .map(({ submittedAt, eligibleAt, endedAt }): Wait => {
      const over = eligibleAt !== null && eligibleAt <= period.asOf
      const until: Millis = over ? eligibleAt : Math.min(endedAt ?? period.asOf, period.asOf)
      return { wait: Math.max(0, until - submittedAt), over }
    })
  return { count: waits.length, ...spread(waits) }
}

function spread(waits: readonly Wait[]): Pick<Waits, 'p50' | 'p95' | 'longest'> {
  const longest = waits.reduce<Wait | null>(
    (most, one) =>
      most === null || one.wait > most.wait || (one.wait === most.wait && !one.over) ? one : most,
    null,
  )
  return {
    p50: quantile(waits, rational(1n, 2n)),
    p95: quantile(waits, rational(19n, 20n)),
    longest: longest && { kind: longest.over ? 'is' : 'at_least', wait: longest.wait },
  }
}
