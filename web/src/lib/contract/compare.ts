import type { DateText } from '../base.ts'
import type { Nano } from './common.ts'

/**
 * Offers laid side by side. The ask is the server's own type (`src/offers/compare/ask.ts`): it stands in the address of the page, in a file
 * and in the body of POST /api/v1/compare alike.
 */
export type {
  CommonAsk,
  CompareAsk,
  ComputeItem,
  ComputeKind,
  EquityItem,
  SideAsk,
  Standing,
} from '../../../../src/offers/compare/ask.ts'
import type { CompareAsk, ComputeKind, SideAsk, Standing } from '../../../../src/offers/compare/ask.ts'

export type OfferBand = {
  readonly mean: Nano
  readonly p5: Nano
  readonly p50: Nano
  readonly p95: Nano
}
export type SideYear = {
  /** 0 is all of them. */
  readonly year: number
  readonly salary: Nano
  readonly bonus: Nano
  readonly signing: Nano
  readonly equity: Nano
  readonly compute_cap: Nano
  readonly compute_expected: Nano
  readonly total_cap: Nano
  readonly total_expected: Nano
}
/** One number of a product, with what it means: hours = GPUs × 8,760 × what is there × your part. */
export type Factor = {
  readonly name: string
  readonly value: string
  readonly says: string
  readonly by: 'times' | 'over'
}
export type SideItem = {
  readonly name: string
  readonly kind: ComputeKind
  readonly standing: Standing
  /** How the quantity of a year comes about; empty where it is told as it stands. */
  readonly factors: readonly Factor[]
  /** One of it today, in nano-dollars, and how that came about; null with a reason where nobody can say. */
  readonly price: {
    readonly each: Nano
    readonly unit: string
    readonly how: string
    readonly mark: string | null
  } | null
  readonly reason: string | null
  /** GPU-hours for one person, by year and in all; null where it counts no hours. */
  readonly hours: {
    readonly accelerator: string
    readonly tier: string
    readonly years: readonly string[]
    readonly total: string
    /** Of them, what becomes work and is expected to be used. */
    readonly expected: string
  } | null
  readonly years: readonly { readonly cap: Nano; readonly expected: Nano }[]
  readonly total: { readonly cap: Nano; readonly expected: Nano }
}
export type SideView = {
  readonly name: string
  readonly currency: string
  readonly years: readonly SideYear[]
  readonly total: SideYear
  readonly items: readonly SideItem[]
  /** All hours as those of one accelerator that do the same work, by dense bf16 peak. */
  readonly same_work: {
    readonly accelerator: string
    readonly tier: string
    readonly hours: string
    readonly expected: string
    readonly years: readonly string[]
    readonly gpu_years: string
    readonly exaflop_days: string
  } | null
  readonly equity: {
    readonly kind: 'rsu' | 'option'
    readonly value: Nano
    readonly how: string
  } | null
  /** Worth today, after waiting, leaving and expected use; all simulated on the same paths. */
  readonly today: {
    readonly cash: Nano
    readonly compute: OfferBand | null
    readonly equity: OfferBand | null
    readonly all: OfferBand
  }
}
export type Difference = {
  /** The offer less the first. */
  readonly offer: number
  readonly years: readonly SideYear[]
  readonly total: SideYear
  readonly today: OfferBand
  /** Of a hundred outcomes, in how many this one is worth more. */
  readonly better: number
  /** The price of an hour of the common accelerator at which both are worth the same; null with a reason. */
  readonly break_even: { readonly price: Nano | null; readonly now: Nano | null; readonly says: string }
}
export type AssumedNumber = {
  /** Where it stands in the ask: "assumptions.used", "offers.0.compute.1.available". */
  readonly path: string
  /** Null: for all offers. */
  readonly offer: number | null
  readonly name: string
  readonly value: string
  readonly usual: string
  readonly least: string
  readonly most: string
  readonly says: string
  readonly source: string
  readonly given: boolean
}
export type ComparedOffers = {
  readonly day: DateText
  readonly basis: string
  readonly currency: string
  readonly offers: readonly SideView[]
  readonly differences: readonly Difference[]
  readonly numbers: readonly AssumedNumber[]
  readonly marks: readonly {
    readonly accelerator: string
    readonly tier: string
    readonly hour: Nano
    readonly source: string
    readonly stale_days: number
    readonly hash: string
  }[]
  readonly paths: number
  readonly notes: readonly string[]
}

/** What was read of a text, and from where; what was not understood is said, and nothing is made up. */
export type ReadOffer = {
  readonly offer: SideAsk
  readonly found: readonly {
    /** Where it went in the offer: "salary", "compute.0.quantity". */
    readonly path: string
    readonly value: string
    readonly quote: string
    readonly from: number
    readonly to: number
  }[]
  readonly not_understood: readonly string[]
  readonly notes: readonly string[]
}
export type SavedComparison = {
  readonly token: string
  readonly path: string
  readonly expires_at: string
}
export type KeptComparison = { readonly ask: CompareAsk; readonly expires_at: string }
