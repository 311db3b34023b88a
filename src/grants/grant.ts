import type { DateText, Millis } from '#base/time.ts'
import type { Scope } from '#ledger/types.ts'
import type { Json } from '#base/json.ts'
import type { ExpiryRule } from './expiry.ts'
import type { GrantStatus } from './status.ts'
import type { Terms } from './terms.ts'

/** One version of named terms. Never changed; a change is a new version. */
export type Template = Terms & {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly createdBy: string | null
  readonly createdAt: Millis
}

export type TemplateAsk = Terms & {
  readonly id: string
  readonly name: string
  readonly createdBy: string | null
}

/** How a quantity came about: the formula, and what went into it. Null where it was given. */
export type Reckoning = { readonly [key: string]: Json }

export type Grant = Terms & {
  readonly id: string
  readonly person: string
  readonly wallet: string
  /** Id of the legal entity that promised it. */
  readonly entity: string
  readonly template: string
  readonly templateName: string
  readonly templateVersion: number
  readonly name: string
  /** Of the whole grant, in the smallest unit of its denomination. */
  readonly quantity: bigint
  readonly reckoning: Reckoning | null
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly status: GrantStatus
  /** Of the terms that hold now. */
  readonly version: number
  readonly endedOn: DateText | null
  readonly createdBy: string | null
  readonly createdAt: Millis
}

export type GrantAsk = {
  readonly id: string
  readonly person: string
  readonly wallet: string
  readonly entity: string
  readonly template: Template
  readonly name: string
  readonly quantity: bigint
  readonly reckoning: Reckoning | null
  readonly startDate: DateText
  readonly grantDate: DateText
  readonly status: 'draft' | 'active'
  readonly createdBy: string | null
  /** As computed by the vesting room: dates ascending, amounts above 0, their sum at most the quantity. */
  readonly installments: readonly { readonly date: DateText; readonly quantity: bigint }[]
}

export type Tranche = {
  readonly grant: string
  /** From 1, in vesting order. */
  readonly n: number
  readonly date: DateText
  readonly quantity: bigint
  readonly vestedAt: Millis | null
  readonly forfeitedAt: Millis | null
  /** A later plan took its place. */
  readonly supersededAt: Millis | null
}

/** A tranche whose day has come, with what its lot needs to know. */
export type DueTranche = {
  readonly grant: string
  readonly n: number
  readonly date: DateText
  readonly quantity: bigint
  readonly priority: number
  readonly scope: Scope
  readonly expiry: ExpiryRule
}

export type NextVest = {
  readonly date: DateText
  readonly quantity: bigint
  readonly grant: string
  readonly grantName: string
}
