import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { DateText } from './base.ts'
import type { Nano } from './contract.ts'
import { queryOf } from './links.ts'
import type { Basis, MarkFacts } from './value.ts'

/** What hours will cost, and what rights around them are worth, as the API tells it. */

export type Assumed = {
  readonly name: string
  readonly value: string
  readonly from: 'given' | 'fitted' | 'usual'
  readonly says: string
}
type Head = {
  readonly day: DateText
  readonly basis: Basis
  readonly accelerator: string
  readonly mark: MarkFacts
  readonly numbers: readonly Assumed[]
}
export type ForwardPoint = {
  readonly month: number
  readonly expected: Nano
  readonly p5: Nano
  readonly p50: Nano
  readonly p95: Nano
}
export type Forward = Head & {
  readonly curve: {
    readonly kind: 'futures' | 'terms' | 'model' | 'flat'
    readonly says: string
    readonly told: number
    readonly without: readonly string[]
  }
  readonly calibration: { readonly weak: boolean; readonly reasons: readonly string[] }
  readonly points: readonly ForwardPoint[]
}
export type Right = {
  readonly id: string
  readonly name: string
  readonly says: string
  readonly method: string
  readonly an_hour: Nano
  readonly total: Nano
}
export type Rights = Head & {
  readonly reasons: readonly string[]
  readonly strike: Nano
  readonly rights: readonly Right[]
  readonly lock_up: {
    readonly chaffe: { readonly share: number }
    readonly finnerty: { readonly share: number }
  }
  readonly interruptions: {
    readonly meantime: number | null
    readonly efficiency: number
    readonly effective_hours: number
  }
  readonly tokens: { readonly bought: string; readonly more: number; readonly used: string }
}

export type ForwardAsk = { readonly accelerator: string; readonly basis: Basis; readonly drift: string }
/** Numbers as they were typed; what is absent is as usual. */
export type RightsAsk = {
  readonly accelerator: string
  readonly basis: Basis
  readonly hours: string
  readonly years: string
  readonly strike: string
  readonly volatility: string
}

const API = '/api/v1/value'
const STALE_MS = 60_000

export const forwardQuery = (ask: ForwardAsk) =>
  queryOptions({
    queryKey: ['forward', ask],
    queryFn: ({ signal }) => read<Forward>(`${API}/forward${queryOf(ask)}`, signal),
    placeholderData: keepPreviousData,
    staleTime: STALE_MS,
  })
export const rightsQuery = (ask: RightsAsk) =>
  queryOptions({
    queryKey: ['rights', ask],
    queryFn: ({ signal }) => read<Rights>(`${API}/rights${queryOf(ask)}`, signal),
    placeholderData: keepPreviousData,
    staleTime: STALE_MS,
  })
