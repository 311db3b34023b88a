import type { Account, EntryKind } from '../base.ts'
import type { Nano, Instant } from './common.ts'

export type Entry = {
  readonly seq: number | string
  readonly at: Instant
  readonly transfer: string
  readonly kind: EntryKind
  readonly source: Account
  readonly target: Account
  readonly amount: Nano
  readonly grant_id: string | null
  readonly grant_name: string | null
  readonly lot_id: string | null
  readonly tranche: number | null
  readonly party: string | null
  readonly price_version: number | null
  readonly cause: string | null
  readonly sealed: boolean
}
export type Entries = {
  readonly entries: readonly Entry[]
  readonly sum: Nano
  readonly count: number
  readonly next: string | null
}
