import type { Asset } from '#base/asset.ts'
import { rational, type Rational } from '#base/rational.ts'
import { iso, SECOND, type DateText } from '#base/time.ts'
import type { Guarantees } from '#grants/clauses.ts'
import type { Breach } from './breaches.ts'
import type { Run } from './facts.ts'
import { gpusAtOnce } from './promised.ts'
import type { Statement } from './statement.ts'
import { METHOD, type Quantile } from './wait.ts'

/** A wait in seconds; `at_least`: it was still going on when it was last seen. */
export type WaitView = { readonly kind: 'is' | 'at_least'; readonly seconds: number } | null

export type SpreadView = {
  readonly count: number
  readonly p50: WaitView
  readonly p95: WaitView
  readonly longest: WaitView
}

export type RunView = {
  readonly id: string
  readonly cluster: string
  readonly job: string
  readonly state: string
  readonly gpus: number
  readonly submitted_at: string
  readonly eligible_at: string | null
  readonly started_at: string | null
  readonly ended_at: string | null
  /** GPU-seconds. */
  readonly ran: bigint
  readonly charged: bigint
}

export type BreachView = {
  readonly key: string
  readonly kind: Breach['kind']
  readonly grant_id: string
  readonly at: string
  readonly final: boolean
  readonly runs: readonly RunView[]
  /** How many there are; only the first are shown. */
  readonly run_count: number
  /** GPU-seconds that the contract credits for it. */
  readonly remedy: bigint
  /** The grant that credits it; null: not yet. */
  readonly credited: { readonly grant_id: string; readonly on: DateText; readonly quantity: bigint } | null
}

export type PromiseView = {
  readonly grant_id: string
  readonly name: string
  readonly from: DateText
  readonly until: DateText | null
  readonly content_hash: string
  /** GPUs of what the contract counts: 1, or those of a node. */
  readonly gpus_per_unit: number
  readonly guarantees: {
    readonly queue_wait: { readonly percentile: number; readonly seconds: number } | null
    readonly preemptions_per_month: number | null
    readonly uptime: string | null
    readonly nodes_at_once: number | null
    readonly gpus_per_node: number
    readonly remedy: { readonly credit: bigint; readonly at_most_per_month: bigint } | null
  }
}

/** What one person was promised of one accelerator and tier in one month, and what they got. Amounts are GPU-seconds. */
export type StatementView = {
  readonly asset: Asset
  readonly month: string
  readonly from: string
  readonly until: string
  readonly as_of: string
  /** The month is not over, or was not when this was made. */
  readonly open: boolean
  readonly promises: readonly PromiseView[]
  readonly hours: {
    /** GPUs that are guaranteed at once, for as long as they were; null: no number was promised. */
    readonly promised: bigint | null
    /** Of what was looked at, how much there was to be had. */
    readonly sampled: bigint
    readonly offered: bigint
    readonly least_gpus: { readonly gpus: number; readonly at: string } | null
    readonly gpus_at_once: number | null
    readonly delivered: bigint
    readonly charged: bigint
    readonly lost: bigint
    readonly failed: bigint
  }
  readonly wait: SpreadView & {
    /** Runs beyond what is guaranteed at once. */
    readonly beyond: number
    readonly waiting: number
    readonly promised: {
      readonly percentile: number
      readonly seconds: number
      readonly found: WaitView
    } | null
    readonly method: string
  }
  readonly hold: SpreadView
  readonly preemptions: { readonly count: number; readonly allowed: number | null }
  readonly uptime: {
    /** GPU-seconds of the nodes behind the promise, maintenance taken out. */
    readonly due: bigint
    readonly planned: bigint
    readonly down: bigint
    /** Six digits, never rounded up; null: no node is known. */
    readonly share: string | null
    readonly promised: string | null
  }
  readonly breaches: readonly BreachView[]
  readonly remedy: { readonly due: bigint; readonly credited: bigint }
}

/** Runs of one breach that a page needs to see; the evidence has all of them. */
const SHOWN_RUNS = 20

export type Credit = { readonly grant_id: string; readonly on: DateText; readonly quantity: bigint }

export function viewOf(
  { promises, terms, measured, breaches }: Statement,
  told: { readonly asset: Asset; readonly month: string; readonly credits: ReadonlyMap<string, Credit> },
): StatementView {
  const { period, waits, offered, delivered, uptime } = measured
  const credited = (breach: Breach): Credit | null => told.credits.get(creditKey(breach)) ?? null
  const atOnce = gpusAtOnce(terms)
  const due = uptime.promised - uptime.planned
  return {
    asset: told.asset,
    month: told.month,
    from: iso(period.from),
    until: iso(period.until),
    as_of: iso(period.asOf),
    open: period.asOf < period.until,
    promises: promises.map((pledge) => ({
      grant_id: pledge.grant,
      name: pledge.name,
      from: pledge.from,
      until: pledge.until,
      content_hash: pledge.contentHash,
      gpus_per_unit: pledge.gpusPerUnit,
      guarantees: guaranteesView(pledge.guarantees, pledge.gpusPerNode, BigInt(pledge.gpusPerUnit)),
    })),
    hours: {
      promised: atOnce === null ? null : measured.promised,
      sampled: offered.sampled / MILLIS,
      offered: offered.offered / MILLIS,
      least_gpus: offered.least && { gpus: offered.least.gpus, at: iso(offered.least.at) },
      gpus_at_once: atOnce,
      ...delivered,
    },
    wait: {
      count: waits.counted.length,
      p50: waitView(waits.p50),
      p95: waitView(waits.p95),
      longest: waitView(waits.longest),
      beyond: waits.beyond.length,
      waiting: waits.counted.filter(({ run, over }) => !over && run.endedAt === null).length,
      promised: terms.queueWait && {
        percentile: terms.queueWait.value.percentile,
        seconds: terms.queueWait.value.most / SECOND,
        found: waitView(waits.promised),
      },
      method: METHOD,
    },
    hold: {
      count: measured.hold.count,
      p50: waitView(measured.hold.p50),
      p95: waitView(measured.hold.p95),
      longest: waitView(measured.hold.longest),
    },
    preemptions: { count: measured.preempted.length, allowed: terms.preemptions?.value ?? null },
    uptime: {
      due: due / MILLIS,
      planned: uptime.planned / MILLIS,
      down: (uptime.down + MILLIS - 1n) / MILLIS,
      share: due === 0n ? null : shareText(rational(due - uptime.down, due)),
      promised: terms.uptime?.value ?? null,
    },
    breaches: breaches.map((breach) => ({
      key: breach.key,
      kind: breach.kind,
      grant_id: breach.grant,
      at: iso(breach.at),
      final: breach.final,
      runs: breach.runs.slice(0, SHOWN_RUNS).map(runView),
      run_count: breach.runs.length,
      remedy: breach.remedy,
      credited: credited(breach),
    })),
    remedy: {
      due: breaches.reduce((sum, breach) => sum + breach.remedy, 0n),
      credited: breaches.reduce((sum, breach) => sum + (credited(breach)?.quantity ?? 0n), 0n),
    },
  }
}

/** By contract and breach. */
export const creditKey = ({ grant, key }: Pick<Breach, 'grant' | 'key'>): string => `${grant} ${key}`

export const runView = (run: Run): RunView => ({
  id: run.id,
  cluster: run.cluster,
  job: run.job,
  state: run.state,
  gpus: run.gpus,
  submitted_at: iso(run.submittedAt),
  eligible_at: run.eligibleAt === null ? null : iso(run.eligibleAt),
  started_at: run.startedAt === null ? null : iso(run.startedAt),
  ended_at: run.endedAt === null ? null : iso(run.endedAt),
  ran: run.ran,
  charged: run.charged,
})

const guaranteesView = (
  g: Guarantees,
  gpusPerNode: number,
  gpusPerUnit: bigint,
): PromiseView['guarantees'] => ({
  queue_wait: g.queueWait ?? null,
  preemptions_per_month: g.preemptionsPerMonth ?? null,
  uptime: g.uptime ?? null,
  nodes_at_once: g.nodesAtOnce ?? null,
  gpus_per_node: gpusPerNode,
  remedy: g.remedy
    ? {
        credit: BigInt(g.remedy.credit) * gpusPerUnit,
        at_most_per_month: BigInt(g.remedy.atMostPerMonth) * gpusPerUnit,
      }
    : null,
})

const waitView = (found: Quantile): WaitView => found && { kind: found.kind, seconds: found.wait / SECOND }

/** Of a GPU; cut, but for what was down: what was begun to be lost is told. */
const MILLIS = 1_000n

/** Rounded down, so that it never says more than was kept. */
function shareText({ n, d }: Rational): string {
  const millionths = (n * 1_000_000n) / d
  return `${millionths / 1_000_000n}.${String(millionths % 1_000_000n).padStart(6, '0')}`
}
