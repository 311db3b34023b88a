import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { ApiError, read, write } from './api.ts'
import type { Account, Asset, DateText, LeaverReason, LeavingRule, Purpose } from './base.ts'
import type { Instant, Nano, Person } from './contract.ts'
import { queryOf } from './links.ts'

/** How a person's life at the company changes what was promised, on the wire. Amounts count each grant's smallest unit. */

export type PlanEntry = {
  /** `by_then`: would happen by that day without anybody leaving. */
  readonly when: 'by_then' | 'leaving'
  readonly kind: 'vested' | 'forfeit' | 'expire' | 'revoke' | 'carry'
  readonly source: Account
  readonly target: Account
  readonly amount: Nano
  readonly grant_id: string | null
  readonly lot_id: string | null
  readonly tranche: number | null
  readonly expires_at: Instant | null
  readonly purposes: readonly Purpose[] | null
  readonly why: string
}

export type Usable = {
  readonly lot_id: string
  readonly quantity: Nano
  readonly purposes: readonly Purpose[] | null
  /** The last day; null: it does not expire. */
  readonly until: DateText | null
}

export type GrantPlan = {
  readonly grant_id: string
  readonly name: string
  readonly asset: Asset
  readonly rule: LeavingRule
  readonly rule_source: string
  readonly entries: readonly PlanEntry[]
  readonly held: Nano
  readonly usable: readonly Usable[]
  readonly continues: readonly { readonly n: number; readonly date: DateText; readonly quantity: Nano }[]
}

/** What leaving does: what a preview shows is what a confirmation does. */
export type LeavePlan = {
  readonly on: DateText
  readonly last_day: DateText
  readonly reason: string
  readonly held: 'finish' | 'cancel'
  readonly access_until: DateText | null
  readonly access_purposes: readonly Purpose[] | null
  readonly grants: readonly GrantPlan[]
  readonly withdrawn: readonly { readonly grant_id: string; readonly name: string; readonly status: string }[]
  readonly vested_late: readonly {
    readonly grant_id: string
    readonly name: string
    readonly vested: Nano
  }[]
  readonly hash: string
}

export type LeavePreview = LeavePlan & {
  readonly person: { readonly id: string; readonly email: string; readonly name: string }
  readonly ahead: boolean
  readonly as_of: Instant
  readonly keys: readonly { readonly id: string; readonly name: string; readonly prefix: string }[]
}

export type LeaverSum = {
  readonly asset: Asset
  readonly usable: Nano
  readonly lost: Nano
  readonly continues: Nano
}
export type Leaver = {
  readonly id: string
  readonly person: { readonly id: string; readonly name: string; readonly email: string }
  readonly left_on: DateText
  readonly reason: string
  readonly note: string
  readonly state: 'scheduled' | 'done' | 'cancelled'
  readonly open: boolean
  readonly access_until: DateText | null
  readonly recorded_at: Instant
  readonly recorded_by: { readonly id: string; readonly name: string } | null
  readonly done_at: Instant | null
  readonly sums: readonly LeaverSum[]
}
export type Leavers = { readonly leavers: readonly Leaver[]; readonly complete: boolean }

export type Leave = {
  readonly id: string
  readonly kind: string
  readonly from: DateText
  readonly to: DateText | null
  readonly approximate: boolean
  readonly note: string
  readonly withdrawn: boolean
  readonly settled: boolean
}
export type Absence = {
  readonly leave: Leave
  readonly effects: readonly {
    readonly grant_id: string
    readonly name: string
    readonly policy: 'continue' | 'pause_extend' | 'pause_forfeit'
    readonly grace_days: number
    readonly next_vest: DateText | null
    readonly last_vest: DateText | null
    readonly planned: Nano
    readonly waiting: Nano
    readonly lost: Nano
  }[]
}
export type PersonLife = {
  readonly leaves: readonly Leave[]
  readonly leavings: readonly {
    readonly id: string
    readonly left_on: DateText
    readonly state: Leaver['state']
  }[]
}

export type Planned = { readonly date: DateText; readonly quantity: Nano }
export type Amended = {
  readonly grant_id: string
  readonly name: string
  readonly version: number
  readonly quantity_before: Nano
  readonly change: Nano
  readonly superseded: readonly Planned[]
  readonly installments: readonly Planned[]
}
export type Levelled = {
  readonly level: string
  readonly title: string
  readonly amended: readonly Amended[]
}
export type Transferred = { readonly grants: readonly { readonly grant_id: string; readonly name: string }[] }
export type ClawedBack = {
  readonly unvested: Nano
  readonly vested: Nano
  readonly exchanged: readonly { readonly asset: Asset; readonly quantity: Nano }[]
  readonly held: Nano
  readonly spent: Nano
  readonly missing: Nano
}
export type Repriced =
  | { readonly grows: false; readonly why: string }
  | {
      readonly grows: true
      readonly index: string
      readonly before: { readonly on: DateText; readonly rate: string }
      readonly now: { readonly on: DateText; readonly rate: string }
      readonly unvested: Nano
      readonly added: Nano
      readonly capped: boolean
      readonly installments: readonly Planned[]
      readonly why: string
    }
export type Fired = { readonly event: string; readonly installments: readonly Planned[] }

const API = '/api/v1'
const personOf = (id: string): string => `${API}/people/${encodeURIComponent(id)}`

export type LeaveAsk = { readonly on: DateText; readonly reason: LeaverReason }
export const leavePreviewPath = (person: string, ask: LeaveAsk): string =>
  `${personOf(person)}/leave-preview${queryOf(ask)}`
export const leavePreviewQuery = (person: string, ask: LeaveAsk) =>
  queryOptions({
    queryKey: ['leave-preview', person, ask],
    queryFn: ({ signal }) => read<LeavePreview>(leavePreviewPath(person, ask), signal),
    // What is shown is what is confirmed: an old one is worth nothing.
    staleTime: 0,
    retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
  })

export const leavingPath = (person: string): string => `${personOf(person)}/leaving`
export const cancelLeavingPath = (id: string): string => `${API}/leavings/${encodeURIComponent(id)}`

export const leaversPath = `${API}/leavers`
export const leaversQuery = queryOptions({
  queryKey: ['leavers'],
  queryFn: ({ signal }) => read<Leavers>(leaversPath, signal),
  refetchInterval: 30_000,
})
export const leaverQuery = (id: string) =>
  queryOptions({
    queryKey: ['leavers', id],
    queryFn: ({ signal }) =>
      read<Leaver & { readonly plan: LeavePlan }>(`${leaversPath}/${encodeURIComponent(id)}`, signal),
  })

export const personLifeQuery = (person: string) =>
  queryOptions({
    queryKey: ['life', person],
    queryFn: ({ signal }) => read<PersonLife>(`${personOf(person)}/life`, signal),
  })
export const leavesPath = (person: string): string => `${personOf(person)}/leaves`
export const leavePath = (id: string): string => `${API}/leaves/${encodeURIComponent(id)}`
export const levelPath = (person: string): string => `${personOf(person)}/level`
export const transferPath = (person: string): string => `${personOf(person)}/transfer`
export const grantLifePath = (grant: string, what: 'amend' | 'clawback' | 'reprice' | 'events'): string =>
  `${API}/grants/${encodeURIComponent(grant)}/${what}`

export const personFactsQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) => read<Person>(personOf(id), signal),
  })

export type Entity = {
  readonly id: string
  readonly name: string
  readonly country: string
  readonly currency: string
}
export const entitiesQuery = queryOptions({
  queryKey: ['entities'],
  queryFn: ({ signal }) => read<{ readonly entities: readonly Entity[] }>(`${API}/entities`, signal),
})

const TYPING_MS = 300

/** What the server would do with what stands in a form: the command itself, undone. Null: nothing to ask yet. */
export function useRehearsal<T>(
  method: 'POST' | 'PATCH',
  path: string,
  ask: object | null,
): { readonly data: T | null; readonly error: ApiError | null; readonly old: boolean } {
  const text = ask === null ? null : JSON.stringify(ask)
  const [asked, setAsked] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  const query = useQuery({
    queryKey: ['rehearsal', method, path, asked],
    queryFn: () => write<T>(method, path, { ...(JSON.parse(asked ?? '{}') as object), preview: true }),
    enabled: asked !== null,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  const error = query.error instanceof ApiError ? query.error : null
  const current = asked === text && text !== null
  return { data: current ? (query.data ?? null) : null, error: current ? error : null, old: !current }
}
