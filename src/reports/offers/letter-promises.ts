import { parseAsset, type Tier } from '#base/asset.ts'
import type { OfferContent, OfferLine } from '#offers/content.ts'
import { count, percent } from '../words/text.ts'
import { saying, termsOf } from './letter-terms.ts'

/** What is guaranteed of one grant: every promise that there can be, and where none is made, that too. */
export type Promises = {
  readonly n: number
  readonly name: string
  readonly promises: readonly { readonly name: string; readonly value: string }[]
}

export const promisesOf = ({ lines }: OfferContent): readonly Promises[] =>
  lines.map((line) => ({
    n: line.n,
    name: line.name,
    promises: rowsOf(line).map(([name, value]) => ({ name, value })),
  }))

const TIERS: Readonly<Record<Tier, { readonly tier: string; readonly queue: string }>> = {
  guaranteed: {
    tier: 'guaranteed: its jobs do not give way to those of another tier',
    queue: 'the first of three, before priority and spot',
  },
  priority: {
    tier: 'priority: its jobs start after those of the guaranteed tier',
    queue: 'the second of three, after guaranteed and before spot',
  },
  spot: {
    tier: 'spot: its jobs run on what others leave free, and give way to them',
    queue: 'the last of three, after guaranteed and priority',
  },
}

function rowsOf(line: OfferLine): readonly (readonly [name: string, value: string])[] {
  const { guarantees: promised = {} } = termsOf(line).clauses
  const tier = parseAsset(line.asset)?.unit.tier
  const runs = tier !== undefined
  const { queueWait, preemptionsPerMonth, uptime, nodesAtOnce, noticeDays, remedy } = promised
  const amount = saying(line.asset)
  const served = promised.serviceTier ?? tier
  const row = <Value>(
    name: string,
    value: Value | undefined,
    said: (value: Value) => string,
    silent: string,
  ): readonly (readonly [string, string])[] =>
    value === undefined ? (runs ? [[name, silent]] : []) : [[name, said(value)]]

  const rows = [
    ...(served === undefined ? [] : [['Tier', TIERS[served].tier] as const]),
    ...(served === undefined ? [] : [['Queue priority', TIERS[served].queue] as const]),
    ...row(
      'Wait in the queue',
      queueWait,
      (wait) => `${wait.percentile}% of jobs start within ${count(wait.seconds, 'second')}`,
      'no longest wait is promised',
    ),
    ...row(
      'Preemptions',
      preemptionsPerMonth,
      (most) => (most === 0 ? 'none' : `at most ${count(most, 'preemption')} a month`),
      'no limit is promised',
    ),
    ...row(
      'Uptime',
      uptime,
      (share) => `${percent(share)} of each month`,
      'no share of the time is promised',
    ),
    ...row(
      'At once',
      nodesAtOnce,
      (nodes) => `at least ${count(nodes, 'node')}`,
      'no number of nodes is promised',
    ),
    ...row(
      'Notice',
      noticeDays,
      (days) => `${count(days, 'day')} before a change`,
      'no notice before a change is promised',
    ),
    ...row(
      'Remedy',
      remedy,
      (one) => `for each breach ${amount(one.credit)}; in one month at most ${amount(one.atMostPerMonth)}`,
      'no credit for a breach is promised',
    ),
  ]
  return rows.length > 0
    ? rows
    : [['Service', 'that of the provider on which it is spent; the company adds no promise of its own']]
}
