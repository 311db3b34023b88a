import { queryOptions } from '@tanstack/react-query'

import { read, upload, write } from './api.ts'
import type { Asset, DateText, Denomination } from './base.ts'
import type { Instant, Nano } from './contract.ts'
import { contractPath } from './grants.ts'
import type { Contract, GrantStatus } from './grants.ts'
import { queryOf } from './links.ts'

/** What people agree to, and the steps of a grant on its way. */

export type Agreement = {
  readonly grant_id: string
  readonly status: GrantStatus
  readonly version: number
  /** Canonical JSON, to the byte. */
  readonly content: string
  readonly content_hash: string
  readonly approvals_needed: 1 | 2
  /** Of the current submission. */
  readonly approvals: readonly {
    readonly person_id: string
    readonly at: Instant
    readonly note: string
    readonly content_hash: string
  }[]
  readonly acceptance: {
    readonly version: number
    readonly typed_name: string
    readonly content_hash: string
    readonly at: Instant
  } | null
}
export const agreementQuery = (id: string, status: GrantStatus) =>
  queryOptions({
    queryKey: ['contract', id, 'agreement', status],
    queryFn: ({ signal }) => read<Agreement>(`${contractPath(id)}/agreement`, signal),
  })

export type Step = 'submit' | 'approve' | 'reject' | 'offer' | 'withdraw' | 'accept' | 'decline'
export const takeStep = (id: string, step: Step, body: Readonly<Record<string, string>> = {}) =>
  write<Contract>('POST', `${contractPath(id)}/${step}`, body)

export type GrantPolicy = {
  readonly two_above: Readonly<Partial<Record<Denomination, Nano>>>
  readonly version: number
}
export const grantPolicyPath = '/api/v1/grant-policy'
export const grantPolicyQuery = queryOptions({
  queryKey: ['grant-policy'],
  queryFn: ({ signal }) => read<GrantPolicy>(grantPolicyPath, signal),
})

export const BULK_AS = ['draft', 'submitted', 'active'] as const
export type BulkAs = (typeof BULK_AS)[number]
export type BulkReport = {
  readonly file_hash: string
  readonly rows: number
  readonly committed: boolean
  readonly replayed: boolean
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly value: string
    readonly remedy: string
  }[]
  readonly totals: readonly { readonly asset: Asset; readonly grants: number; readonly quantity: Nano }[]
  readonly grants: readonly {
    readonly row: number
    readonly id: string
    readonly person_id: string
    readonly email: string
    readonly template: string
    readonly name: string
    readonly denomination: Denomination
    readonly asset: Asset
    readonly quantity: Nano
    readonly start_date: DateText
    readonly grant_date: DateText
    readonly tranches: number
    readonly first_vest: DateText | null
    readonly last_vest: DateText | null
    readonly approvals_needed: 1 | 2
  }[]
}
const bulkPath = (preview: boolean, as: BulkAs): string =>
  `/api/v1/grants/bulk${queryOf({ preview: preview ? '1' : undefined, as })}`
export const previewBulk = (csv: string, as: BulkAs): Promise<BulkReport> =>
  upload<BulkReport>(bulkPath(true, as), 'text/csv', csv)
export const commitBulk = (csv: string, as: BulkAs): Promise<BulkReport> =>
  upload<BulkReport>(bulkPath(false, as), 'text/csv', csv, crypto.randomUUID())
