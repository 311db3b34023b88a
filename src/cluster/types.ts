import type { Asset, Tier } from '#base/asset.ts'
import type { Millis } from '#base/time.ts'
import type { Purpose } from '#ledger/types.ts'
import type { Rules } from './rules.ts'

/** How jobs are charged, in the words of the accounting banks of HPC centres; the strictest first. */
export const MODES = ['strict', 'fast', 'notional', 'tracking'] as const
export type Mode = (typeof MODES)[number]

/** A cluster that was adopted, as long as its accounting lives. */
export type Cluster = {
  readonly id: string
  readonly name: string
  readonly scheduler: string
  readonly incarnation: string
  readonly software: string
  readonly root: string
  readonly prefix: string
  readonly mode: Mode
  readonly killWait: Millis
  readonly rules: Rules
  readonly chargedFrom: Millis
  readonly adoptedAt: Millis
}

/** GPU-seconds of an accelerator and tier. */
export type GpuAsset = Asset & `GPU_SECOND/${string}/${Tier}`

/** Whose login it is from a time on. */
export type Login = {
  readonly login: string
  readonly person: string
  readonly account: string
  readonly from: Millis
  readonly to: Millis | null
}

/** A person's GPU time of one accelerator and tier at a cluster, and what jobs name to draw on it. */
export type Line = {
  readonly person: string
  readonly asset: GpuAsset
  readonly allowance: string
  readonly used: bigint
}

/** What is known of a cluster beside its row: enough to say whose a job is and what it draws on. */
export type Map = {
  readonly cluster: Cluster
  /** The scheduler's word for an accelerator → the reference table's. */
  readonly accelerators: ReadonlyMap<string, string>
  /** By login, newest first. */
  readonly logins: ReadonlyMap<string, readonly Login[]>
  readonly lines: readonly Line[]
  /** By bank, whose and what. */
  readonly banks: ReadonlyMap<string, Line>
  /** By person and asset, where a grant says otherwise than the cluster. */
  readonly modes: ReadonlyMap<string, Mode>
}

export type Payer = { readonly person: string; readonly asset: GpuAsset; readonly purpose: Purpose }

export const lineKey = (person: string, asset: string): string => `${person} ${asset}`
