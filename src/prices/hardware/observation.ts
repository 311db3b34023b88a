import { uuidOf } from '#base/id.ts'
import { iso, type Millis } from '#base/time.ts'
import type { Form } from './chips.ts'

export const PRICE_TIERS = [
  'on_demand',
  'spot',
  'marketplace_ask_min',
  'marketplace_ask_median',
  'reserved',
  'index',
] as const
export type PriceTier = (typeof PRICE_TIERS)[number]

/** Only `ok` and `thin` enter a mark; the others are kept, so that what was left out can be seen. */
export const QUALITIES = [
  'ok',
  'thin',
  'resold',
  'not_offered',
  'below_floor',
  'above_ceiling',
  'synthetic',
  'other_meaning',
  'withdrawn',
] as const
export type Quality = (typeof QUALITIES)[number]

/** What somebody asked for an hour of one GPU, in nano-dollars. */
export type Said = {
  readonly provider: string
  /** A chip: `H100`. */
  readonly accelerator: string
  readonly form: Form | null
  readonly tier: PriceTier
  /** Null: wherever the provider has it. */
  readonly region: string | null
  /** Of a reservation; null otherwise. */
  readonly termMonths: number | null
  /** Which of the provider's offers, or of which index; empty where the source names none. */
  readonly offer: string
  readonly priceNano: bigint
  /** Least and most while it was seen. */
  readonly lowNano: bigint
  readonly highNano: bigint
  readonly effectiveFrom: Millis
  /** When it was last seen. */
  readonly observedAt: Millis
  readonly source: string
  readonly licence: string
  readonly quality: Quality
  readonly note: string | null
}

export type Observation = Said & {
  /** From what it says: the same thing said twice is one. */
  readonly fact: string
  readonly recordedAt: Millis
}

export const factOf = (said: Said): string =>
  uuidOf(
    'hardware price',
    seriesOf(said),
    String(said.priceNano),
    String(said.lowNano),
    String(said.highNano),
    iso(said.effectiveFrom),
    iso(said.observedAt),
    said.quality,
  )

/** Sightings of one offer by one source are one series. */
export const seriesOf = (said: Said): string =>
  JSON.stringify([
    said.source,
    said.provider,
    said.accelerator,
    said.form,
    said.tier,
    said.region,
    said.termMonths,
    said.offer,
  ])

export const isUsable = ({ quality }: Said): boolean => quality === 'ok' || quality === 'thin'

/** A price that did not move while it was seen held at every instant between; one that moved is known by the last sighting only. */
export const isSteady = ({ priceNano, lowNano, highNano }: Said): boolean =>
  lowNano === priceNano && highNano === priceNano
