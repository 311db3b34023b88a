import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { Asset, DateText } from './base.ts'
import type { Instant, Nano } from './contract.ts'
import { queryOf } from './links.ts'

/** What compute is worth, as the API tells it. */

export const BASES = ['list', 'replacement', 'index', 'cost'] as const
export type Basis = (typeof BASES)[number]

export const PARTS = [
  'granted',
  'exchanged',
  'vesting',
  'use',
  'expiry',
  'forfeiture',
  'revocation',
  'price',
  'model',
] as const
export type Part = (typeof PARTS)[number]

export const STAGES = ['effective', 'retained', 'forward', 'present', 'expected'] as const
export type Stage = (typeof STAGES)[number]

export const GROUPS = ['person', 'entity', 'manager', 'level', 'country', 'asset'] as const
export type GroupBy = (typeof GROUPS)[number]

type Split = { readonly total: Nano; readonly unvested: Nano; readonly vested: Nano }
export type Missing = { readonly asset: Asset; readonly code: string; readonly reason: string }
export type BasisValue = {
  readonly basis: Basis
  readonly cap: Split
  readonly bid: Nano | null
  readonly ask: Nano | null
  readonly expected: Split
  readonly dollars: Nano
  readonly missing: readonly Missing[]
}
export type Change = {
  readonly opening: Nano
  readonly closing: Nano
  readonly parts: Readonly<Record<Part, Nano>>
}
export type Sums = {
  readonly bases: readonly BasisValue[]
  readonly steps: Readonly<Record<'cap' | Stage, Nano>>
  readonly own_cost: { readonly cap: Nano; readonly expected: Nano; readonly missing: readonly Missing[] }
  readonly change: {
    readonly cap: Change
    readonly expected: Change
    readonly opening_price: readonly Asset[]
  }
}
export type MarkFacts = {
  readonly hash: string
  readonly accelerator: string
  readonly tier: string
  readonly index: string | null
  readonly bid: Nano | null
  readonly mid: Nano
  readonly ask: Nano | null
  readonly n: number
  readonly level: number
  readonly stale_days: number
  readonly step: string
  readonly steps: readonly string[]
  readonly sources: readonly { readonly source: string; readonly licence: string; readonly rows: number }[]
}
export type AssetPrice = {
  readonly basis: Basis
  readonly price: Nano | null
  readonly bid: Nano | null
  readonly ask: Nano | null
  readonly how: string | null
  readonly code: string | null
  readonly reason: string | null
  readonly mark: MarkFacts | null
  readonly price_before: Nano | null
}
export type AssetValue = {
  readonly asset: Asset
  readonly unvested: Nano
  readonly vested: Nano
  readonly prices: readonly AssetPrice[]
  readonly own_cost: {
    readonly price: Nano | null
    readonly how: string | null
    readonly reason: string | null
  }
  readonly bases: readonly BasisValue[]
  readonly delivered: {
    readonly availability: number
    readonly efficiency: number
    readonly why: string
  } | null
}
type Head = Sums & {
  readonly as_of: Instant
  readonly day: DateText
  readonly from: DateText
  readonly basis: Basis
  readonly grants: number
  readonly assets: readonly AssetValue[]
  readonly assumptions: {
    readonly interest: number
    readonly drift: number
    readonly turnover: {
      readonly hazard: number
      readonly leavers: number
      readonly person_years: number
      readonly weak: boolean
      readonly reasons: readonly string[]
    }
    readonly demand: { readonly fitted: number; readonly weak: number; readonly without: number }
  }
}
export type ValueGroup = Sums & {
  readonly key: string
  readonly name: string
  readonly people: number
  readonly grants: number
}
export type Value = Head & {
  readonly people: number
  readonly by: GroupBy
  readonly groups: readonly ValueGroup[]
}
export type GrantWorth = Sums & {
  readonly grant_id: string
  readonly book_id: string
  readonly name: string
  readonly asset: Asset
  readonly unvested: Nano
  readonly vested: Nano
  readonly next_vest: { readonly date: DateText; readonly quantity: Nano } | null
  readonly demand: {
    readonly a_month: number
    readonly months: number
    readonly weak: boolean
    readonly reasons: readonly string[]
  } | null
}
export type PersonValue = Head & {
  readonly person: { readonly id: string; readonly name: string }
  readonly rows: readonly GrantWorth[]
}
export type Stressed = {
  readonly basis: Basis
  readonly before: Nano
  readonly after: Nano
  readonly change: Nano
}
export type Scenario = {
  readonly id: string
  readonly name: string
  readonly says: string
  readonly parameters: readonly {
    readonly name: string
    readonly says: string
    readonly usual: string
    readonly least: string
    readonly most: string
    readonly unit: 'share' | 'year' | 'a_year' | 'factor'
    readonly source: string
    readonly value: string
  }[]
  readonly bases: readonly Stressed[]
  readonly expected: readonly Stressed[]
  readonly dollar_buys: string
}

/** A price that was marked, with everything that it was made of. */
export type FrozenMark = {
  readonly mark: MarkFacts & {
    readonly basis: Basis
    readonly form: string | null
    readonly as_of: DateText
    readonly providers: readonly {
      readonly provider: string
      readonly price: Nano
      readonly rejected: boolean
      readonly thin: boolean
    }[]
  }
  readonly recorded_at: Instant
  readonly observations: readonly Observation[]
  readonly below: readonly Observation[]
}
export type Observation = {
  readonly id: string
  readonly provider: string
  readonly accelerator: string
  readonly form: string | null
  readonly tier: string
  readonly price: Nano
  readonly observed_at: Instant
  readonly source: string
  readonly licence: string
  readonly quality: string
}
export type HistoryMark =
  | {
      readonly kind: 'mark'
      readonly as_of: DateText
      readonly hash: string
      readonly bid: Nano | null
      readonly mid: Nano
      readonly ask: Nano | null
      readonly n: number
      readonly level: number
      readonly stale_days: number
      readonly sources: MarkFacts['sources']
    }
  | { readonly kind: 'none'; readonly as_of: DateText; readonly why: readonly string[] }

export type ValueAsk = {
  readonly from?: DateText | undefined
  readonly basis?: Basis | undefined
  readonly by?: GroupBy | undefined
}

const API = '/api/v1'
const person = (id: string): string => `${API}/people/${encodeURIComponent(id)}`
const EVERY_MS = 60_000

export const valuePath = (ask: ValueAsk): string => `${API}/value${queryOf(ask)}`
export const valueQuery = (ask: ValueAsk) =>
  queryOptions({
    queryKey: ['value', ask],
    queryFn: ({ signal }) => read<Value>(valuePath(ask), signal),
    refetchInterval: (query) => (query.state.data === undefined ? false : EVERY_MS),
    placeholderData: keepPreviousData,
  })

export const worthPath = (id: string, ask: ValueAsk): string => `${person(id)}/value${queryOf(ask)}`
export const worthQuery = (id: string, ask: ValueAsk) =>
  queryOptions({
    queryKey: ['worth', id, ask],
    queryFn: ({ signal }) => read<PersonValue>(worthPath(id, ask), signal),
    refetchInterval: (query) => (query.state.data === undefined ? false : EVERY_MS),
    placeholderData: keepPreviousData,
  })

/** `of` null: of the whole company. */
export const scenariosPath = (of: string | null, ask: Pick<ValueAsk, 'basis'>): string =>
  `${of === null ? API : person(of)}/value/scenarios${queryOf(ask)}`
export const scenariosQuery = (of: string | null, ask: Pick<ValueAsk, 'basis'>) =>
  queryOptions({
    queryKey: ['scenarios', of, ask],
    queryFn: ({ signal }) =>
      read<{ readonly scenarios: readonly Scenario[] }>(scenariosPath(of, ask), signal),
    placeholderData: keepPreviousData,
  })

export const markPath = (hash: string): string => `${API}/hardware/marks/${encodeURIComponent(hash)}`
export const markQuery = (hash: string) =>
  queryOptions({
    queryKey: ['mark', hash],
    queryFn: ({ signal }) => read<FrozenMark>(markPath(hash), signal),
    staleTime: Infinity,
  })

/** Freezes the mark of a day, so that it can be opened by its hash; the same day gives the same mark. */
export const freezeMark = async (
  ask: Omit<HistoryAsk, 'from'> & { readonly day: DateText },
): Promise<string | null> => {
  const { accelerator, basis, tier, day } = ask
  const path = `${API}/hardware/marks${queryOf({ accelerator, basis, tier, as_of: day })}`
  const { marks } = await read<{ readonly marks: readonly HistoryMark[] }>(path)
  const [mark] = marks
  return mark?.kind === 'mark' ? mark.hash : null
}

export type HistoryAsk = {
  readonly accelerator: string
  readonly basis: Basis
  readonly tier: string
  readonly from: DateText
}
export const historyPath = (ask: HistoryAsk): string => `${API}/hardware/history${queryOf(ask)}`
export const historyQuery = (ask: HistoryAsk) =>
  queryOptions({
    queryKey: ['history', ask],
    queryFn: ({ signal }) => read<{ readonly marks: readonly HistoryMark[] }>(historyPath(ask), signal),
    staleTime: EVERY_MS,
  })

export const basisOf = (sums: Pick<Sums, 'bases'>, basis: Basis): BasisValue =>
  sums.bases.find((one) => one.basis === basis)!

type Band = { readonly mean: Nano; readonly p5: Nano; readonly p50: Nano; readonly p95: Nano }
type CompareYear = Readonly<Record<'salary' | 'bonus' | 'equity' | 'hours' | 'dollars' | 'total', Nano>> & {
  readonly year: number
}
export type Comparison = {
  readonly accelerator: string
  readonly mark: MarkFacts
  readonly model: { readonly reasons: readonly string[] }
  readonly years: readonly CompareYear[]
  readonly total: CompareYear
  readonly today: {
    readonly cash: Nano
    readonly dollars: Nano
    readonly hours: Band | null
    readonly equity: Band | null
    readonly all: Band
  }
  readonly swap: { readonly toHours: Nano; readonly toEquity: Nano } | null
  readonly breakEven: Nano | null
  readonly guard: { readonly floor: Nano; readonly cap: Nano } | null
  readonly equivalents: {
    readonly utilisation: string
    readonly exaflop_days: string
    readonly gpu_years: string
    readonly node_years: string
    readonly training: readonly { readonly parameters: string; readonly tokens: string }[]
    readonly tokens: string
    readonly words: string
    readonly tokens_of: string
  } | null
}
/** Numbers as they were typed; what is absent is as usual. */
export type CompareAsk = {
  readonly basis: Basis
  readonly accelerator?: string | undefined
  readonly tier?: string | undefined
  readonly hours: string
  readonly dollars: string
  readonly used: string
  readonly salary: string
  readonly bonus: string
  readonly equity: string
  readonly cash: string
}
export const comparePath = (ask: CompareAsk): string => `${API}/value/compare${queryOf(ask)}`
export const compareQuery = (ask: CompareAsk) =>
  queryOptions({
    queryKey: ['compare', ask],
    queryFn: ({ signal }) => read<Comparison>(comparePath(ask), signal),
    placeholderData: keepPreviousData,
    staleTime: EVERY_MS,
  })
