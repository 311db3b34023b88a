import { useQuery, queryOptions } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { ApiError, read, write } from './api.ts'
import type { Asset, Clauses, DateText, Denomination, ExpiryRule, Formula, Scope, Unit } from './base.ts'
import type { Instant, Nano } from './contract.ts'
import type { Section } from './grants.ts'

/** Templates on the wire, and what their terms would make of a grant. */

export type PeriodUnit = 'DAYS' | 'MONTHS' | 'YEARS'
export type Statement = {
  readonly order: number
  readonly percentage: string
  readonly schedule?: {
    readonly occurrences: number
    readonly period: number
    readonly period_type: PeriodUnit
    readonly vesting_day_of_month?: string
    readonly cliff?: {
      readonly length: number
      readonly period_type: PeriodUnit
      readonly percentage: string
    }
  }
  readonly event_condition?: {
    readonly event_id: string
    readonly after?: DateText
    readonly before?: DateText
  }
}
export type Form =
  | readonly Statement[]
  | { readonly parts: readonly { readonly share: string; readonly statements: readonly Statement[] }[] }
  | { readonly graph: readonly unknown[] }

export type Basis =
  | { readonly kind: 'total' }
  | { readonly kind: 'per_installment'; readonly installments: number }

export type TemplateTerms = {
  readonly name: string
  readonly denomination: Denomination
  readonly unit: Unit
  readonly statements: Form
  readonly allocation: string
  readonly basis: Basis
  readonly formula: Formula
  readonly expiry: ExpiryRule
  readonly scope: Scope
  readonly priority: number
  readonly clauses: Clauses
}
export type Template = TemplateTerms & {
  readonly id: string
  readonly version: number
  readonly created_at: Instant
}
export type TemplateInUse = Template & { readonly says: string; readonly grants: number }

export type PreviewTranche = {
  readonly n: number
  readonly date: DateText | null
  readonly quantity: Nano
  readonly state: 'resolved' | 'unresolved' | 'impossible'
  readonly cause: { readonly kind: string; readonly event?: string }
  readonly expires_at: Instant | null
}
type Verdict = { readonly total: Nano; readonly tranches: number }
export type Blocker =
  | { readonly kind: 'start_unknown'; readonly quantity: Nano }
  | {
      readonly kind: 'event'
      readonly event: string
      readonly after: DateText | null
      readonly before: DateText | null
      readonly quantity: Nano
    }
  | { readonly kind: 'pause_open'; readonly from: DateText; readonly quantity: Nano }
export type Warning = { readonly param: string; readonly message: string }

export type Preview = {
  readonly asset: Asset
  readonly denomination: Denomination
  readonly quantity: Nano
  readonly counted: Nano
  readonly as_of: DateText
  readonly start_date: DateText
  readonly grant_date: DateText
  readonly tranches: readonly PreviewTranche[]
  readonly storable: Verdict
  readonly resolves_to: Verdict
  readonly unresolved: Nano
  readonly impossible: Nano
  readonly blockers: readonly Blocker[]
  readonly words: readonly Section[]
  readonly warnings: readonly Warning[]
}
export type GrantPreview = Preview & {
  readonly name: string
  readonly approvals_needed: 1 | 2
  readonly direct: boolean
}

export const templatesPath = '/api/v1/templates'
export const templatePreviewPath = `${templatesPath}/preview`
export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => read<{ readonly templates: readonly TemplateInUse[] }>(templatesPath, signal),
})

export type Accelerators = {
  readonly accelerators: readonly { readonly id: string; readonly vendor: string }[]
}
export const acceleratorsQuery = queryOptions({
  queryKey: ['accelerators'],
  queryFn: ({ signal }) => read<Accelerators>('/api/v1/exchange', signal),
  staleTime: 600_000,
})

const TYPING_MS = 250

export type Previewed<T> = {
  /** The last answer, also while a newer one is on its way or what was typed since is refused. */
  readonly data: T | null
  readonly error: ApiError | null
  /** What is shown is not of what stands in the fields. */
  readonly old: boolean
}

/** What the server makes of what stands in a form, asked when the typing pauses; null: nothing to ask yet. */
export function usePreview<T>(path: string, ask: unknown): Previewed<T> {
  const text = ask === null ? null : JSON.stringify(ask)
  const [asked, setAsked] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  const query = useQuery({
    queryKey: ['preview', path, asked],
    queryFn: () => write<T>('POST', path, JSON.parse(asked ?? 'null')),
    enabled: asked !== null,
    staleTime: 60_000,
    gcTime: 60_000,
  })
  const [last, setLast] = useState<T | null>(null)
  if (query.data && query.data !== last) setLast(query.data)
  const error = query.error instanceof ApiError && asked === text ? query.error : null
  return { data: last, error, old: asked !== text || !query.data }
}
