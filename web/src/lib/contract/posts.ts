import type { Asset, DateText } from '../base.ts'
import type { Instant, Nano } from './common.ts'

/** Advertised jobs on the wire. */

export type PostPlace = {
  readonly country: string
  readonly region: string
  readonly locality: string
  readonly remote: boolean
}
export type Employment = 'FULL_TIME' | 'PART_TIME' | 'CONTRACTOR' | 'TEMPORARY' | 'INTERN'

export type PostText = {
  readonly title: string
  readonly level: string
  readonly family: string
  readonly place: PostPlace
  readonly employment: Employment
  readonly description: string
  readonly salary: { readonly currency: string; readonly least: Nano; readonly most: Nano } | null
  readonly incentives: string
  readonly benefits: readonly string[]
  readonly apply_at: string | null
  readonly until: DateText
}

export type PostFinding = {
  readonly place: string
  readonly requirement: 'pay_range' | 'benefits' | 'other_pay' | 'compute'
  readonly state: 'met' | 'missing' | 'unsure'
  readonly wants: string
  readonly says: string
  readonly param: string | null
  readonly source: string
}

/** What a text is told as. */
export type PostPreview = {
  readonly lines: readonly {
    readonly template_id: string
    readonly least: Nano
    readonly most: Nano
    readonly name: string
    readonly asset: Asset
    readonly quantity: string
    readonly says: string
    readonly words: readonly string[]
  }[]
  readonly findings: readonly PostFinding[]
  readonly json_ld: Readonly<Record<string, unknown>>
}

export type Post = PostText &
  PostPreview & {
    readonly id: string
    readonly status: 'draft' | 'open' | 'closed'
    readonly public: boolean
    readonly entity: { readonly id: string; readonly name: string }
    readonly urls: { readonly page: string; readonly badge: string; readonly document: string }
    readonly embed: string
    readonly created_at: Instant
    readonly changed_at: Instant
    readonly opened_at: Instant | null
  }
