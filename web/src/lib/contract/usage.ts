import type { DateText, ModelClass } from '../base.ts'
import type { Nano } from './common.ts'
import type { Call } from './calls.ts'

export type SpendDay = {
  readonly day: DateText
  readonly total: Nano
  readonly calls: number
  readonly by: Readonly<Partial<Record<ModelClass, Nano>>>
}
export type Spend = { readonly unit: string; readonly days: readonly SpendDay[] }

export type UsageBy = 'model' | 'class' | 'key' | 'purpose' | 'door' | 'provider' | 'upstream'
export type UsageSums = {
  readonly spent: Nano
  readonly absorbed: Nano
  readonly calls: number
  readonly tokens: Call['tokens']
}
export type UsageGroup = UsageSums & {
  /** What the filter of the same name takes; null for all groups after the first forty. */
  readonly value: string | null
  readonly name: string
}
export type UsageStep = {
  readonly at: string
  readonly spent: Nano
  readonly calls: number
  readonly amounts: readonly Nano[]
}
export type Usage = {
  readonly unit: string
  readonly from: DateText
  readonly to: DateText
  readonly by: UsageBy
  readonly step: 'day' | 'hour'
  readonly total: UsageSums
  readonly previous: { readonly from: DateText; readonly to: DateText; readonly total: UsageSums }
  readonly groups: readonly UsageGroup[]
  readonly steps: readonly UsageStep[]
}
