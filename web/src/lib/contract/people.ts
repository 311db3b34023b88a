import type { Nano, Instant, Role } from './common.ts'

export type Session = {
  readonly person: {
    readonly id: string
    readonly name: string
    readonly email: string
    readonly role: Role
    readonly level: string
    readonly title: string
    readonly entity: {
      readonly id: string
      readonly name: string
      readonly country: string
      readonly currency: string
    }
  }
  readonly company: { readonly name: string }
  readonly now: Instant
  readonly demo: boolean
  readonly clock_shifted: boolean
  readonly permissions: readonly string[]
}

export type Person = {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly level: string
  readonly title: string
  readonly entity_name: string
  readonly country: string
  readonly granted: Nano
  readonly unvested: Nano
  readonly available: Nano
  readonly held: Nano
  readonly spent: Nano
  readonly spent_30d: Nano
}
export type People = { readonly people: readonly Person[]; readonly next: string | null }
