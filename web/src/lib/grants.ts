import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { read } from './api.ts'
import type { Asset, DateText, Denomination } from './base.ts'
import type { Instant, Nano, Tranche } from './contract.ts'
import { queryOf } from './links.ts'

/** Grants as contracts on the wire, and where they are read. Amounts count the asset's smallest unit. */

export const STATUSES = [
  'draft',
  'pending',
  'approved',
  'offered',
  'accepted',
  'active',
  'ended',
  'declined',
  'withdrawn',
] as const
export type GrantStatus = (typeof STATUSES)[number]

export type ContractRow = {
  readonly id: string
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
  readonly entity_name: string
  readonly name: string
  readonly template_name: string
  readonly template_version: number
  readonly denomination: Denomination
  readonly asset: Asset
  readonly quantity: Nano
  readonly status: GrantStatus
  readonly version: number
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly ended_on: DateText | null
  readonly vested: Nano
  readonly unvested: Nano
  readonly spent: Nano
  readonly lost: Nano
  readonly next_vest: { readonly date: DateText; readonly quantity: Nano } | null
  readonly created_at: Instant
}

export type Contracts = {
  readonly grants: readonly ContractRow[]
  readonly counts: Readonly<Partial<Record<GrantStatus, number>>>
  readonly next: string | null
}

type Recorded = {
  readonly at: Instant
  readonly by: { readonly id: string; readonly name: string } | null
}

export type GrantEvent = Recorded & {
  readonly id: string
  readonly kind: string
  readonly on: DateText
  readonly body: Readonly<Record<string, unknown>>
}
export type GrantVersion = Recorded & {
  readonly n: number
  readonly quantity: Nano
  readonly effective_on: DateText
  readonly reason: string
  readonly content_hash: string
}
export type Section = { readonly title: string; readonly lines: readonly string[] }

export type Contract = ContractRow & {
  readonly available: Nano
  readonly held: Nano
  readonly forfeited: Nano
  readonly expired: Nano
  readonly revoked: Nano
  readonly terms: { readonly statements: unknown; readonly clauses: unknown }
  /** How the quantity came about; null: it was said, as the template asks. */
  readonly reckoning: { readonly kind?: string } | null
  readonly words: readonly Section[]
  readonly tranches: readonly Tranche[]
  readonly versions: readonly GrantVersion[]
  readonly events: readonly GrantEvent[]
  readonly approvals: readonly (Recorded & {
    readonly verdict: 'approved' | 'rejected'
    readonly note: string
    readonly content_hash: string
  })[]
  readonly acceptances: readonly {
    readonly version: number
    readonly typed_name: string
    readonly content_hash: string
    readonly at: Instant
  }[]
}

export type OutlookItem = {
  readonly date: DateText
  readonly kind: 'vest' | 'expire' | 'roll_over'
  readonly asset: Asset
  readonly quantity: Nano
  readonly grant_id: string
  readonly grant_name: string
  readonly tranche: number
  readonly lot_id: string | null
  readonly at: Instant
}

const API = '/api/v1'
const PAGE = 50
const SLOW_MS = 30_000

export type ContractFilter = {
  readonly status?: string | undefined
  readonly q?: string | undefined
  readonly template?: string | undefined
  readonly denomination?: string | undefined
}
export const contractsPath = (filter: ContractFilter, limit = PAGE, cursor?: string): string =>
  `${API}/grants${queryOf({ ...filter, limit, cursor })}`
export const contractsQuery = (filter: ContractFilter) =>
  infiniteQueryOptions({
    queryKey: ['contracts', filter],
    queryFn: ({ signal, pageParam }) =>
      read<Contracts>(contractsPath(filter, PAGE, pageParam ?? undefined), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

export const ownContractsPath = (person: string): string =>
  `${API}/people/${encodeURIComponent(person)}/contracts`
export const ownContractsQuery = (person: string) =>
  queryOptions({
    queryKey: ['contracts', 'of', person],
    queryFn: ({ signal }) =>
      read<{ readonly grants: readonly ContractRow[] }>(ownContractsPath(person), signal),
    refetchInterval: SLOW_MS,
  })

export const contractPath = (id: string): string => `${API}/grants/${encodeURIComponent(id)}`
export const contractPdf = (id: string): string => `${contractPath(id)}/contract.pdf`
export const contractQuery = (id: string) =>
  queryOptions({
    queryKey: ['contract', id],
    queryFn: ({ signal }) => read<Contract>(contractPath(id), signal),
    refetchInterval: SLOW_MS,
  })

export const outlookPath = (person: string): string => `${API}/people/${encodeURIComponent(person)}/outlook`
export const outlookQuery = (person: string) =>
  queryOptions({
    queryKey: ['outlook', person],
    queryFn: ({ signal }) => read<{ readonly items: readonly OutlookItem[] }>(outlookPath(person), signal),
    refetchInterval: SLOW_MS,
  })

export const calendarPath = `${API}/people/me/calendar`
export type Feed = { readonly url: string | null; readonly created_at: Instant | null }
export const calendarQuery = queryOptions({
  queryKey: ['calendar'],
  queryFn: ({ signal }) => read<Feed>(calendarPath, signal),
})
