import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { Asset, DateText, Purpose, Tier } from './base.ts'
import type { Instant, Nano, State } from './contract.ts'
import { queryOf } from './links.ts'

/** GPU jobs, what was promised of GPU-hours and how the clusters stand, on the wire. Amounts are GPU-seconds as text. */
export type GpuSeconds = Nano

export type Source = {
  readonly name: string
  readonly scheduler: string
  readonly software: string
  readonly mode: string
  /** Null: nobody looks at it, its records were read from a file. */
  readonly seen_at: Instant | null
}

export type GpuJob = {
  readonly cluster: string
  readonly job: string
  readonly name: string
  readonly state: 'held' | 'waiting' | 'running' | 'suspended' | 'ending'
  readonly verdict: string
  readonly reason: string | null
  readonly waits_for: string
  readonly asset: Asset | null
  readonly allowance: string
  readonly purpose: Purpose
  readonly gpus: number
  readonly tasks: number
  readonly time_limit_seconds: number | null
  readonly submitted_at: Instant
  readonly eligible_at: Instant | null
  readonly started_at: Instant | null
  readonly expected_at: Instant | null
  readonly nodes: readonly string[]
  readonly restarts: number
  readonly preempted: number
  readonly held: GpuSeconds
  readonly holds: readonly string[]
  readonly so_far: GpuSeconds
}
export type GpuJobs = {
  readonly as_of: Instant
  readonly jobs: readonly GpuJob[]
  readonly clusters: readonly Source[]
}

export type GpuRun = {
  readonly id: string
  readonly cluster: string
  readonly job: string
  readonly name: string
  readonly state: string
  readonly state_text: string
  readonly class: string
  readonly asset: Asset | null
  readonly purpose: Purpose
  readonly gpus: number
  readonly nodes: readonly string[]
  readonly submitted_at: Instant
  readonly eligible_at: Instant | null
  readonly started_at: Instant | null
  readonly ended_at: Instant
  readonly elapsed_seconds: number
  readonly used: GpuSeconds
  readonly charged: GpuSeconds
  readonly absorbed: GpuSeconds
  readonly lost: GpuSeconds
  readonly transfer: string | null
}
export type GpuRuns = {
  readonly runs: readonly GpuRun[]
  readonly count: number
  readonly used: GpuSeconds
  readonly charged: GpuSeconds
  readonly absorbed: GpuSeconds
  readonly lost: GpuSeconds
  readonly next: string | null
}

export type QueueWait = { readonly percentile: number; readonly seconds: number }
export type GpuBalance = Readonly<Record<State | 'granted', GpuSeconds>> & {
  readonly asset: Asset
  readonly accelerator: string
  readonly tier: Tier
  readonly next_vest: { readonly date: DateText; readonly quantity: GpuSeconds } | null
  readonly next_expiry: { readonly date: DateText; readonly amount: GpuSeconds } | null
  readonly running_gpus: number
  readonly waiting_gpus: number
  readonly worth: Nano | null
  readonly promise: {
    readonly queue_wait: QueueWait | null
    readonly preemptions: { readonly used: number; readonly allowed: number } | null
    readonly uptime: string | null
    readonly gpus_at_once: number | null
  } | null
}
export type GpuBalances = { readonly month: string; readonly balances: readonly GpuBalance[] }

export type GpuQuote =
  | { readonly kind: 'free'; readonly cluster: string }
  | { readonly kind: 'refused'; readonly cluster: string | null; readonly reason: string }
  | {
      readonly kind: 'fits' | 'short'
      readonly cluster: string
      readonly mode: string
      readonly asset: Asset
      readonly allowance: string
      /** The scheduler's word for the GPUs. */
      readonly type: string
      readonly gpus: number
      readonly tasks: number
      readonly time_limit_seconds: number
      readonly hold: GpuSeconds
      readonly most: GpuSeconds
      readonly available: GpuSeconds
      readonly exchangeable: GpuSeconds
      readonly held: GpuSeconds
      readonly most_worth: Nano | null
    }

/** `at_least`: some still wait, and too few have started to know more. */
export type Wait = { readonly kind: 'is' | 'at_least'; readonly seconds: number } | null
export type Spread = {
  readonly count: number
  readonly p50: Wait
  readonly p95: Wait
  readonly longest: Wait
}
export type SlaRun = {
  readonly id: string
  readonly cluster: string
  readonly job: string
  readonly state: string
  readonly gpus: number
  readonly submitted_at: Instant
  readonly eligible_at: Instant | null
  readonly started_at: Instant | null
  readonly ended_at: Instant | null
  readonly ran: GpuSeconds
  readonly charged: GpuSeconds
}
export type Breach = {
  readonly key: string
  readonly kind: 'queue_wait' | 'preemption' | 'uptime' | 'nodes_at_once'
  readonly grant_id: string
  readonly at: Instant
  readonly final: boolean
  readonly runs: readonly SlaRun[]
  readonly run_count: number
  readonly remedy: GpuSeconds
  readonly credited: {
    readonly grant_id: string
    readonly on: DateText
    readonly quantity: GpuSeconds
  } | null
}
export type Statement = {
  readonly asset: Asset
  readonly month: string
  readonly from: Instant
  readonly until: Instant
  readonly as_of: Instant
  readonly open: boolean
  readonly promises: readonly {
    readonly grant_id: string
    readonly name: string
    readonly from: DateText
    readonly until: DateText | null
    readonly content_hash: string
    readonly gpus_per_unit: number
    readonly guarantees: {
      readonly queue_wait: QueueWait | null
      readonly preemptions_per_month: number | null
      readonly uptime: string | null
      readonly nodes_at_once: number | null
      readonly gpus_per_node: number
      readonly remedy: { readonly credit: GpuSeconds; readonly at_most_per_month: GpuSeconds } | null
    }
  }[]
  readonly hours: {
    readonly promised: GpuSeconds | null
    readonly sampled: GpuSeconds
    readonly offered: GpuSeconds
    readonly least_gpus: { readonly gpus: number; readonly at: Instant } | null
    readonly gpus_at_once: number | null
    readonly delivered: GpuSeconds
    readonly charged: GpuSeconds
    readonly lost: GpuSeconds
    readonly failed: GpuSeconds
  }
  readonly wait: Spread & {
    readonly beyond: number
    readonly waiting: number
    readonly promised: (QueueWait & { readonly found: Wait }) | null
    readonly method: string
  }
  readonly hold: Spread
  readonly preemptions: { readonly count: number; readonly allowed: number | null }
  readonly uptime: {
    readonly due: GpuSeconds
    readonly planned: GpuSeconds
    readonly down: GpuSeconds
    readonly share: string | null
    readonly promised: string | null
  }
  readonly breaches: readonly Breach[]
  readonly remedy: { readonly due: GpuSeconds; readonly credited: GpuSeconds }
}
export type Sla = { readonly month: string; readonly statements: readonly Statement[] }
export type PersonStatement = Statement & {
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
}
export type CompanySla = {
  readonly month: string
  readonly statements: readonly PersonStatement[]
  readonly complete: boolean
}

type Whose = { readonly id: string; readonly name: string }
export type Lane = {
  readonly asset: Asset
  readonly accelerator: string
  readonly tier: Tier
  readonly people: number
  readonly promised_gpus: number
  readonly running_gpus: number
  readonly waiting_gpus: number
  readonly promised: GpuSeconds
  readonly offered: GpuSeconds
  readonly sampled: GpuSeconds
  readonly delivered: GpuSeconds
  readonly available: GpuSeconds
  readonly held: GpuSeconds
  readonly breaches: number
}
export type Capacity = {
  readonly accelerator: string
  readonly at: Instant
  readonly total: number
  readonly up: number
  readonly used: number
  readonly preemptible: number
  readonly promised: number
}
export type Starved = {
  readonly person: Whose
  readonly asset: Asset
  readonly cluster: string
  readonly job: string
  readonly gpus: number
  readonly waiting_seconds: number
  readonly promised_seconds: number | null
  readonly waits_for: string
}
export type Borrowing = {
  readonly person: Whose
  readonly asset: Asset
  readonly running_gpus: number
  readonly guaranteed_gpus: number
}
export type Drift = {
  readonly cluster: string
  readonly kind: string
  readonly name: string
  readonly wanted?: unknown
  readonly found?: unknown
  readonly found_at: Instant
  readonly repaired_at: Instant | null
}
export type Overview = {
  readonly as_of: Instant
  readonly month: string
  readonly clusters: readonly (Source & {
    readonly troubles: readonly { readonly part: string; readonly since: Instant }[]
  })[]
  readonly capacity: readonly Capacity[]
  readonly lanes: readonly Lane[]
  readonly starved: readonly Starved[]
  readonly borrowing: readonly Borrowing[]
  readonly drift: readonly Drift[]
  readonly reviews: number
}

const API = '/api/v1'
const person = (id: string): string => `${API}/people/${encodeURIComponent(id)}`
const live =
  (every: number) =>
  (query: { readonly state: { readonly data: unknown } }): number | false =>
    query.state.data === undefined ? false : every

export const gpuJobsPath = (id: string): string => `${person(id)}/gpu-jobs`
export const gpuJobsQuery = (id: string) =>
  queryOptions({
    queryKey: ['gpu-jobs', id],
    queryFn: ({ signal }) => read<GpuJobs>(gpuJobsPath(id), signal),
    refetchInterval: live(5_000),
  })

export const gpuBalancesQuery = (id: string) =>
  queryOptions({
    queryKey: ['gpu-balances', id],
    queryFn: ({ signal }) => read<GpuBalances>(`${person(id)}/gpu-balances`, signal),
    refetchInterval: live(15_000),
  })

export type RunFilter = {
  readonly asset?: string | undefined
  readonly state?: string | undefined
  readonly from?: DateText | undefined
  readonly to?: DateText | undefined
}
export const gpuRunsPath = (id: string, filter: RunFilter, limit: number, cursor?: string): string =>
  `${person(id)}/gpu-runs${queryOf({ ...filter, limit, cursor })}`
export const gpuRunsQuery = (id: string, filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ['gpu-runs', id, filter],
    queryFn: ({ signal, pageParam }) =>
      read<GpuRuns>(gpuRunsPath(id, filter, 25, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: live(30_000),
  })

/** Every run that the filter meets, for a download; bounded, and says so when the bound was met. */
export async function allRuns(
  id: string,
  filter: RunFilter,
): Promise<{ runs: readonly GpuRun[]; complete: boolean }> {
  const runs: GpuRun[] = []
  let cursor: string | undefined
  for (let page = 0; page < 100; page++) {
    const answer = await read<GpuRuns>(gpuRunsPath(id, filter, 200, cursor))
    runs.push(...answer.runs)
    if (!answer.next) return { runs, complete: true }
    cursor = answer.next
  }
  return { runs, complete: false }
}

export type QuoteAsk = {
  readonly type: string
  readonly tier: Tier
  readonly gpus: number
  readonly time_limit_seconds: number
}
export const quoteQuery = (id: string, ask: QuoteAsk) =>
  queryOptions({
    queryKey: ['gpu-quote', id, ask],
    queryFn: ({ signal }) => read<GpuQuote>(`${person(id)}/gpu-quote${queryOf(ask)}`, signal),
  })

export const slaPath = (id: string, month: string): string => `${person(id)}/sla${queryOf({ month })}`
export const slaQuery = (id: string, month: string) =>
  queryOptions({
    queryKey: ['sla', id, month],
    queryFn: ({ signal }) => read<Sla>(slaPath(id, month), signal),
    refetchInterval: live(30_000),
  })
export const companySlaPath = (month: string): string => `${API}/sla${queryOf({ month })}`
export const companySlaQuery = (month: string) =>
  queryOptions({
    queryKey: ['sla', 'company', month],
    queryFn: ({ signal }) => read<CompanySla>(companySlaPath(month), signal),
    refetchInterval: live(30_000),
  })
export const evidencePath = (
  id: string,
  of: { month: string; asset: Asset },
  format: 'json' | 'csv',
): string => `${person(id)}/sla/evidence${queryOf({ ...of, format })}`
export const creditsPath = (id: string): string => `${person(id)}/sla/credits`

export const overviewPath = `${API}/cluster`
export const overviewQuery = queryOptions({
  queryKey: ['cluster'],
  queryFn: ({ signal }) => read<Overview>(overviewPath, signal),
  refetchInterval: live(30_000),
})
